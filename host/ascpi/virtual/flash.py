"""A folder as a board's flash: the firmware and the configuration are put there.

Only files whose content differs are written, so that what was changed on the board by hand lasts
until the firmware itself changes, and a start costs no needless writing.
"""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from ascpi import paths
from ascpi.errors import BoardOptionError
from ascpi.flash import user_types
from ascpi.flash.application import build
from ascpi.flash.chips import CHIPS
from ascpi.flash.errors import FlashError
from ascpi.virtual.options import VirtualBoardOptions

CORE_FOLDER = "ascpi_core"
CONFIGURATION = "ascpi.json"
# A look costs a board nothing, as short sleeps keep its processor busy anyhow, and about 15 µs of
# this machine's. At 100 a board takes 10 % of a core, and finds a packet after 100 µs (median);
# at 500 it takes 5 % and 315 µs, at 50 some 15 % and 75 µs.
POLL_US = 100
# Files without native code are the same for every chip.
CHIP = CHIPS["esp32"]
# Of the host, not of a board; and the probe's program, for a board of its own.
LEFT_OUT = frozenset({"__pycache__", "py.typed", "mypy.ini", "probe"})


def prepare(options: VirtualBoardOptions) -> None:
    """Make the flash what `options` want; what else lies there is left alone."""
    try:
        options.flash.mkdir(parents=True, exist_ok=True)
        if options.firmware is not None or options.core is not None:
            _install_sources(options)
        else:
            _install_program(options)
        _write_if_changed(options.flash / CONFIGURATION, configuration(options))
    except OSError as error:
        raise BoardOptionError(
            f"the flash folder {options.flash} cannot be used ({error.strerror}): "
            "give a folder that can be made and written"
        ) from None


def _install_program(options: VirtualBoardOptions) -> None:
    """What `ascpi flash` writes."""
    files = options.program
    if files is None:
        try:
            files = build(CHIP, types=user_types.FOLDER)
        except FlashError as error:
            raise BoardOptionError(str(error)) from None
    for path, content in files.items():
        place = options.flash / path.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        _write_if_changed(place, content)


def _install_sources(options: VirtualBoardOptions) -> None:
    """A folder's sources as they are: for trials that no board is flashed with."""
    firmware = options.firmware or paths.FIRMWARE
    core = options.core or paths.CORE
    _require_folder(firmware, "firmware")
    _require_folder(core, "core")
    install(core, options.flash / CORE_FOLDER)
    install(firmware, options.flash)


def install(source: Path, target: Path) -> None:
    """Copy the files under `source` that differ from those under `target`."""
    for path in _files(source):
        copy = target / path.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        _write_if_changed(copy, path.read_bytes())


def configuration(options: VirtualBoardOptions) -> bytes:
    values = {
        "id": options.node_id,
        "board": "virtual",
        "bind": options.bind,
        "broadcast": options.broadcast,
        "phase": options.phase,
        "report_ms": 100,
        "poll_us": POLL_US,
        **options.settings,
    }
    return (json.dumps(values, indent=2) + "\n").encode()


def erase(options: VirtualBoardOptions) -> None:
    """As a flasher's erase: the files and the NVS are gone."""
    shutil.rmtree(options.flash, ignore_errors=True)
    options.nvs.unlink(missing_ok=True)


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and LEFT_OUT.isdisjoint(path.relative_to(folder).parts):
            yield path


def _write_if_changed(path: Path, content: bytes) -> None:
    if path.is_file() and path.read_bytes() == content:
        return
    part = path.with_name(path.name + ".part")
    part.write_bytes(content)
    os.replace(part, path)


def _require_folder(folder: Path, what: str) -> None:
    if not folder.is_dir():
        raise BoardOptionError(f"the {what} folder {folder} is missing: give the right one")
