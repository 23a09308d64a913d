"""Glyphs on boards: kept over power cuts, handed on once, run on time, stopped if they raise."""

import contextlib
from pathlib import Path

import pytest

from ascpi.flash.application import build
from ascpi.flash.chips import CHIPS
from ascpi.telemetry import Report
from ascpi.truth.circle import arc
from ascpi.virtual import EdgeReader
from ascpi.virtual.flash import CONFIGURATION, configuration
from ascpi.virtual.supervisor import CAUSE_POWER_ON, CAUSE_WATCHDOG
from tests.firmware.bench import START, Bench, await_report, messages, reports
from tests.firmware.commander import Commander
from tests.firmware.test_field import Truth
from tests.virtual.lab import Lines

LIGHT_PIN = 2
COUNTER = 5
PULSE = 3
USERS = 200
COMMANDER = 99
# A board is heard, locks, and is calm for 5 s before it hands anything on; then the machine.
CALM_S = 30.0

BROKEN = """
from ascpi_core.glyphs.kind import Kind, get_word, put_word
class GlyphType(Kind):
    NAME = "broken"
    NUMBER = 200
    def step(self, glyph, world):
        put_word(glyph.state, 0, get_word(glyph.state, 0) + 1)
        world.say("step %d on %d" % (get_word(glyph.state, 0), world.node_id))
        if get_word(glyph.state, 0) == 3:
            raise ZeroDivisionError("three is enough")
"""


@pytest.fixture
def commander(bench: Bench) -> Commander:
    return Commander(COMMANDER, bench.air.address)


def number(report: Report, word: str) -> int:
    return int(report.words[word])


def balanced(report: Report) -> bool:
    """Whether born + received = held + spent + sent, in what a board tells of itself."""
    came = number(report, "born") + number(report, "received")
    went = number(report, "spent") + number(report, "sent_energy")
    return came == number(report, "energy") + went


def all_balanced(lines: Lines) -> bool:
    told = [report for report in reports(lines) if "glyphs" in report.words]
    return bool(told) and all(balanced(report) for report in told)


def types_on(bench: Bench, node_id: int, **files: str) -> None:
    """Put types of users onto a board's flash, before it is started."""
    folder = bench.options(node_id).flash / "glyphs"
    folder.mkdir(parents=True)
    for name, source in files.items():
        (folder / f"{name}.py").write_text(source, "utf-8")


def test_a_counter_goes_on_after_a_reset_and_after_a_power_cut(
    bench: Bench, commander: Commander
) -> None:
    """Its count is at least that of the last checkpoint: each step costs a quantum of energy."""
    settings = {"rate_mhz": 10_000, "report_ms": 50}
    program = bench.program(constants={"CHECKPOINT_US": 4_000_000})
    board, lines = bench.board(7, settings=settings, program=program)
    with commander:
        glyph = commander.spawn(7, COUNTER, energy=5000)
    born = await_report(lines, lambda report: number(report, "glyphs") == 1, "it is born")
    written = number(born, "writes")
    saved = await_report(
        lines, lambda report: number(report, "writes") > written, "a checkpoint is written"
    )
    assert number(saved, "spent") > 30
    board.kill()
    board.restart()
    # A turn's step may come between the write and the report of it.
    first = await_report(lines, lambda report: report.epoch == 2, "it boots again")
    assert (first.words["glyphs"], first.words["born"]) == ("1", "5000")
    assert number(first, "spent") >= number(saved, "spent") - 1
    assert glyph.startswith("7.")
    await_report(
        lines, lambda report: number(report, "spent") > number(saved, "spent") + 10, "it counts on"
    )
    board.send(b"\x03")
    lines.expect("the REPL is open")
    board.send(b"\x04")
    third = await_report(lines, lambda report: report.epoch == 3, "it boots a third time")
    assert third.words["glyphs"] == "1"
    assert number(third, "spent") >= number(saved, "spent") - 1
    assert all_balanced(lines)


def flashed(bench: Bench, node_id: int) -> None:
    """Start a board that has what `ascpi flash` writes: compiled files."""
    options = bench.options(node_id)
    for path, content in build(CHIPS["esp32"]).items():
        place = options.flash / path.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    (options.flash / CONFIGURATION).write_bytes(configuration(options))
    bench.board(node_id, as_flashed=True)


def test_a_glyph_moves_to_another_board_with_all_its_energy(
    bench: Bench, commander: Commander
) -> None:
    bench.board(1)
    flashed(bench, 2)
    one, two = bench.lines[1], bench.lines[2]
    with commander:
        glyph = commander.spawn(1, COUNTER, theta=0.3, energy=900)
        for lines in (one, two):
            await_report(lines, lambda report: report.words["stable"] == "stable", "calm", CALM_S)
        # It may have gone by itself, as board 2 has nothing; else it is sent.
        if number(reports(one)[-1], "moved_out") == 0:
            commander.move(1, glyph, 2)
        arrived = await_report(two, lambda report: report.words["glyphs"] == "1", "it arrives")
        left = await_report(one, lambda report: report.words["glyphs"] == "0", "it has left")
        await_report(
            two,
            lambda report: number(report, "spent") > number(arrived, "spent") + 1,
            "it runs on the other board",
        )
    line, _ = two.expect(f"event glyph_arrived glyph={glyph} kind=counter peer=1 ")
    assert "hops=1" in line
    assert any(f"event glyph_left glyph={glyph} kind=counter peer=2 " in text for text in one.seen)
    last = reports(two)[-1]
    assert number(left, "born") == 900
    assert number(left, "sent_energy") == number(last, "received")
    assert number(left, "spent") + number(last, "spent") + number(last, "energy") == 900
    assert all_balanced(one)
    assert all_balanced(two)


def test_a_type_that_raises_is_stopped_told_and_kept(bench: Bench, commander: Commander) -> None:
    types_on(bench, 7, broken=BROKEN, typo="class GlyphType(:\n", empty="x = 1\n")
    board, lines = bench.board(7)
    with commander:
        glyph = commander.spawn(7, USERS, energy=50)
    line, _ = lines.expect(f"event glyph_stopped glyph={glyph} kind=broken ")
    assert "ZeroDivisionError: three is enough" in line
    report = await_report(lines, lambda report: "stopped" in report.words, "it is told")
    assert report.words["stopped"].startswith(f"{glyph}:ZeroDivisionError")
    assert (report.words["glyphs"], report.words["energy"]) == ("1", "47")
    errors = [message.text for message in messages(lines) if message.is_error]
    assert len(errors) == 2, errors
    assert "glyphs/empty.py is left out" in errors[0]
    assert "glyphs/typo.py is left out: SyntaxError" in errors[1]
    assert any(message.text == "a glyph: step 2 on 7" for message in messages(lines))
    board.restart()
    again = await_report(lines, lambda report: report.epoch == 2, "it boots again")
    assert again.words["stopped"].startswith(glyph)
    assert (again.words["glyphs"], again.words["energy"]) == ("1", "47")
    assert all_balanced(lines)


ENDLESS = """
from ascpi_core.glyphs.kind import Kind
class GlyphType(Kind):
    NAME = "endless"
    NUMBER = 201
    def start(self, glyph, world):
        while glyph.state[0] == 0: pass
    def step(self, glyph, world):
        while glyph.steps == glyph.state[0]: pass
"""
"""Ends never: 0 in its start, else in step number `state[0]` since the last boot."""
SOON = {"_WATCHDOG_MS": 2_000, "_HEALTH_MS": 200}
"""How often the watchdog is fed, and how soon it is missed."""
ENDLESS_SETTINGS = {"rate_mhz": 10_000}
"""A hundred steps take 10 s, a few no time."""


@pytest.mark.parametrize("step", [0, 2, 12])
def test_a_type_that_never_comes_back_is_stopped_after_two_resets(
    bench: Bench, commander: Commander, step: int
) -> None:
    """Whenever that is; others go on, and an order to end it gets through."""
    types_on(bench, 7, endless=ENDLESS)
    board, lines = bench.board(7, settings=ENDLESS_SETTINGS, program=bench.program(constants=SOON))
    with commander:
        other = commander.spawn(7, COUNTER, theta=0.1, energy=5000)
        # The answer may be lost with the board.
        with contextlib.suppress(AssertionError):
            commander.spawn(7, USERS + 1, theta=0.5, state=bytes([step]), deadline_s=1.0)
        for _ in range(2):
            line, _ = lines.expect("the last run ended by the watchdog: the glyph 7.")
            assert line.endswith(" did not come to an end")
        line, _ = lines.expect("event glyph_stopped ", deadline_s=60.0)
        assert "it does not come to an end, and has reset this board twice" in line
        stopped = await_report(lines, lambda report: "stopped" in report.words, "it is told")
        assert board.reset_causes == (CAUSE_POWER_ON, CAUSE_WATCHDOG, CAUSE_WATCHDOG)
        assert stopped.epoch == 3
        glyph = stopped.words["stopped"].partition(":")[0]
        assert glyph != other
        assert commander.kill(7, glyph).outcome == "done"
        gone = await_report(lines, lambda report: report.words["glyphs"] == "1", "it is gone")
        later = await_report(
            lines,
            lambda report: number(report, "spent") > number(gone, "spent") + 5,
            "one goes on",
        )
    assert later.epoch == 3


def test_a_type_that_never_comes_back_can_be_ended_between_two_resets(
    bench: Bench, commander: Commander
) -> None:
    types_on(bench, 7, endless=ENDLESS)
    board, lines = bench.board(7, settings=ENDLESS_SETTINGS, program=bench.program(constants=SOON))
    with commander:
        glyph = commander.spawn(7, USERS + 1, state=bytes([30]))
        await_report(lines, lambda report: report.epoch == 2, "it has reset the board")
        assert commander.kill(7, glyph).outcome == "done"
        gone = await_report(lines, lambda report: report.words["glyphs"] == "0", "it is gone")
    assert gone.epoch == 2
    assert board.reset_causes == (CAUSE_POWER_ON, CAUSE_WATCHDOG)


FULL = (
    """
import os
from ascpi_glyphs import JournalFile
append = JournalFile.append
def full(self, data):
    try:
        os.stat("/full")
    except OSError:
        return append(self, data)
    raise OSError(28)
JournalFile.append = full
"""
    + START
)


def test_a_full_flash_is_told_once_and_nothing_is_lost(bench: Bench, commander: Commander) -> None:
    board, lines = bench.board(7, program=bench.program(FULL, {"RETRY_US": 3_000_000}))
    full = board.options.flash / "full"
    with commander:
        commander.spawn(7, COUNTER, energy=500)
        full.write_text("")
        # Born it is not, as it could not be written; nobody is told that it is.
        with pytest.raises(AssertionError, match="did not answer"):
            commander.spawn(7, COUNTER, energy=70, deadline_s=1.0)
        lines.expect("ASCPI error ")
        full.unlink()
        lines.expect("the glyphs' journal can be written again")
    report = await_report(lines, lambda report: report.words["glyphs"] == "2", "both are there")
    assert report.words["born"] == "570"
    assert len([message for message in messages(lines) if message.is_error]) == 1
    board.kill()
    board.restart()
    again = await_report(lines, lambda report: report.epoch == 2, "it boots again")
    assert (again.words["glyphs"], again.words["born"]) == ("2", "570")
    assert all_balanced(lines)


def test_a_flash_of_light_comes_when_the_phase_passes_theta(
    bench: Bench, commander: Commander
) -> None:
    edges = bench.folder / "edges"
    pins = {"light": "neopixel", "pixels": 2}
    board, lines = bench.board(7, edges=edges, settings={"report_ms": 20, "pins": pins})
    truth = Truth(board)
    with commander:
        commander.spawn(7, PULSE, theta=0.3, state=bytes([1, 2, 3, 5]))
        # At 0 the pulse comes first.
        commander.spawn(7, PULSE, theta=0.0, state=bytes([4, 5, 6, 5]))
        await_report(lines, lambda report: number(report, "spent") >= 10, "five turns")
    board.stop()
    shown = [words for words in EdgeReader(edges).read_lines() if words[2] == "rgb"]
    for theta, colour in ((0.3, ["1", "2", "3"]), (0.0, ["4", "5", "6"])):
        at_us = [int(words[0]) for words in shown if words[3:] == colour * 2]
        assert len(at_us) >= 4
        late_us = sorted(arc(truth.at(moment), theta) * 1e6 for moment in at_us)
        # The machine may take the processor away; the median shows the board's own.
        assert -200 < late_us[len(late_us) // 2] < 1000, late_us
        # It ends: 50 ms later the phase is seen again.
    assert len({tuple(words[3:6]) for words in shown}) > 10


def test_without_glyphs_none_are_taken_and_none_are_told(
    bench: Bench, commander: Commander
) -> None:
    board, lines = bench.board(7, settings={"glyphs": False})
    report = await_report(lines, lambda report: report.up_ms > 500, "the board runs")
    assert "glyphs" not in report.words
    with commander, pytest.raises(AssertionError, match="did not answer"):
        commander.spawn(7, COUNTER, deadline_s=1.0)
    assert not Path(board.options.flash / "glyphs.journal").exists()


def test_a_board_without_room_says_so_and_takes_part_without_glyphs(bench: Bench) -> None:
    """Its memory suffices for all but them."""
    _, lines = bench.board(7, heap_bytes=192 * 1024)
    _, others = bench.board(8)
    await_report(lines, lambda report: report.state == "locked", "a lock")
    await_report(others, lambda report: report.state == "locked", "a lock")
    said = [message.text for message in messages(lines) if message.is_error]
    assert len(said) == 1, said
    assert said[0].startswith("there is no room for glyphs")
    assert "glyphs" not in reports(lines)[-1].words
    assert "glyphs" in reports(others)[-1].words
