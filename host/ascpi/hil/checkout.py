"""Whether a board runs this checkout's firmware, file by file, compiled or not."""

import hashlib
from collections.abc import Mapping

from ascpi import paths
from ascpi.flash.application import CORE_PACKAGE, build
from ascpi.flash.update import ask, chip_of
from ascpi.ports.repl import Repl

_DIGESTS = """
import os, hashlib, binascii
for folder in ("/ascpi_core", "/ascpi_board"):
    pending = [folder]
    while pending:
        place = pending.pop()
        try:
            entries = list(os.ilistdir(place))
        except OSError:
            continue
        for entry in entries:
            path = place + "/" + entry[0]
            if entry[1] == 0x4000:
                pending.append(path)
                continue
            if not path.endswith((".py", ".mpy")):
                continue
            digest = hashlib.sha256()
            with open(path, "rb") as file:
                while True:
                    piece = file.read(512)
                    if not piece:
                        break
                    digest.update(piece)
            print(path, binascii.hexlify(digest.digest()).decode())
"""


def differing(repl: Repl) -> list[str]:
    """Modules on the board that are not the checkout's, and those of the checkout that it lacks.

    A source hides a compiled file beside it, as it does on the board.
    """
    lines = (line.split() for line in repl.execute(_DIGESTS).splitlines() if line.strip())
    there = dict(words for words in lines if len(words) == 2)
    compiled: Mapping[str, bytes] = {}
    if any(path.endswith(".mpy") for path in there):
        compiled = build(chip_of(ask(repl)))
    return compare(there, compiled)


def compare(there: Mapping[str, str], compiled: Mapping[str, bytes]) -> list[str]:
    """`there`: {path on the board: SHA-256 in hex}; `compiled`: the checkout's, by path."""
    found = []
    for path, source in checkout_sources().items():
        module = path.removesuffix(".py")
        if path in there:
            expected, name = source, path
        else:
            name = f"{module}.mpy"
            expected = compiled.get(name, b"")
        if there.get(name) != hashlib.sha256(expected).hexdigest():
            found.append(name.lstrip("/"))
    return sorted(found)


def checkout_sources() -> dict[str, bytes]:
    """{path on the board: source} of core and firmware."""
    folders = {
        f"/{CORE_PACKAGE}": paths.CORE,
        "/ascpi_board": paths.FIRMWARE / "ascpi_board",
    }
    return {
        f"{on_board}/{path.relative_to(folder).as_posix()}": path.read_bytes()
        for on_board, folder in folders.items()
        for path in sorted(folder.rglob("*.py"))
    }
