"""Both worlds' journal files keep one contract; the desktop's is locked, too."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ascpi.glyphs.journal_file import JournalFile, JournalFileError
from tests.core.journals import Memory, Node, PowerCut
from tests.host.littlefs_board import CountingFlash, board_module, file_on_littlefs

posix = pytest.mark.skipif(sys.platform == "win32", reason="what only POSIX systems have")

RECORD = bytes(range(68))


def desktop(folder: Path) -> Any:
    return JournalFile(folder / "glyphs.journal")


def board(folder: Path) -> Any:
    return board_module().JournalFile(str(folder / "glyphs.journal"))


def littlefs(folder: Path) -> Any:
    return file_on_littlefs(CountingFlash(32), 32)


@pytest.fixture
def file(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    """A journal file in one of the worlds."""
    made: Any = request.param(tmp_path)
    yield made
    if isinstance(made, JournalFile):
        made.close()


# On Windows, unlike LittleFS, a rename takes over no name.
board_here = pytest.param(board, marks=posix)
worlds = pytest.mark.parametrize("file", [desktop, board_here, littlefs], indirect=True)
on_a_folder = pytest.mark.parametrize("file", [desktop, board_here], indirect=True)


@worlds
def test_contract(file: Any) -> None:
    assert file.read(0, 100) == b""
    file.append(memoryview(bytearray(RECORD))[:30])
    file.append(RECORD[30:])
    assert file.read(0, 1000) == RECORD
    assert file.read(60, 1000) == RECORD[60:]
    assert file.read(10, 5) == RECORD[10:15]
    assert file.read(68, 10) == file.read(1000, 10) == b""
    file.replace(memoryview(RECORD)[:20])
    assert file.read(0, 1000) == RECORD[:20]
    file.append(b"and on")
    assert file.read(0, 1000) == RECORD[:20] + b"and on"
    file.replace(b"")
    assert file.read(0, 1000) == b""


@worlds
def test_a_journal_lives_on_it(file: Any) -> None:
    node = Node(file, seed=3)
    for number in range(600):
        node.happen(number)
        node.flush()
    node.settle()
    content = file.read(0, 1 << 20)
    again = Node(file, seed=4)
    assert again.journal.identity == node.journal.identity
    assert not again.journal.trouble
    assert again.durable() == Node(Memory(content)).durable()
    assert again.holding.count > 0


@on_a_folder
def test_death_between_write_and_rename_leaves_the_old_file(
    file: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.append(RECORD)

    def die(beside: object, path: object) -> None:
        raise PowerCut

    with monkeypatch.context() as patch:
        patch.setattr(os, "rename", die)
        patch.setattr(os, "replace", die)
        with pytest.raises(PowerCut):
            file.replace(b"new")
    assert (tmp_path / "glyphs.journal.new").read_bytes() == b"new"
    assert file.read(0, 100) == RECORD
    file.replace(b"newer")
    assert file.read(0, 100) == b"newer"


@on_a_folder
def test_what_cannot_be_read_is_an_error(file: Any, tmp_path: Path) -> None:
    """Not the same as no file: the journal must not begin anew."""
    (tmp_path / "glyphs.journal").mkdir()
    with pytest.raises(OSError, match=r"directory|denied"):
        file.read(0, 10)
    with pytest.raises(OSError, match=r"directory|denied"):
        file.append(b"x")


def run(*lines: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", "\n".join(lines)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def made(path: Path) -> tuple[str, ...]:
    return (
        "from pathlib import Path",
        "from ascpi.glyphs.journal_file import JournalFile",
        f"file = JournalFile(Path({str(path)!r}))",
    )


@posix
def test_what_a_full_disk_took_of_a_write_is_cut_off_again(tmp_path: Path) -> None:
    path = tmp_path / "glyphs.journal"
    process = run(
        "import resource",
        *made(path),
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))",
        "file.append(bytes(68))",
        "try:",
        "    file.append(bytes(68))",
        "except OSError as error:",
        "    print(error.errno, Path(file.path).stat().st_size)",
        "try:",
        "    file.replace(bytes(101))",
        "except OSError as error:",
        "    print(error.errno, sorted(each.name for each in file.path.parent.iterdir()))",
    )
    output, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    assert output.splitlines() == ["27 68", "27 ['glyphs.journal', 'glyphs.journal.lock']"]
    assert path.read_bytes() == bytes(68)


def test_a_failed_sync_is_taken_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(number: int) -> None:
        raise OSError(5, "Input/output error")

    with JournalFile(tmp_path / "glyphs.journal") as file:
        file.append(RECORD)
        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", fail)
            with pytest.raises(OSError, match="Input/output"):
                file.append(RECORD)
            with pytest.raises(OSError, match="Input/output"):
                file.replace(b"new")
        assert file.read(0, 1000) == RECORD
    assert sorted(each.name for each in tmp_path.iterdir()) == [
        "glyphs.journal",
        "glyphs.journal.lock",
    ]


def test_what_was_appended_survives_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "glyphs.journal"
    process = run(
        *made(path),
        "number = 0",
        "while True:",
        "    file.append(number.to_bytes(4, 'little') * 17)",
        "    number += 1",
        "    print(number, flush=True)",
    )
    assert process.stdout is not None
    told = 0
    while told < 50:
        told = int(process.stdout.readline())
    process.kill()
    output, _ = process.communicate(timeout=30)
    told = int(output.splitlines()[-1]) if output.endswith("\n") else told
    content = path.read_bytes()
    assert len(content) // 68 >= told
    for number in range(told):
        assert content[number * 68 : number * 68 + 68] == number.to_bytes(4, "little") * 17
    # And its lock went with it.
    with JournalFile(path) as file:
        assert file.read(0, 4) == bytes(4)


def test_one_journal_one_node(tmp_path: Path) -> None:
    path = tmp_path / "glyphs.journal"
    with JournalFile(path):
        with pytest.raises(JournalFileError) as caught:
            JournalFile(path)
        assert str(caught.value) == (
            f"{path} is in use by another node, process {os.getpid()}: two nodes with one journal "
            "would run its glyphs twice; end that one, or give this node a journal of its own"
        )
        other = JournalFile(tmp_path / "other.journal")
        other.close()
    with JournalFile(path) as file:
        file.append(RECORD)


def test_one_journal_one_process(tmp_path: Path) -> None:
    path = tmp_path / "glyphs.journal"
    process = run(*made(path), "print('open', flush=True)", "input()")
    assert process.stdout is not None
    assert process.stdout.readline() == "open\n"
    with pytest.raises(JournalFileError, match=f"another node, process {process.pid}: two"):
        JournalFile(path)
    process.communicate("done\n", timeout=30)
    JournalFile(path).close()


@posix
def test_another_name_of_it_is_the_same_journal(tmp_path: Path) -> None:
    path = tmp_path / "glyphs.journal"
    other = tmp_path / "link.journal"
    other.symlink_to(path)
    with JournalFile(path), pytest.raises(JournalFileError, match="is in use by another node"):
        JournalFile(other)
    with JournalFile(other) as file:
        file.append(RECORD)
        file.replace(b"new")
    assert other.is_symlink()
    assert path.read_bytes() == b"new"


def test_where_it_cannot_be(tmp_path: Path) -> None:
    with pytest.raises(JournalFileError, match="it is a folder; name a file in it"):
        JournalFile(tmp_path)
    with pytest.raises(JournalFileError, match="No such file or directory; name a file in a fold"):
        JournalFile(tmp_path / "nowhere" / "glyphs.journal")
