"""`python -m ascpi.flash.pin`: fill releases.toml in, on a machine that reaches the server.

For whoever moves to another MicroPython: put its version and date into releases.toml, run this,
and compare the sums with what another machine on another network gets.
"""

import hashlib
import re
import sys
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from ascpi.cli import guarded
from ascpi.flash import toml
from ascpi.flash.chips import CHIPS, Chip
from ascpi.flash.errors import FlashError
from ascpi.flash.image import load_image
from ascpi.flash.releases import PINS, SILENCE_S, release_of


def pin(pins: Path = PINS) -> Mapping[str, str]:
    """Download each chip's image, check it, and write sizes and SHA-256 into `pins`.

    Gives the sums by chip. FlashError if one cannot be had, or is no image for its chip; then
    nothing is written.
    """
    known = toml.load(pins)
    rows = {}
    sums = {}
    for chip in CHIPS.values():
        data = _fetch(release_of(known, chip).url, chip)
        sums[chip.name] = hashlib.sha256(data).hexdigest()
        rows[chip.name] = f'size = {len(data)}\nsha256 = "{sums[chip.name]}"\n'
    head = re.split(r"^\[chips\.", pins.read_text("utf-8"), maxsplit=1, flags=re.MULTILINE)[0]
    text = head + "\n".join(f"[chips.{name}]\n{row}" for name, row in rows.items())
    pins.write_text(text, "utf-8")
    return sums


def _fetch(url: str, chip: Chip) -> bytes:
    print(url, file=sys.stderr)
    try:
        with urllib.request.urlopen(url, timeout=SILENCE_S) as answer:
            data: bytes = answer.read()
    except OSError as error:
        raise FlashError(
            f"{url} could not be downloaded ({error}): check the version and the date"
        ) from None
    with TemporaryDirectory() as folder:
        path = Path(folder) / url.rpartition("/")[2]
        path.write_bytes(data)
        load_image(path, chip)
    return data


def main() -> int:
    for name, digest in pin().items():
        print(f"{name:<8} {digest}")
    return 0


if __name__ == "__main__":
    sys.exit(guarded(main))
