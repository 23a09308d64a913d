"""How a board comes to life, and what it makes of runs that fail: firmware/ascpi_board/boot.py."""

from pathlib import Path

import pytest

from ascpi.flash.application import MAIN_PATH, RUN_PATH
from ascpi.flash.update import UNTRIED
from ascpi.paths import FIRMWARE
from ascpi.telemetry import Report
from ascpi.virtual import VirtualBoard
from tests.firmware.bench import START, Bench, await_report, events, messages, reports
from tests.firmware.commander import Commander
from tests.virtual.lab import Lines, wait_until

COUNTER = 5
COMMANDER = 99
SOON = {"_RESTART_PAUSE_MS": 100}
SAFE = "safe mode, after {} runs in a row that failed within a minute"
POORER = "a run before ran out of memory: this one holds no glyphs"
POWER_ON, RESET = 1, 2

# A lamp that breaks, unless there is a file /whole, which is put there from outside.
BREAKS = """
import os, time
import ascpi_node
class Lamp(ascpi_node.Light):
    def show(self, theta, band):
        try:
            os.stat("/whole")
        except OSError:
            if time.ticks_diff(time.ticks_ms(), began) >= {after_ms}:
                raise {error}
began = time.ticks_ms()
ascpi_node.make_light = lambda config: Lamp()
"""


def breaks(error: str = "ZeroDivisionError('the lamp')", after_ms: int = 0) -> str:
    return BREAKS.format(error=error, after_ms=after_ms)


def mend(board: VirtualBoard) -> None:
    (board.options.flash / "whole").write_text("")


def notes(lines: Lines, text: str) -> list[str]:
    return [message.text for message in messages(lines) if text in message.text]


def report_of(lines: Lines, epoch: int) -> Report:
    """The first report of a boot; it may be there already."""
    found: list[Report] = []

    def look() -> bool:
        found.extend(report for report in reports(lines) if report.epoch == epoch)
        return bool(found)

    wait_until(look, f"a report of boot {epoch}")
    return found[0]


def boots(lines: Lines) -> int:
    return len([event for event in events(lines) if event.name == "boot"])


# Runs that fail


def test_after_three_failures_it_is_safe_and_after_three_more_it_waits(bench: Bench) -> None:
    board, lines = bench.board(7, program=bench.program(breaks() + START, SOON))
    for epoch in (1, 2, 3):
        lines.expect(f"epoch={epoch} ")
        lines.expect("error crash: ZeroDivisionError('the lamp'")
    assert not notes(lines, "safe mode")
    for epoch in (4, 5, 6):
        lines.expect(f"epoch={epoch} ")
        lines.expect(SAFE.format(epoch - 1))
        lines.expect("error crash: ZeroDivisionError('the lamp'")
    line, _ = lines.expect("the board failed 6 times in a row, in safe mode, too")
    assert line.startswith("ASCPI error ")
    board.send(b"print('here', 40 + 2)\r")
    lines.expect("here 42")
    assert boots(lines) == 6
    assert board.reset_causes == (POWER_ON,) + 6 * (RESET,)
    for report in reports(lines):
        assert ("glyphs" in report.words) == (report.epoch <= 3), report
    mend(board)
    board.send(b"import machine; machine.reset()\r")
    lines.expect("epoch=7 ")
    assert "glyphs" in report_of(lines, 7).words, "it is tried once more, whole"
    assert not notes(lines, SAFE.format(6))


def test_a_board_in_safe_mode_keeps_its_phase_and_its_network(bench: Bench) -> None:
    board, lines = bench.board(7, program=bench.program(breaks() + START, SOON))
    lines.expect(SAFE.format(3))
    mend(board)  # if that is too late for this run, the next is safe as well
    bench.board(8)
    safe = await_report(
        lines, lambda report: report.state == "locked" and report.peers == 1, "a lock"
    )
    assert "glyphs" not in safe.words


def test_switching_a_board_off_and_on_ends_safe_mode(bench: Bench) -> None:
    board, lines = bench.board(7, program=bench.program(breaks() + START, SOON))
    lines.expect(SAFE.format(3))
    board.kill()
    mend(board)
    epochs, said = boots(lines), len(notes(lines, "safe mode"))
    board.restart()
    lines.expect(f"epoch={epochs + 1} ")
    assert "glyphs" in report_of(lines, epochs + 1).words
    assert board.reset_causes[-1] == POWER_ON
    assert len(notes(lines, "safe mode")) == said


def test_runs_that_last_are_not_counted(bench: Bench) -> None:
    """It lasts so long that the board, each time it looks, finds it long enough."""
    lasted = {"_LASTED_MS": 300, "_HEALTH_MS": 200}
    program = bench.program(breaks(after_ms=1200) + START, {**SOON, **lasted})
    _, lines = bench.board(7, program=program)
    for epoch in (1, 2, 3, 4):
        lines.expect(f"epoch={epoch} ")
        lines.expect("error crash: ZeroDivisionError('the lamp'")
    assert "glyphs" in report_of(lines, 5).words
    assert not notes(lines, "safe mode")


# Runs without memory


def test_a_run_without_memory_is_told_and_followed_by_one_without_glyphs(bench: Bench) -> None:
    main = breaks("MemoryError('allocating 1000 bytes')", after_ms=500) + START
    board, lines = bench.board(7, program=bench.program(main))
    kept = board.options.flash / "ascpi_crash"
    assert "glyphs" in report_of(lines, 1).words
    lines.expect("error crash: MemoryError('allocating 1000 bytes'")
    wait_until(kept.exists, "it is kept until the next boot")
    assert "MemoryError: allocating 1000 bytes" in kept.read_text()
    mend(board)
    told, _ = lines.expect("the last run ended in a crash: boot 1")
    assert "MemoryError: allocating 1000 bytes" in told
    lines.expect(POORER)
    assert "glyphs" not in report_of(lines, 2).words
    assert not kept.exists(), "it is told once"
    # Only switching it off and on, or another program, gives it glyphs again.
    board.send(b"\x03")
    lines.expect("the REPL is open")
    board.send(b"\x04")
    lines.expect(POORER)
    assert "glyphs" not in report_of(lines, 3).words
    board.kill()
    board.restart()
    assert "glyphs" in report_of(lines, 4).words
    assert len(notes(lines, POORER)) == 2
    assert len(notes(lines, "the last run ended in a crash")) == 1


def test_a_board_whose_memory_really_ends_takes_part_without_glyphs(bench: Bench) -> None:
    """What is reckoned for glyphs is there, but words of 64 bits take twice as much."""
    _, lines = bench.board(7, heap_bytes=230 * 1024)
    lines.expect("error crash: MemoryError(")
    lines.expect(POORER)
    bench.board(8)
    report = await_report(lines, lambda report: report.state == "locked", "a lock")
    assert (report.epoch, "glyphs" in report.words) == (2, False)
    assert boots(lines) == 2


# A program on trial


class Programs:
    """Two programs on one flash: a new one, which is untried, and the one before it."""

    def __init__(self, bench: Bench) -> None:
        old = bench.program(constants={"_TRIAL_MS": 1999})
        new = bench.program(constants={"_TRIAL_MS": 2000})
        self.old, self.new = old[RUN_PATH].decode(), new[RUN_PATH].decode()
        assert self.old != self.new
        self.files = {**old, **new, RUN_PATH: f"{self.new} {self.old} {UNTRIED}".encode()}

    def spoil(self, content: bytes | None) -> None:
        """Put something else in the place of the new one's node."""
        path = f"/{self.new}/ascpi_node.mpy"
        del self.files[path]
        if content is not None:
            self.files[path] = content


def run_file(board: VirtualBoard) -> str:
    """Which program the board is to run."""
    return (board.options.flash / RUN_PATH.lstrip("/")).read_text()


def require_old(board: VirtualBoard, lines: Lines, programs: Programs) -> None:
    """The program before runs, says so, and stays."""
    lines.expect(f"the new program, {programs.new}, did not run for 10 s: this is the one before")
    lines.expect("epoch=2 ")
    assert run_file(board) == programs.old
    assert "glyphs" in report_of(lines, 2).words
    board.send(b"\x03")
    lines.expect("the REPL is open")
    board.send(b"import sys; print('runs', sys.path[0])\r")
    lines.expect(f"runs {programs.old}")
    board.send(b"\x04")
    lines.expect("epoch=3 ")
    assert run_file(board) == programs.old
    assert len(notes(lines, "did not run for 10 s")) == 1, "it is told once"


@pytest.mark.parametrize("content", [b"no program", None])
def test_a_new_program_with_a_broken_file_gives_way_to_the_old_one(
    bench: Bench, content: bytes | None
) -> None:
    programs = Programs(bench)
    programs.spoil(content)
    board, lines = bench.board(7, program=programs.files)
    lines.expect("error crash: ")
    require_old(board, lines, programs)


@pytest.mark.parametrize("error", ["ValueError('the new one')", "MemoryError('the new one')"])
def test_a_new_program_that_fails_as_it_runs_gives_way_to_the_old_one(
    bench: Bench, error: str
) -> None:
    """With all that the old one has: what the new one lacked says nothing of it."""
    programs = Programs(bench)
    head, start, _ = (
        (FIRMWARE / "main.py").read_text("utf-8").rpartition("try:\n    from ascpi_boot")
    )
    patch = "\n".join("    " + line for line in breaks(error, after_ms=500).splitlines())
    main = f"{head}if sys.path[0] == {programs.new!r}:\n{patch}\n{START}"
    assert start
    programs.files[MAIN_PATH] = main.encode()
    board, lines = bench.board(7, program=programs.files)
    assert "glyphs" in report_of(lines, 1).words
    assert run_file(board).split() == [programs.new, programs.old, "trying"]
    lines.expect("error crash: ")
    require_old(board, lines, programs)


def test_a_power_cut_during_the_trial_brings_the_old_program_back(bench: Bench) -> None:
    programs = Programs(bench)
    board, lines = bench.board(7, program=programs.files)
    report_of(lines, 1)
    board.kill()
    assert run_file(board).split() == [programs.new, programs.old, "trying"]
    board.restart()
    require_old(board, lines, programs)


def test_a_new_program_that_runs_for_its_time_stays(bench: Bench) -> None:
    """With 2 s in place of 10."""
    programs = Programs(bench)
    board, lines = bench.board(7, program=programs.files)
    report_of(lines, 1)
    assert run_file(board).split() == [programs.new, programs.old, "trying"]
    lines.expect("the new program has run for 10 s: it stays")
    assert reports(lines)[-1].up_ms > 1800
    assert run_file(board) == programs.new
    board.kill()
    board.restart()
    lines.expect("epoch=2 ")
    await_report(lines, lambda report: report.up_ms > 3500, "well past another trial")
    assert run_file(board) == programs.new
    assert len(notes(lines, "program")) == 1, notes(lines, "program")


# Glyphs that end


def test_a_glyph_whose_lifetime_ends_is_told_and_the_board_goes_on(bench: Bench) -> None:
    board, lines = bench.board(7, settings={"rate_mhz": 5_000})
    with Commander(COMMANDER, bench.air.address) as commander:
        glyph = commander.spawn(7, COUNTER, energy=500, lifetime=5)
        lines.expect(f"event glyph_born glyph={glyph} kind=counter")
        lines.expect(f"event glyph_ended glyph={glyph}")
        gone = await_report(lines, lambda report: report.words["glyphs"] == "0", "it is gone")
        assert (gone.words["born"], gone.words["spent"], gone.words["energy"]) == (
            "500",
            "500",
            "0",
        )
        other = commander.spawn(7, COUNTER, energy=50)
        await_report(lines, lambda report: int(report.words["spent"]) > 505, "another one runs")
    assert other != glyph
    assert (boots(lines), board.reset_causes) == (1, (POWER_ON,))
    assert not [message for message in messages(lines) if message.is_error]
    assert not Path(board.options.flash / "ascpi_crash").exists()
