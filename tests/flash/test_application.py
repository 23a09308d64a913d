import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from ascpi import paths
from ascpi.flash.application import build, digest
from ascpi.flash.chips import CHIPS
from ascpi.flash.errors import FlashError
from ascpi.telemetry import Event
from tests.firmware.bench import Bench, await_report, events

LARGEST_BYTES = 150 * 1024
"""What the application may take of a board's flash."""

# py/persistentcode.h and tools/mpy-tool.py: the header of an .mpy file.
MPY_VERSION = 6
SMALL_INTEGER_BITS = 31
ARCHITECTURES = {"xtensawin": 10, "rv32imc": 11}


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.close()


@pytest.mark.parametrize("program", ["node", "probe"])
@pytest.mark.parametrize("name", CHIPS)
def test_every_file_is_for_the_chip(name: str, program: str) -> None:
    files = build(CHIPS[name], program)
    sources = sorted(path for path in files if path.endswith(".py"))
    assert sources == ["/main.py"]
    assert sum(len(content) for content in files.values()) < LARGEST_BYTES
    for path, content in files.items():
        if path in sources:
            continue
        magic, version, flags, bits = content[:4]
        assert (magic, version, bits) == (ord("M"), MPY_VERSION, SMALL_INTEGER_BITS), path
        # 0 where a module has no native code, which then runs anywhere.
        assert flags >> 2 in (0, ARCHITECTURES[CHIPS[name].architecture]), path


def test_the_node_is_core_and_firmware_without_the_probe() -> None:
    files = build(CHIPS["esp32"])
    wanted = {
        "/" + path.relative_to(root).with_suffix(".mpy").as_posix()
        for root, folder in (
            (paths.CORE.parent, paths.CORE),
            (paths.FIRMWARE, paths.FIRMWARE / "ascpi_board"),
        )
        for path in folder.rglob("*.py")
    }
    assert set(files) == wanted | {"/main.py"}
    assert files["/main.py"] == (paths.FIRMWARE / "main.py").read_bytes()


def test_the_same_sources_give_the_same_bytes(tmp_path: Path) -> None:
    """From another folder, and not from what this process remembers."""
    first = build(CHIPS["esp32c6"])
    core = shutil.copytree(paths.CORE, tmp_path / "core" / "ascpi_core")
    firmware = shutil.copytree(paths.FIRMWARE, tmp_path / "firmware")
    (firmware / "extra.py").write_text("")
    again = build(CHIPS["esp32c6"], core=core, firmware=firmware)
    assert set(again) - set(first) == {"/extra.mpy"}
    del again["/extra.mpy"]
    assert again == first
    assert b"ascpi_core/node.py" in first["/ascpi_core/node.mpy"]
    assert str(tmp_path).encode() not in b"".join(again.values())


def tree(folder: Path, **sources: str) -> Path:
    for name, source in sources.items():
        path = folder / (name.replace("__", "/") + ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)
    return folder


def test_the_probe_takes_of_the_core_what_it_imports(tmp_path: Path) -> None:
    core = tree(
        tmp_path / "core",
        report="from . import VERSION, ticks\nif TYPE_CHECKING:\n    from .node import Node\n",
        ticks="",
        node="",
    )
    (core / "__init__.py").write_text("VERSION = 1\n")
    firmware = tree(
        tmp_path / "firmware",
        main="import ascpi_board",
        ascpi_board__app="",
        probe__main="from ascpi_probe import program\n",
        probe__ascpi_probe__program="import machine\nfrom ascpi_core.telemetry import boot_line\n",
    )
    probe = build(CHIPS["esp32"], "probe", core=core, firmware=firmware)
    assert sorted(probe) == [
        "/ascpi_core/__init__.mpy",
        "/ascpi_core/telemetry.mpy",
        "/ascpi_core/fixed.mpy",
        "/ascpi_probe/program.mpy",
        "/main.py",
    ]
    node = build(CHIPS["esp32"], "node", core=core, firmware=firmware)
    assert not [path for path in node if "probe" in path]


def test_tells_how_far_it_is_and_compiles_once(tmp_path: Path) -> None:
    core = tree(tmp_path / "core", a="x = 1\n", b="x = 2\n")
    firmware = tree(tmp_path / "firmware", main="x = 3\n")
    seen: list[tuple[int, int]] = []
    for chip in ("esp32", "esp32s3"):
        build(CHIPS[chip], "node", lambda *now: seen.append(now), core, firmware)
    assert seen == [(1, 3), (2, 3), (3, 3)]


def test_a_file_that_does_not_compile_is_named_with_its_line(tmp_path: Path) -> None:
    firmware = tree(tmp_path / "firmware", main="x = 3\n", part="x = 1\ny = (\n")
    with pytest.raises(FlashError, match=r"^part.py does not compile .*: line \d: SyntaxError: "):
        build(CHIPS["esp32"], core=paths.CORE, firmware=firmware)
    boot = tree(tmp_path / "other", main="def f(:\n")
    with pytest.raises(FlashError, match=r"main.py does not compile"):
        build(CHIPS["esp32"], core=paths.CORE, firmware=boot)


def test_an_incomplete_checkout_and_an_unknown_program(tmp_path: Path) -> None:
    with pytest.raises(FlashError, match="not complete: use a complete checkout"):
        build(CHIPS["esp32"], firmware=tmp_path)
    with pytest.raises(FlashError, match="game is no program: give node or probe"):
        build(CHIPS["esp32"], "game")


def test_the_digest_tells_paths_and_contents_apart() -> None:
    one = digest({"/a": b"1", "/b": b"2"})
    assert one == digest({"/b": b"2", "/a": b"1"})
    others = [{"/a": b"12", "/b": b""}, {"/a": b"2", "/b": b"1"}, {"/a": b"1"}, {}]
    assert len({one, *(digest(files) for files in others)}) == 5


def test_what_is_written_boots(bench: Bench, tmp_path: Path) -> None:
    """The compiled files, and no source but main.py, on a virtual board until it reports."""
    firmware, core = tmp_path / "built", tmp_path / "built-core"
    for path, content in build(CHIPS["esp32"]).items():
        package, _, rest = path.strip("/").partition("/")
        target = core / rest if package == "ascpi_core" else firmware / path.strip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    board, lines = bench.board(7, firmware=firmware, core=core)
    report = await_report(lines, lambda report: True, "a first report")
    assert report.node_id == 7
    assert [event.words["id"] for event in events(lines) if event.name == "boot"] == ["7"]
    assert isinstance(events(lines)[0], Event)
    assert not list(board.options.flash.rglob("ascpi_*/*.py"))
