"""What can happen to a running board: it says so, and goes on."""

import socket

from tests.firmware.bench import START, Bench, await_report, events, messages


def free_port() -> int:
    """A UDP port of loopback that nobody has at the moment."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def test_a_crash_is_kept_and_told_at_the_next_boot(bench: Bench) -> None:
    main = (
        "import ascpi_boot, ascpi_node\n"
        "class Broken(ascpi_node.Light):\n"
        "    def show(self, theta, band):\n"
        "        raise ZeroDivisionError('the lamp')\n"
        "if ascpi_boot.read_text('/ascpi_epoch').strip() != '1':\n"
        "    ascpi_node.make_light = lambda config: Broken()\n" + START
    )
    # Boot 1 finds no epoch file and breaks; boot 2 finds 1 and is whole.
    _, lines = bench.board(7, program=bench.program(main))
    lines.expect("error crash: ZeroDivisionError('the lamp'")
    note, _ = lines.expect("the last run ended in a crash: boot 1")
    assert "ZeroDivisionError: the lamp" in note
    lines.expect("epoch=2 ")


def test_a_task_that_hangs_is_ended_by_the_watchdog(bench: Bench) -> None:
    main = (
        "import ascpi_boot, ascpi_node\n"
        "class Hanging(ascpi_node.Light):\n"
        "    def show(self, theta, band):\n"
        "        while True:\n"
        "            pass\n"
        "if ascpi_boot.read_text('/ascpi_epoch').strip() != '1':\n"
        "    ascpi_node.make_light = lambda config: Hanging()\n" + START
    )
    program = bench.program(main, {"_WATCHDOG_MS": 2_000})
    board, lines = bench.board(7, program=program)
    lines.expect("boot 1")
    lines.expect("boot 2")
    await_report(lines, lambda report: report.epoch == 2, "the board runs again")
    assert len(board.reset_causes) == 2


def test_ctrl_c_leaves_the_repl_and_a_soft_reset_starts_again(bench: Bench) -> None:
    board, lines = bench.board(7)
    lines.expect("report id=7")
    board.send(b"\x03")
    lines.expect("stopped; the REPL is open")
    board.send(b"print('here', 40 + 2)\r")
    lines.expect("here 42")
    board.send(b"\x04")
    lines.expect("epoch=2 ")


def test_a_port_in_use_is_said_and_taken_once_it_is_free(bench: Bench) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        port = other.getsockname()[1]
        _, lines = bench.board(7, bind=f"127.0.0.1:{port}")
        lines.expect(f"no socket on 127.0.0.1:{port}")
    bench.board(8)
    await_report(lines, lambda report: report.peers == 1, "board 7 takes part after all")


def test_a_zero_length_datagram_costs_the_socket_but_not_the_board(bench: Bench) -> None:
    port = free_port()
    _, lines = bench.board(7, bind=f"127.0.0.1:{port}")
    bench.board(8)
    before = await_report(lines, lambda report: report.peers == 1, "the boards meet")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.sendto(b"", ("127.0.0.1", port))
    after = await_report(lines, lambda report: "reopened" in report.words, "the socket is new")
    assert after.words["reopened"] == "1"
    assert "empty:1" in after.words["why"]
    heard = int(before.words["heard"])
    await_report(lines, lambda report: int(report.words["heard"]) > heard + 10, "it hears again")


def test_foreign_and_broken_packets_are_counted_by_reason(bench: Bench) -> None:
    port = free_port()
    _, lines = bench.board(7, bind=f"127.0.0.1:{port}")
    await_report(lines, lambda report: int(report.words["sent"]) > 0, "the board is up")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        for packet in (
            b"short",
            b"\xcf\x80" + bytes(200),  # cut to 64 by the socket
            bytes(64),
            b"\xcf\x80\x63\x01" + bytes(60),
            b"\xcf\x80\x02\x63" + bytes(60),
        ):
            stranger.sendto(packet, ("127.0.0.1", port))
    report = await_report(
        lines, lambda report: report.words["refused"] == "5", "all five are refused"
    )
    assert report.words["why"] == "length:1,foreign:1,version:2,kind:1"


def test_two_boards_with_one_id_are_said_by_both_and_by_a_third(bench: Bench) -> None:
    bench.board(7)
    bench.board(7, flash=bench.folder / "other")
    bench.board(8)
    for lines in bench.lines.values():
        line, _ = lines.expect("event collision peer=7")
        assert "give each its own" in line


def test_a_lost_access_point_comes_back(bench: Bench) -> None:
    board, lines = bench.board(7)
    bench.board(8)
    await_report(lines, lambda report: report.peers == 1, "the boards meet")
    board.set_access_point(False)
    await_report(lines, lambda report: report.peers == 0, "the other falls silent")
    board.set_access_point(True)
    lines.expect("Wi-Fi ascpi joined")
    await_report(lines, lambda report: report.peers == 1, "they meet again")
    assert any(event.name == "silent" for event in events(lines))


def test_a_wrong_password_is_named(bench: Bench) -> None:
    board, lines = bench.board(7)
    lines.expect("joined")
    board.set_access_point(False, wrong_password=True)
    board.set_access_point(True, wrong_password=True)
    lines.expect("the password is wrong")
    assert not [message for message in messages(lines) if message.is_error]


def test_a_keyed_board_ignores_an_open_one_and_counts_it(bench: Bench) -> None:
    _, keyed = bench.board(7, settings={"key": "sesame, open"})
    _, same = bench.board(8, settings={"key": "sesame, open"})
    _, opened = bench.board(9)
    both = await_report(keyed, lambda report: report.peers == 1, "the keyed boards meet")
    assert both.words["field"] == "keyed"
    await_report(keyed, lambda report: "untagged:" in report.words.get("why", ""), "counted")
    alone = await_report(opened, lambda report: "keyed:" in report.words.get("why", ""), "counted")
    assert alone.peers == 0
    assert alone.words["field"] == "open"
    for lines in (keyed, same, opened):
        assert not any("sesame" in line for line in lines.seen), "a key is never shown"
