"""`ascpi glyph` without a field: what is written on its command line, and what it says."""

import argparse
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from ascpi.cli import main
from ascpi.desktop.world import LINES_AT_ONCE, LINES_PER_S, DesktopWorld
from ascpi.errors import AscpiError, NodeFailed
from ascpi.glyphs import actions, arguments, command, report
from ascpi.glyphs.conversation import GlyphError
from ascpi.glyphs.report import Listing
from ascpi.glyphs.roster import Roster
from ascpi.glyphs.roster_judge import DOUBLED, Finding
from ascpi.glyphs.roster_node import Entry
from ascpi.glyphs.roster_view import Row
from ascpi.glyphs.station import AT_ONCE, IDS_FIRST, open_station
from ascpi.monitor.ear import Ear
from ascpi_core.glyphs.glyph import LIFETIME_ENDLESS
from ascpi_core.glyphs.kind import Kind, Registry
from ascpi_core.glyphs.lifecycle import HELD
from ascpi_core.glyphs.motor import ORDER_DONE
from ascpi_core.glyphs.types import builtin
from ascpi_core.layout import ORDER_OUTCOMES, REFUSALS
from ascpi_core.ssep import ACCEPTED, ROLE_OBSERVER
from tests.core.packets import message_packet, packet

TYPES = builtin()

WRONG: list[tuple[Callable[[], object], str]] = [
    (lambda: arguments.glyph_id("7"), "'7' is no glyph's id: write the node of its birth"),
    (lambda: arguments.glyph_id("0.1"), "'0.1' is no glyph's id"),
    (lambda: arguments.glyph_id("7.99999999"), "is no glyph's id"),
    (lambda: arguments.glyph_id("7.-1"), "is no glyph's id"),
    (lambda: arguments.kind_number("countr", TYPES), "no type of glyph is called 'countr'"),
    (lambda: arguments.kind_number("256", TYPES), "no type of glyph is called '256'"),
    (lambda: arguments.node_number("one"), "'one' is no node"),
    (lambda: arguments.theta(1.0), "--theta 1 is no phase"),
    (lambda: arguments.theta(float("nan")), "--theta nan is no phase"),
    (lambda: arguments.fraction(1.0, "--kappa"), "--kappa 1 is not allowed"),
    (lambda: arguments.energy(0), "--energy 0 is not allowed: give 1 to 16777215 quanta"),
    (lambda: arguments.lifetime("0"), "--lifetime 0 is not allowed"),
    (lambda: arguments.lifetime("16777215"), "give 1 to 16777214 turns, or endless"),
    (lambda: arguments.octets("0g"), "--bytes '0g' is not allowed"),
    (lambda: arguments.octets("00" * 9), "give up to 16 hexadecimal digits"),
    (lambda: arguments.seconds(0, 10), "--seconds 0 is no time"),
    (lambda: arguments.seconds(float("nan"), 10), "--seconds nan is no time"),
]


@pytest.mark.parametrize(("action", "sentence"), WRONG, ids=[each[1] for each in WRONG])
def test_what_is_not_allowed_is_said(action: Callable[[], object], sentence: str) -> None:
    with pytest.raises(GlyphError) as caught:
        action()
    assert sentence in str(caught.value)


def test_what_is_written_in_the_cores_units() -> None:
    assert arguments.glyph_id("7.129") == (7, 129)
    assert arguments.kind_number("counter", TYPES) == 5
    assert arguments.kind_number("200", TYPES) == 200
    assert arguments.theta(0.25) == 1 << 26
    assert arguments.theta(0.9999999999) == 0
    assert arguments.fraction(0.5, "--dphi") == 1 << 14
    assert arguments.fraction(0.99999, "--dphi") == 0x7FFF
    assert arguments.fraction(None, "--dphi") is None
    assert arguments.lifetime("endless") == LIFETIME_ENDLESS
    assert arguments.octets("81 00 01") == b"\x81\0\1"
    assert arguments.seconds(None, 10.0) == 10.0


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["list", "--cluster", "70000"], "--cluster 70000 is not allowed: give 0 to 65535"),
        (["list", "--id", "0"], "--id 0 is not allowed"),
        (["list", "--key-file", "/no/such/file"], "no key in /no/such/file"),
        (["list", "--glyphs", "/no/such/folder"], "--glyphs /no/such/folder is no folder"),
        (["list", "--json", "/no/such/folder/file"], "cannot be written"),
        (["list", "--broadcast", "nowhere"], "--broadcast 'nowhere' is no address"),
        (["kill", "seven"], "'seven' is no glyph's id"),
        (["move", "7.1", "here"], "'here' is no node"),
        (["spawn", "pulse", "--energy", "0"], "--energy 0 is not allowed"),
        (["watch", "--seconds", "-1"], "--seconds -1 is no time"),
    ],
)
def test_mistakes_are_named_before_anything_is_sent(
    words: list[str],
    sentence: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.delenv("ASCPI_KEY", raising=False)
    assert main(["glyph", *words]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("ascpi: ")
    assert sentence in err


def test_help_names_every_option(capsys: pytest.CaptureFixture[str]) -> None:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    with pytest.raises(SystemExit):
        parser.parse_args(["spawn", "--help"])
    out = capsys.readouterr().out
    assert all(
        name in out
        for name in ("--on", "--theta", "--energy", "--lifetime", "--dphi", "--kappa", "--bytes")
    )


def test_every_refusal_comes_with_advice() -> None:
    assert set(actions.ADVICE) == set(range(ORDER_DONE + 1, len(ORDER_OUTCOMES)))
    assert set(actions.REFUSED) == set(REFUSALS[1:])


# What is shown


def a_row(state: bytes = b"\x81\0\0\0\2\0\0\0", kind: int = 5, place: str = "held") -> Row:
    return Row(
        3, place, Entry((7, 129), 2, kind, HELD, 81, 9, 1 << 26, 0, 4096, state, 0, 0, 0, 0)
    )


def a_listing(*rows: Row, **changes: object) -> Listing:
    values: dict[str, object] = {
        "rows": rows,
        "nodes": [(3, 81, True), (4, 0, True)],
        "findings": [],
        "complete": True,
        "is_open": False,
    }
    return Listing(**{**values, **changes})  # type: ignore[arg-type]


def test_a_line_for_programs() -> None:
    assert report.line(a_row(), TYPES) == (
        "7.129 counter node=3 place=held theta=0.250000 energy=81 lifetime=9 hops=2 "
        "count=129 nodes=2"
    )


def test_a_table_for_people() -> None:
    console = Console(width=100, record=True)
    with console.capture() as capture:
        console.print(report.table(a_listing(a_row(place="stopped"), a_row(kind=99)), TYPES))
    out = capture.get()
    assert "7.129" in out
    assert "3 stopped" in out
    assert "type 99" in out
    assert "state=8100000002000000" in out


def test_the_summary_says_what_is_not_known() -> None:
    assert report.summary(a_listing(a_row())) == ["complete: 1 glyph on 2 nodes, energy 81"]
    waiting = a_listing(complete=False, nodes=[(3, 81, False), (4, 0, False)])
    assert "nodes 3, 4 have not told of all glyphs yet" in report.summary(waiting)[0]
    one = a_listing(complete=False, nodes=[(3, 81, False), (4, 0, True)])
    assert "node 3 has not told" in report.summary(one)[0]
    early = a_listing(complete=False)
    assert report.summary(early)[0].startswith("not complete: 0 glyphs so far, 2 nodes heard")
    found = Finding(DOUBLED, "7.129 is doubled: on 3 and 4", "7.129", (3, 4), 0)
    doubled = a_listing(findings=[found], is_open=True)
    assert report.summary(doubled)[1:] == [
        "problem: 7.129 is doubled: on 3 and 4",
        report.OPEN,
    ]
    assert not doubled.is_well
    told = report.as_json(doubled, TYPES)
    assert told["problems"][0]["nodes"] == [3, 4]
    assert told["open"]


class Broken(Kind):
    NAME = "broken"
    NUMBER = 64

    def step(self, glyph: object, world: object) -> None: ...

    def describe(self, state: bytes | bytearray) -> str:
        raise KeyError(state[0])


def test_a_type_that_cannot_describe_itself_does_no_harm() -> None:
    registry = Registry()
    registry.add(Broken())
    assert report.says(a_row(kind=64), registry) == "state=8100000002000000"


# Where a desktop node's glyphs live


def test_a_desktop_node_says_what_its_glyphs_do_and_not_without_end() -> None:
    said: list[str] = []
    now_s = [0.0]
    world = DesktopWorld(said.append, lambda: now_s[0])
    world.flash(255, 128, 0, 250)
    world.say("three\nlines")
    assert said == ["ASCPI event flash colour=ff8000 ms=250", "ASCPI note three | lines"]
    for _ in range(100):
        world.say("more")
    assert len(said) == LINES_AT_ONCE
    assert world.dropped == 102 - LINES_AT_ONCE
    now_s[0] = 1.0
    for _ in range(100):
        world.say("more")
    assert len(said) == LINES_AT_ONCE + LINES_PER_S
    with pytest.raises(ValueError, match="pin 5: a desktop node has no pins"):
        world.read(5)


# As whom it talks


def test_a_station_that_cannot_be_kept_is_said(tmp_path: Path) -> None:
    (tmp_path / "mine.id").write_text("rubbish")
    with pytest.raises(NodeFailed, match="holds no id of an observer; delete it"):
        open_station(None, tmp_path / "mine.epoch")
    (tmp_path / "mine.id").write_text("7")
    with pytest.raises(NodeFailed, match="holds no id of an observer"):
        open_station(None, tmp_path / "mine.epoch")
    (tmp_path / "file").write_text("")
    with pytest.raises(AscpiError, match="with --state"):
        open_station(None, tmp_path / "file" / "below")


def test_not_all_of_them_at_once(tmp_path: Path) -> None:
    state = tmp_path / "observer.epoch"
    stations = [open_station(None, state) for _ in range(AT_ONCE)]
    try:
        assert len({station.node_id for station in stations}) == AT_ONCE
        with pytest.raises(NodeFailed, match=f"{AT_ONCE} commands that observe a field"):
            open_station(None, state)
    finally:
        for station in stations:
            station.__exit__()
    with open_station(None, state) as station:
        assert station.epoch == 2


def test_an_observer_is_no_node_to_those_who_listen() -> None:
    roster, ear = Roster(), Ear()
    said = [
        packet(node_id=IDS_FIRST, role=ROLE_OBSERVER << 4, sequence=1),
        message_packet("kill", node_id=IDS_FIRST, sequence=2),
    ]
    for data in said:
        roster.hear(data, 0)
        assert ear.take(data, 0) is None
        assert ear.status == ACCEPTED
    assert roster.nodes == {}
