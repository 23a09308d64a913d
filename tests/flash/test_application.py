import ast
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from ascpi import paths
from ascpi.flash.application import (
    MAIN_PATH,
    PROGRAM_FOLDER,
    RUN_PATH,
    UNITS,
    build,
    digest,
)
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

KIND = """
from ..fixed import const
__all__ = ("Kind",)
class Kind:
    pass
"""
"""What users' types import: a program has it, however small it is."""


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
        if path in (MAIN_PATH, RUN_PATH):
            continue
        assert path.endswith(".mpy")
        magic, version, flags, bits = content[:4]
        assert (magic, version, bits) == (ord("M"), MPY_VERSION, SMALL_INTEGER_BITS), path
        # 0 where a module has no native code, which then runs anywhere.
        assert flags >> 2 in (0, ARCHITECTURES[CHIPS[name].architecture]), path


def test_the_node_is_its_units_in_a_folder_that_is_named_for_them() -> None:
    files = build(CHIPS["esp32"])
    folder = files[RUN_PATH].decode()
    assert set(files) == {
        *(f"/{folder}/{unit.name}.mpy" for unit in UNITS),
        MAIN_PATH,
        RUN_PATH,
    }
    assert files[MAIN_PATH] == (paths.FIRMWARE / "main.py").read_bytes()
    units = {
        path.removeprefix(f"/{folder}"): data
        for path, data in files.items()
        if path.startswith(f"/{folder}/")
    }
    assert folder == PROGRAM_FOLDER + digest(units)[:8]
    another = build(CHIPS["esp32"], constants={"_LONELY_SAID": 299})
    assert another[RUN_PATH] != files[RUN_PATH]


def test_the_node_is_core_and_firmware_without_the_probe() -> None:
    """Each module is in one of the units: every class and function that it defines."""
    content = b"".join(build(CHIPS["esp32"]).values())
    sources = [*paths.CORE.rglob("*.py"), *(paths.FIRMWARE / "ascpi_board").rglob("*.py")]
    for path in sources:
        if path == paths.CORE / "layout.py":
            continue
        tree = ast.parse(path.read_text())
        for node in tree.body:
            if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name != "const":
                assert node.name.encode() in content, f"{path}: {node.name}"
    assert b"ascpi_probe" not in content


def test_the_same_sources_give_the_same_bytes(tmp_path: Path) -> None:
    """From another folder, and not from what this process remembers."""
    first = build(CHIPS["esp32c6"])
    core = shutil.copytree(paths.CORE, tmp_path / "core" / "ascpi_core")
    firmware = shutil.copytree(paths.FIRMWARE, tmp_path / "firmware")
    main = (firmware / "main.py").read_bytes() + b"# extra\n"
    (firmware / "main.py").write_bytes(main)
    again = build(CHIPS["esp32c6"], core=core, firmware=firmware)
    assert again == {**first, MAIN_PATH: main}
    folder = first[RUN_PATH].decode()
    assert b"ascpi_node" in first[f"/{folder}/ascpi_node.mpy"]
    content = b"".join(again.values())
    assert str(tmp_path).encode() not in content
    assert b"/module" not in content, "nor from where it was compiled"


def test_a_module_that_is_in_no_unit_is_named(tmp_path: Path) -> None:
    firmware = shutil.copytree(paths.FIRMWARE, tmp_path / "firmware")
    (firmware / "extra.py").write_text("")
    with pytest.raises(FlashError, match="extra is in no unit of the program: name it in one"):
        build(CHIPS["esp32c6"], firmware=firmware)


def tree(folder: Path, **sources: str) -> Path:
    for name, source in sources.items():
        path = folder / (name.replace("__", "/") + ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)
    return folder


def test_the_probe_takes_of_the_core_what_it_imports(tmp_path: Path) -> None:
    core = tree(
        tmp_path / "core",
        telemetry="from . import VERSION, fixed\nif TYPE_CHECKING:\n    from .node import Node\n",
        fixed="def const(value):\n    return value\n",
        node="",
        glyphs__kind=KIND,
    )
    (core / "__init__.py").write_text("VERSION = 1\n")
    firmware = tree(
        tmp_path / "firmware",
        main="import ascpi_boot",
        ascpi_board__app="",
        probe__main="from ascpi_probe import program\n",
        probe__ascpi_probe__program="import machine\nfrom ascpi_core.telemetry import boot_line\n",
    )
    probe = build(CHIPS["esp32"], "probe", core=core, firmware=firmware)
    assert sorted(probe) == [
        "/ascpi_core/__init__.mpy",
        "/ascpi_core/fixed.mpy",
        "/ascpi_core/telemetry.mpy",
        "/ascpi_probe/program.mpy",
        "/main.py",
    ]
    (core / "telemetry.py").write_text("from . import VERSION\n")
    node = build(CHIPS["esp32"], "node", core=core, firmware=firmware)
    assert not [path for path in node if "probe" in path]
    assert b"ascpi_probe" not in b"".join(node.values())


def test_tells_how_far_it_is_and_compiles_once(tmp_path: Path) -> None:
    core = tree(tmp_path / "core", node="x = 1\n", peers="y = 2\n", fixed="", glyphs__kind=KIND)
    (core / "fixed.py").write_text("def const(value):\n    return value\n")
    firmware = tree(tmp_path / "firmware", main="x = 3\n")
    seen: list[tuple[int, int]] = []
    for chip in ("esp32", "esp32s3"):
        build(CHIPS[chip], "node", lambda *now: seen.append(now), core, firmware)
    count = len(UNITS) + 1
    assert seen == [(number, count) for number in range(1, count + 1)]


def test_a_file_that_does_not_compile_is_named_with_its_line(tmp_path: Path) -> None:
    firmware = tree(tmp_path / "firmware", main="x = 3\n", ascpi_board__app="x = 1\ny = (\n")
    with pytest.raises(FlashError, match=r"^ascpi_board/app.py does not compile: line \d: "):
        build(CHIPS["esp32"], core=paths.CORE, firmware=firmware)
    # What Python understands, and a board does not, is named by the unit that it is in.
    match = "x = 1\nmatch x:\n    case 3: pass\n"
    firmware = tree(tmp_path / "board", main="x = 3\n", ascpi_board__app=match)
    with pytest.raises(
        FlashError, match=r"^ascpi_node does not compile for a board: line \d+: SyntaxError: "
    ):
        build(CHIPS["esp32"], core=paths.CORE, firmware=firmware)
    boot = tree(tmp_path / "other", main="def f(:\n")
    with pytest.raises(FlashError, match=r"main does not compile for a board: line 1: Syntax"):
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


def test_what_is_written_boots(bench: Bench) -> None:
    """The compiled files, and no source but main.py, on a virtual board until it reports."""
    board, lines = bench.board(7, program=build(CHIPS["esp32"]))
    report = await_report(lines, lambda report: True, "a first report")
    assert report.node_id == 7
    assert [event.words["id"] for event in events(lines) if event.name == "boot"] == ["7"]
    assert isinstance(events(lines)[0], Event)
    sources = [path.relative_to(board.options.flash) for path in board.options.flash.rglob("*.py")]
    assert sources == [Path("main.py")]
