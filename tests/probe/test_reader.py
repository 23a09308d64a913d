"""The protocol on the computer's side: lines that are whole, cut, mixed up, lost."""

from ascpi.probe import lines
from ascpi.probe.reader import ProbeReader
from ascpi.probe.turns import Front


def sealed(text: str) -> str:
    line = lines.PREFIX + text
    return f"{line} *{lines.checksum(line)}"


def edge(sequence: int, pin: int = 4, level: int = 1, ticks: int = 1000, gap: int = 2) -> str:
    return sealed(f"edge {sequence} {pin} {level} {ticks} {gap}")


def watching(pins: str = "4,16") -> str:
    return sealed(f"watching 0 500 mac=02:a5 version=0.1.0 chip=ESP32 reader=register pins={pins}")


def reader() -> ProbeReader:
    made = ProbeReader({4: "hall", 16: "stage"})
    made.take(watching(), 1_000_000)
    return made


def test_the_checksum_is_that_of_the_documentation() -> None:
    # The CRC-32 of the nine digits is 0xcbf43926, as every description of it says.
    assert lines.checksum("123456789") == "3926"
    assert lines.command("watch", "4,16", "down") == b"watch 4,16 down *" + (
        lines.checksum("watch 4,16 down").encode() + b"\n"
    )


def test_every_cut_and_every_mixed_line_is_known() -> None:
    whole = edge(1)
    assert lines.parse(whole) == lines.EdgeLine(1, 4, 1, 1000, 2)
    for length in range(len(lines.PREFIX), len(whole)):
        assert lines.parse(whole[:length]) == lines.Damaged()
    for place in range(len(lines.PREFIX), len(whole)):
        assert lines.parse(whole[:place] + "9" + whole[place + 1 :]) in (
            lines.Damaged(),
            # The digit was a 9 before.
            lines.EdgeLine(1, 4, 1, 1000, 2),
        )
    # The end of one line is missing, and with it its newline: the next one counts.
    assert lines.parse(edge(1)[:30] + edge(2)) == lines.EdgeLine(2, 4, 1, 1000, 2)


def test_other_lines_are_not_the_probe_s() -> None:
    for line in ("", ">>> ", "ASCPI report id=7 epoch=1", "ASCPI event boot id=7 board=x"):
        assert lines.parse(line) is None
    assert lines.parse("ASCPI event boot id=7 mac=aa program=probe") == lines.BootLine()


def test_what_a_later_probe_may_say_is_passed_over() -> None:
    assert lines.parse(sealed("weather 1 2 3")) is None
    assert lines.parse(sealed("edge one 2 3 4 5")) == lines.Damaged()


def test_edges_come_with_their_middle_and_in_order() -> None:
    made = reader()
    made.take(edge(0, 4, 1, 2000, 10), 1_002_000)
    made.take(edge(1, 16, 1, 2010, 0), 1_002_000)
    first, second = made.take_fresh()
    assert (first.pin, first.level, first.middle_us) == (4, 1, 1995.0)
    assert second.probe_us - first.probe_us == 10
    assert made.take_fresh() == []
    assert len(made.edges) == 2


def test_lost_lines_are_counted_by_the_gap_in_their_numbers() -> None:
    made = reader()
    for line in (edge(0), edge(3), edge(4)[:-1], edge(5)):
        made.take(line, 1_002_000)
    assert (made.state.lost, made.state.damaged) == (3, 1)
    made.take(sealed("status 9 3000 looks=5 gap_us=2 longest_us=14 away_us=300 dropped=1"), 10**6)
    state = made.state
    assert (state.lost, state.dropped, state.gap_us, state.longest_us) == (6, 1, 2, 14)
    made.take(edge(9), 1_003_000)
    assert made.state.lost == 6


def test_edges_of_an_earlier_watch_do_not_count() -> None:
    made = ProbeReader({4: "hall"})
    made.take(edge(70), 1_000_000)
    made.take(watching("4,16"), 1_000_000)
    made.take(edge(71), 1_000_000)
    assert not made.watching
    assert made.edges == []
    made.take(watching("4"), 1_000_000)
    assert made.watching


def test_without_wires_it_takes_what_the_probe_watches() -> None:
    made = ProbeReader({})
    made.take(sealed("hello 12 500 mac=02:a5 pins=4,16 pull=down"), 1_000_000)
    assert made.watching
    assert made.wires == {4: "pin 4", 16: "pin 16"}
    idle = ProbeReader({})
    idle.take(sealed("hello 0 500 mac=02:a5 pins=none pull=none"), 1_000_000)
    assert not idle.watching


def test_a_restart_is_noted_and_the_numbers_begin_anew() -> None:
    made = reader()
    made.take(edge(40, ticks=900_000), 1_900_000)
    assert made.take("ASCPI event boot id=1 mac=02:a5 program=probe", 4_000_000)
    made.take(watching(), 4_100_000)
    made.take(edge(0, ticks=1_500), 4_101_000)
    assert made.state.restarts == 1
    # 40 before it, none after.
    assert made.state.lost == 40
    assert made.edges[1].probe_us - made.edges[0].probe_us == 2_201_000


def test_what_the_probe_cannot_do_is_its_own_sentence() -> None:
    made = ProbeReader({6: "hall"})
    made.take(sealed("error pin 6 belongs to this chip's flash"), 1)
    assert made.error == "pin 6 belongs to this chip's flash"


def test_a_front_is_as_sharp_as_it_was_seen() -> None:
    assert Front("a", 5.0).within_us == 0.0
