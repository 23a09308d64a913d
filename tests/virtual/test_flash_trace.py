"""What a board did to its flash, written down beside its firmware."""

from pathlib import Path

import pytest

from ascpi.errors import BoardOptionError
from ascpi.virtual import VirtualBoard
from ascpi.virtual.flash_trace import Change, make_again, read_flash_trace
from tests.virtual.lab import Lab

WRITER = """
import os
os.mkdir("/box")
with open("/box/one.new", "w") as file:
    file.write("abc")
    file.write("def")
os.rename("/box/one.new", "box/one")
with open("box/one", "ab") as file: print("at", file.tell(), file.write(b"!"))
file = open("/box/one", "r+b"); file.seek(2); file.write(b"C"); file.close(); file.close()
print("read", open("/box/one").read())
open("gone", "wb").close()
os.remove("gone")
os.mkdir("empty")
os.rmdir("empty")
print("done")
"""
TOLD = [
    Change("mkdir", "/box"),
    Change("open", "/box/one.new", "w"),
    Change("write", "/box/one.new", offset=0, data=b"abc"),
    Change("write", "/box/one.new", offset=3, data=b"def"),
    Change("close", "/box/one.new"),
    Change("rename", "/box/one.new", "/box/one"),
    Change("open", "/box/one", "ab"),
    Change("write", "/box/one", offset=6, data=b"!"),
    Change("close", "/box/one"),
    Change("open", "/box/one", "r+b"),
    Change("write", "/box/one", offset=2, data=b"C"),
    Change("close", "/box/one"),
    Change("open", "/gone", "wb"),
    Change("close", "/gone"),
    Change("remove", "/gone"),
    Change("mkdir", "/empty"),
    Change("rmdir", "/empty"),
]


def test_every_change_is_told_and_can_be_made_again(lab: Lab, tmp_path: Path) -> None:
    path = tmp_path / "trace"
    _, lines = lab.board(WRITER, trace_flash=path)
    lines.expect("at 6 1")
    lines.expect("read abCdef!")
    lines.expect("done")
    changes = read_flash_trace(path)
    assert changes == [Change("boot", "1"), *TOLD]
    again = tmp_path / "again"
    again.mkdir()
    make_again(again, changes)
    assert [entry.name for entry in again.rglob("*")] == ["box", "one"]
    assert (again / "box" / "one").read_bytes() == b"abCdef!"
    with pytest.raises(ValueError, match="melt is no change of a flash"):
        make_again(again, [Change("melt", "/box")])


def test_a_line_that_was_cut_off_tells_nothing(tmp_path: Path) -> None:
    path = tmp_path / "trace"
    path.write_text("boot 1\nmkdir /box\nremove /bo")
    assert read_flash_trace(path) == [Change("boot", "1"), Change("mkdir", "/box")]


def test_a_trace_that_cannot_be_written_is_refused(lab: Lab, tmp_path: Path) -> None:
    board = VirtualBoard(lab.options(WRITER, trace_flash=tmp_path / "nowhere" / "trace"))
    with pytest.raises(BoardOptionError, match=r"the flash trace file .* cannot be written"):
        board.start()
