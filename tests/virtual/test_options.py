import os
from pathlib import Path
from typing import Any

import pytest

from ascpi.errors import AscpiError, BoardOptionError
from ascpi.virtual import VirtualBoard, VirtualBoardOptions
from tests.virtual.lab import Lab


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"node_id": 0}, "id 0 is out of range: .* between 1 and 1073741823"),
        ({"node_id": 1 << 30}, "out of range"),
        ({"bind": "localhost"}, "bind 'localhost' is no address: write four numbers"),
        ({"bind": "127.0.0.1:70000"}, "bind .* is no address"),
        ({"broadcast": "127.255.255.255:"}, "broadcast .* is no address"),
        ({"phase": 1.0}, "phase 1.0 is out of range"),
        ({"phase": float("nan")}, "phase nan is out of range"),
        ({"ppm": 1e9}, "clock error .* out of range"),
        ({"ticks_start": 1 << 30}, "ticks start .* out of range"),
        ({"settings": {"id": 3}}, "'id' is an option of its own"),
        ({"settings": {"x": object()}}, "cannot be written as JSON"),
    ],
)
def test_what_a_board_cannot_be_is_said_in_a_sentence(
    values: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(AscpiError, match=sentence):
        VirtualBoardOptions(**{"node_id": 1, "flash": Path("flash"), **values})


def test_a_flash_that_is_a_file_is_refused(lab: Lab) -> None:
    flash = lab.folder / "file"
    flash.write_text("")
    with pytest.raises(BoardOptionError, match=r"flash folder .*file cannot be used"):
        VirtualBoard(lab.options(flash=flash)).start()


def test_a_missing_firmware_is_refused(lab: Lab) -> None:
    with pytest.raises(BoardOptionError, match=r"firmware folder .*nowhere is missing"):
        VirtualBoard(lab.options(firmware=lab.folder / "nowhere")).start()


def test_an_edges_file_in_no_folder_is_refused(lab: Lab) -> None:
    with pytest.raises(BoardOptionError, match=r"edges file .* cannot be written"):
        VirtualBoard(lab.options(edges=lab.folder / "no" / "edges")).start()


def test_a_serial_link_in_no_folder_is_refused_and_leaves_nothing_open(lab: Lab) -> None:
    before = len(os.listdir("/dev/fd"))
    with pytest.raises(BoardOptionError, match=r"serial link .* cannot be made"):
        VirtualBoard(lab.options(serial_link=lab.folder / "no" / "link")).start()
    assert len(os.listdir("/dev/fd")) == before
