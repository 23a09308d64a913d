"""Files in which a constant has been lost are refused, and a board that runs them fails."""

from pathlib import Path

import pytest

from ascpi.flash import application, compiled
from ascpi.flash.errors import FlashError
from ascpi.virtual import VirtualBoard, VirtualBoardOptions
from tests.firmware.starve import WAITS, verdict
from tests.flash import lost_constants
from tests.flash.lost_constants import CHIP, IN_UNIT, Loss
from tests.virtual.lab import Lines, wait_until

SAMPLES = 12
# Those that every board comes to within a second: as it boots, as it ticks, as it shows itself.
COME_TO = (
    Loss(IN_UNIT, "/ascpi_boot.py", "_STARTS_PATH"),
    Loss(IN_UNIT, "/ascpi_start.py", "_SETTINGS_PATH"),
    Loss(IN_UNIT, "/ascpi_node.py", "_TURN_US"),
)


@pytest.mark.parametrize(
    "loss", lost_constants.sample(SAMPLES, seed=11), ids=lambda loss: f"{loss.place} {loss.name}"
)
def test_it_is_refused_by_name(loss: Loss) -> None:
    said = lost_constants.judge(loss).said
    assert loss.name.lstrip("_") in said, said


def test_the_whole_program_is_accepted() -> None:
    compiled.require_whole(application.build(CHIP))


def test_a_name_that_another_file_does_not_define_is_refused() -> None:
    files = {
        "/ascpi_one.mpy": application.compile_one("/ascpi_one.py", b"KNOWN = 1\n", CHIP),
        "/ascpi_two.mpy": application.compile_one(
            "/ascpi_two.py", b"from ascpi_one import KNOWN, LOST\n", CHIP
        ),
    }
    with pytest.raises(FlashError, match=r"ascpi_two\.mpy takes LOST from ascpi_one, which does"):
        compiled.require_whole(files)


@pytest.mark.parametrize(
    "source", [b"def f():\n    class C:\n        LOST = 1\n    return LOST\n"]
)
def test_what_a_class_defines_is_known_in_it_only(source: bytes) -> None:
    file = application.compile_one("/ascpi_one.py", source, CHIP)
    assert compiled.read("/ascpi_one.mpy", file).asked == {"LOST"}


def test_a_damaged_file_is_refused() -> None:
    file = application.compile_one("/ascpi_one.py", b"KNOWN = 1\n", CHIP)
    for wrong, sentence in ((file[:-1], "is damaged"), (b"M\x05" + file[2:], "of version 6")):
        with pytest.raises(FlashError, match=sentence):
            compiled.read("/ascpi_one.mpy", wrong)


@pytest.mark.parametrize("loss", COME_TO, ids=lambda loss: loss.name)
def test_a_board_that_runs_it_all_the_same_fails(loss: Loss, tmp_path: Path) -> None:
    """It says which name is missing, and comes to rest: it waits at the REPL."""
    files = application.build(CHIP, constants={"_RESTART_PAUSE_MS": 100})
    unit = loss.path[:-3] + ".mpy"
    files = {
        path: lost_constants.mutant(loss) if path.endswith(unit) else data
        for path, data in files.items()
    }
    board = VirtualBoard(VirtualBoardOptions(7, tmp_path / "7", program=files))
    lines = Lines(board)
    with board:
        wait_until(lambda: verdict(lines.seen, len(board.reset_causes))[0] == WAITS, "its end")
    assert any(f"NameError: name '{loss.name}'" in line for line in lines.seen), lines.seen
