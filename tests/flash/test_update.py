"""`--app-only`, on a virtual board: the new program beside the one that runs, then the switch."""

import json
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from functools import cache
from pathlib import Path

import pytest

from ascpi.errors import AscpiError
from ascpi.flash import outcome
from ascpi.flash.application import MAIN_PATH, PROGRAM_FOLDER, RUN_PATH, build
from ascpi.flash.chips import CHIPS, Chip
from ascpi.flash.errors import FlashError
from ascpi.flash.fleet import load_fleet
from ascpi.flash.outcome import Outcome, Status, StatusListener
from ascpi.flash.supplies import Supplies
from ascpi.flash.targets import Target
from ascpi.flash.update import Running, Update, chip_of
from ascpi.flash.wishes import Wishes
from ascpi.ports.repl import Repl
from ascpi.virtual import VirtualBoard, VirtualBoardOptions
from ascpi.virtual.supervisor import CAUSE_RESET, CAUSE_WATCHDOG
from tests.ports.stand_in import Answer, chatter, falls_silent, restarts, stand_in
from tests.virtual.lab import Lines, wait_until

WAIT_S = 20.0
TRIAL_S = 30.0
SHORT_TRIAL = {"_TRIAL_MS": 3_000}
"""Long enough to see that it is not over yet; in place of 10 s."""
NODE_ID = 7
MAC = "02:a5:00:00:00:07"
# How a board that was reset shows that it runs: its first line, or a report if that went by before
# the port was open again.
ALIVE = "(boot .*|reports as id 7)"
XTENSAWIN = 10 << 10
OLDER = "ascpi_00000000"
"""A program before the one that runs."""
OLD_MAIN = b"# of an older program\n"


class ShortTrial(Supplies):
    """The node's program, made once for all tests."""

    def application(self, chip: Chip) -> Mapping[str, bytes]:
        return build(chip, constants=SHORT_TRIAL)


NODE = ShortTrial(None, Path("unused"), "node")


def program() -> Mapping[str, bytes]:
    return NODE.application(CHIPS["esp32"])


@cache
def program_before() -> Mapping[str, bytes]:
    """Another, that runs as well; its main.py differs by a comment."""
    files = build(CHIPS["esp32"], constants={"_LONELY_SAID": 299, **SHORT_TRIAL})
    return {**files, MAIN_PATH: OLD_MAIN + files[MAIN_PATH]}


def folder_of(files: Mapping[str, bytes]) -> str:
    return files[RUN_PATH].decode()


def put(flash: Path, given: Mapping[str, bytes]) -> None:
    for path, data in given.items():
        place = flash / path.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)


def is_complete(there: Mapping[str, bytes], whole: Mapping[str, bytes]) -> bool:
    """Whether the folder of a program holds all of it, and nothing else."""
    begin = f"/{folder_of(whole)}/"
    wanted = {path: data for path, data in whole.items() if path.startswith(begin)}
    return wanted == {path: data for path, data in there.items() if path.startswith(begin)}


@pytest.fixture
def board(tmp_path: Path) -> Iterator[VirtualBoard]:
    """One that runs the program before."""
    flash = tmp_path / "flash"
    put(flash, program_before())
    configuration = {"id": NODE_ID, "name": "door", "report_ms": 200, "wifi": {"ssid": "desk"}}
    (flash / "ascpi.json").write_text(json.dumps(configuration))
    options = VirtualBoardOptions(NODE_ID, flash, as_flashed=True)
    with VirtualBoard(options) as made:
        made.set_access_point(False)
        made.wait_running()
        yield made


def update(board: VirtualBoard, **more: object) -> Update:
    target = Target(board.serial_path, named=bool(more.pop("named", True)))
    wishes = more.pop("wishes", Wishes())
    assert isinstance(wishes, Wishes)
    types = more.pop("types", None)
    assert types is None or isinstance(types, Path)
    supplies = Supplies(None, Path("unused"), "node", types) if types else NODE
    return Update(target, supplies, lambda status: None, wishes, WAIT_S)


def files(board: VirtualBoard) -> dict[str, bytes]:
    folder = board.options.flash
    return {
        "/" + path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def runs(board: VirtualBoard) -> list[str]:
    return (board.options.flash / RUN_PATH.lstrip("/")).read_text().split()


def test_the_new_program_is_written_beside_the_old_and_then_it_is_up_to_date(
    board: VirtualBoard,
) -> None:
    flash = board.options.flash
    wanted, before = program(), program_before()
    # Of a program before the one that runs, half of a write among it, and of a layout before that.
    put(flash, {f"/{OLDER}/ascpi_node.mpy": b"older", f"/{OLDER}/ascpi_boot.mpy.new": b"o"})
    put(flash, {"/ascpi_core/glyphs/gone.py": b"", "/ascpi_core/node.mpy": b"old"})
    put(flash, {"/glyphs/7-1": b"a glyph", "/glyphs/mine.py": b"# a type", "/mine.py": b""})
    configured = (flash / "ascpi.json").read_bytes()
    old = files(board)
    first = update(board).run()
    assert (first.state, first.mac, first.name) == (outcome.UPDATED, MAC, "door"), first
    said = re.fullmatch(rf"(\d+) files written, 4 removed; {ALIVE}", first.text)
    assert said, first
    assert int(said[1]) == len(wanted)
    assert first.written_bytes == sum(map(len, wanted.values()))
    there = files(board)
    assert is_complete(there, wanted)
    assert is_complete(there, before), "what ran stays until the new one has shown that it runs"
    assert there[MAIN_PATH] == wanted[MAIN_PATH]
    assert runs(board) == [folder_of(wanted), folder_of(before), "trying"]
    assert there["/ascpi.json"] == configured
    assert all(there[path] == old[path] for path in ("/glyphs/7-1", "/glyphs/mine.py", "/mine.py"))
    folders = [path.name for path in flash.iterdir() if path.is_dir()]
    ours = {name for name in folders if name.startswith(PROGRAM_FOLDER)}
    assert ours == {folder_of(wanted), folder_of(before)}, "no folder stays empty"
    second = update(board).run()
    assert second.state == outcome.CURRENT
    said = re.fullmatch(f"its program is the same, nothing was written; {ALIVE}", second.text)
    assert said, second
    assert second.digest == first.digest
    assert second.written_bytes == 0
    # It was we who ended its trial too early.
    assert runs(board)[0] == folder_of(wanted)
    wait_until(lambda: runs(board) == [folder_of(wanted)], "the trial ends", TRIAL_S)
    # One file of all is another; and the old program is of no more use.
    node = f"/{folder_of(wanted)}/ascpi_node.mpy"
    put(flash, {node: b"old"})
    gone = sum(path.startswith(f"/{folder_of(before)}/") for path in before)
    third = update(board).run()
    assert re.fullmatch(f"1 files written, {gone} removed; {ALIVE}", third.text), third
    assert third.written_bytes == len(wanted[node])
    assert is_complete(files(board), wanted)
    assert not (flash / folder_of(before)).exists()
    assert runs(board) == [folder_of(wanted)]


def test_a_board_that_has_no_program_yet_takes_the_new_one_without_a_trial(
    board: VirtualBoard,
) -> None:
    flash = board.options.flash
    (flash / RUN_PATH.lstrip("/")).unlink()
    result = update(board).run()
    assert result.state == outcome.UPDATED, result
    assert runs(board) == [folder_of(program())]
    assert is_complete(files(board), program())


def test_a_board_of_another_fleet_on_trial_is_still_on_trial(
    board: VirtualBoard, tmp_path: Path
) -> None:
    """To look who it is, its program was interrupted: by that it has not failed."""
    path = tmp_path / "boards.toml"
    path.write_text('["24:0a:c4:00:00:07"]\nname = "other"\n')
    name = folder_of(program_before())
    put(board.options.flash, {RUN_PATH: f"{name} {OLDER} untried".encode()})
    board.restart()
    wait_until(lambda: runs(board)[-1] == "trying", "it is on trial", WAIT_S)
    board.wait_running()
    result = update(board, named=False, wishes=Wishes(load_fleet(path))).run()
    assert result.state == outcome.LEFT
    wait_until(lambda: runs(board) == [name], "the trial ends well", TRIAL_S)


def test_a_program_that_failed_its_trial_is_tried_again_where_it_is_flashed_again(
    board: VirtualBoard,
) -> None:
    wanted, before = program(), program_before()
    put(board.options.flash, {**wanted, MAIN_PATH: before[MAIN_PATH]})
    failed = f"{folder_of(before)} {folder_of(wanted)} failed"
    put(board.options.flash, {RUN_PATH: failed.encode()})
    result = update(board).run()
    assert result.state == outcome.UPDATED, result
    assert re.fullmatch(f"2 files written, 0 removed; {ALIVE}", result.text), result
    assert runs(board) == [folder_of(wanted), folder_of(before), "trying"]


def test_a_probe_gets_its_program_as_it_is(board: VirtualBoard) -> None:
    work = Update(
        Target(board.serial_path, named=True),
        Supplies(None, Path("unused"), "probe"),
        lambda status: None,
        Wishes(),
        WAIT_S,
    )
    wanted = build(CHIPS["esp32"], "probe")
    result = work.run()
    assert re.fullmatch(f"{len(wanted)} files written, 0 removed; {ALIVE}", result.text), result
    there = files(board)
    assert {path: there[path] for path in wanted} == wanted
    assert is_complete(there, program_before()), "it goes as soon as there is another node on it"


def test_a_source_that_would_hide_a_type_goes(board: VirtualBoard, tmp_path: Path) -> None:
    types = tmp_path / "types"
    types.mkdir()
    source = "from ascpi_core.glyphs.kind import Kind\n\n\nclass GlyphType(Kind):\n"
    source += '    NAME = "blink"\n    NUMBER = 64\n\n    def step(self, glyph, world):\n'
    (types / "blink.py").write_text(source + "        world.flash(1, 2, 3, 40)\n")
    put(board.options.flash, {"/glyphs/blink.py": b"the old one", "/glyphs/other.py": b""})
    result = update(board, types=types).run()
    assert result.state == outcome.UPDATED, result
    there = files(board)
    assert "/glyphs/blink.py" not in there
    assert there["/glyphs/blink.mpy"] == build(CHIPS["esp32"], types=types)["/glyphs/blink.mpy"]
    assert "/glyphs/other.py" in there


class CableOut(AscpiError):
    """The board is out of reach."""


class Writes:
    """In the place of Repl.write: the one numbered `bad` is cut off, or spoiled, by half."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.bad = -1
        self.cuts = True
        self.paths: list[str] = []
        self._write = Repl.write
        monkeypatch.setattr(Repl, "write", lambda *words: self._instead(*words))

    def begin(self, bad: int, cuts: bool = True) -> None:
        self.bad, self.cuts, self.paths = bad, cuts, []

    def _instead(self, repl: Repl, path: str, data: bytes) -> None:
        number = len(self.paths)
        self.paths.append(path)
        if number != self.bad:
            self._write(repl, path, data)
        elif self.cuts:
            # It writes beside the place; the rename is what never happens.
            self._write(repl, path + ".new", data[: len(data) // 2])
            raise CableOut("the cable is out")
        else:
            self._write(repl, path, data[:-1] + bytes([data[-1] ^ 1]))


def test_whichever_write_is_cut_off_a_whole_program_is_named(
    board: VirtualBoard, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each run goes on where the one before was cut off, and is cut off a file later: as if the
    first had been cut off at that file."""
    wanted, before = program(), program_before()
    names = {folder_of(whole): whole for whole in (wanted, before)}
    writes = Writes(monkeypatch)
    cut: list[str] = []
    # One REPL for all of them, as opening it takes longer than all else.
    with Repl(board.serial_path) as repl, monkeypatch.context() as patched:
        patched.setattr("ascpi.flash.update.Repl", lambda *words: nullcontext(repl))
        for number in range(len(wanted)):
            writes.begin(min(number, 1))
            result = update(board).run()
            assert (result.state, result.text) == (outcome.FAILED, "the cable is out"), result
            assert writes.paths[:-1] == cut[-1:], "what is there is not written again"
            cut.append(writes.paths[-1])
            there, chosen = files(board), runs(board)
            assert is_complete(there, names[chosen[0]]), cut
            if len(chosen) > 1:
                assert is_complete(there, names[chosen[1]]), cut
                assert chosen[2:] == ["untried"]
            assert (chosen[0] == folder_of(wanted)) == (len(cut) == len(wanted))
            assert there[MAIN_PATH] == before[MAIN_PATH]
    assert sorted(cut) == sorted(wanted)
    assert cut[-2:] == [RUN_PATH, MAIN_PATH], "the switch comes last"
    writes.begin(-1)
    result = update(board).run()
    assert re.fullmatch(f"1 files written, 0 removed; {ALIVE}", result.text), result
    assert is_complete(files(board), wanted)


def test_a_program_written_wrongly_is_noticed_before_the_switch(
    board: VirtualBoard, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = program_before()
    writes = Writes(monkeypatch)
    writes.begin(2, cuts=False)
    result = update(board).run()
    assert result.state == outcome.FAILED
    spoiled = writes.paths[2]
    assert result.text.startswith(f"{spoiled} is not on the board as it was written"), result
    assert "its old program stays: try again" in result.text
    there = files(board)
    assert runs(board) == [folder_of(before)]
    assert is_complete(there, before)
    assert there[MAIN_PATH] == before[MAIN_PATH]
    # The same command again writes what is spoiled, and switches.
    writes.begin(-1)
    again = update(board).run()
    assert re.fullmatch(f"3 files written, 0 removed; {ALIVE}", again.text), again
    assert set(writes.paths) >= {spoiled, RUN_PATH, MAIN_PATH}
    assert is_complete(files(board), program())


def test_a_board_of_no_fleet_is_left_running(board: VirtualBoard, tmp_path: Path) -> None:
    path = tmp_path / "boards.toml"
    path.write_text('["24:0a:c4:00:00:07"]\nname = "other"\n')
    before = files(board)
    result = update(board, named=False, wishes=Wishes(load_fleet(path))).run()
    assert result.state == outcome.LEFT
    assert {
        path: data for path, data in files(board).items() if path in before
    }.keys() == before.keys()
    board.wait_running()


def test_a_port_without_micropython_says_what_to_do(tmp_path: Path) -> None:
    target = Target(str(tmp_path / "none"), named=True)
    work = Update(target, Supplies(None, tmp_path, "node"), lambda status: None, Wishes())
    result = work.run()
    assert result.state == outcome.FAILED
    assert result.text.startswith("there is no such port")


@pytest.mark.parametrize("answer", [restarts, falls_silent, chatter])
def test_ctrl_c_ends_the_command_whatever_the_board_does(answer: Answer) -> None:
    with stand_in(answer) as url:
        process = subprocess.Popen(
            [sys.executable, "-m", "ascpi", "flash", "--app-only", "--port", url],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stderr is not None
        assert any("connecting" in line for line in process.stderr)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=WAIT_S)
    assert process.returncode == 130
    assert "interrupted; run the same command to go on" in out


def test_a_board_that_restarts_all_the_time_is_mended(board: VirtualBoard) -> None:
    """It fails as soon as it starts, and is started again and again by what it runs first."""
    main = b"import machine, time\ntime.sleep_ms(100)\nmachine.reset()\n"
    put(board.options.flash, {MAIN_PATH: main})
    board.restart()
    wait_until(lambda: len(board.reset_causes) > 4, "it restarts all the time", WAIT_S)
    result = update(board).run()
    assert result.state == outcome.UPDATED, result
    assert runs(board)[0] == folder_of(program())


class Mistake(Exception):
    """Something on this computer, at a moment that nobody thought of."""


def test_wherever_an_update_fails_the_board_runs_again(board: VirtualBoard) -> None:
    lines = Lines(board)
    steps: list[str] = []

    def fail_at(wanted: int) -> StatusListener:
        steps.clear()

        def listen(status: Status) -> None:
            steps.append(status.stage)
            if len(steps) == wanted:
                raise Mistake(status.stage)

        return listen

    def runs_again() -> None:
        lines.expect("event boot ")
        lines.expect("ASCPI report ")

    runs_again()
    failed = []
    # The first file, the second, and much later.
    for number in (2, 3, 4, 5, 9):
        work = Update(Target(board.serial_path, named=True), NODE, fail_at(number), Wishes())
        with pytest.raises(Mistake) as failure:
            work.run()
        failed.append(str(failure.value))
        runs_again()
    assert failed == ["compiling", "comparing", "writing", "writing", "writing"]
    # What the board refuses: where the program's folder should be there is a file.
    folder = board.options.flash / folder_of(program())
    shutil.rmtree(folder)
    folder.write_text("")
    result = update(board).run()
    assert result.state == outcome.FAILED
    runs_again()
    # And an end that this update itself has no say in.
    folder.unlink()
    done = subprocess.run(
        [sys.executable, "-c", KILLED, board.serial_path], timeout=3 * WAIT_S, check=False
    )
    assert done.returncode == -signal.SIGKILL
    assert is_complete(files(board), program_before())
    runs_again()
    assert board.reset_causes[1:] == (*[CAUSE_RESET] * 6, CAUSE_WATCHDOG)
    assert runs(board) == [folder_of(program_before())]


KILLED = """
import os, pathlib, signal, sys
from ascpi.flash.supplies import Supplies
from ascpi.flash.targets import Target
from ascpi.flash.update import Update
from ascpi.flash.wishes import Wishes
from ascpi.ports import repl
repl.LEASH_S = 4
def watch(status):
    if status.stage == "writing" and status.done == 2:
        os.kill(os.getpid(), signal.SIGKILL)
supplies = Supplies(None, pathlib.Path("unused"), "node")
Update(Target(sys.argv[1], named=True), supplies, watch, Wishes()).run()
"""


def test_an_update_can_be_ended(board: VirtualBoard) -> None:
    ended = threading.Event()

    def watch(status: Status) -> None:
        if status.stage == "writing" and status.done == 1:
            work.cancel()
            ended.set()

    work = Update(Target(board.serial_path, named=True), NODE, watch, Wishes())
    result: Outcome = work.run()
    assert ended.is_set(), result
    assert result.state == outcome.ENDED
    # What was written is whole: each file beside its place, then renamed. The board runs the old.
    wanted, before, there = program(), program_before(), files(board)
    new = {path for path in there if path.startswith(f"/{folder_of(wanted)}/")}
    assert len(new) == 1
    assert all(there[path] == wanted[path] for path in new)
    assert all(there[path] == data for path, data in before.items())


@pytest.mark.parametrize(
    ("machine", "mpy", "chip"),
    [
        ("Generic ESP32 module with ESP32", 0x306 | XTENSAWIN, "esp32"),
        ("Generic ESP32S2 module with ESP32-S2FN4R2", 0x306 | XTENSAWIN, "esp32s2"),
        ("Generic ESP32S3 module with ESP32S3", 0x306 | XTENSAWIN, "esp32s3"),
        ("ESP32C3 module with ESP32C3", 0x306 | 11 << 10, "esp32c3"),
    ],
)
def test_the_chip_by_what_micropython_says_of_itself(machine: str, mpy: int, chip: str) -> None:
    assert chip_of(Running(machine, mpy, "esp32", MAC, 1, "")) == CHIPS[chip]


@pytest.mark.parametrize(
    ("mpy", "said"), [(0x206, "version 6.2"), (0x305, "version 5.3"), (0, "version none")]
)
def test_another_version_of_compiled_files_is_refused(mpy: int, said: str) -> None:
    with pytest.raises(FlashError, match=f"{said}, and ours are 6.3: flash it as a whole"):
        chip_of(Running("Generic ESP32 module with ESP32", mpy, "esp32", MAC, 1, ""))
