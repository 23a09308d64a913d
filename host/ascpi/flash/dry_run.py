"""What would go where, for people and for programs; no board and no network are needed.

Boards of one kind of chip are shown together, as all but their configuration is the same.
"""

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ascpi.flash.application import build, digest
from ascpi.flash.chips import Chip
from ascpi.flash.configuration import configuration, masked, node_id, title
from ascpi.flash.errors import FlashError
from ascpi.flash.filesystem import make_image
from ascpi.flash.fleet import Fleet, FleetBoard
from ascpi.flash.image import Image, filesystem_place, megabytes
from ascpi.flash.plan import FILESYSTEM_REGION, IMAGE_REGION, FlashPlan, all_files, name_of
from ascpi.flash.releases import Release, cached, find_image, release_for
from ascpi.flash.secrets import Secrets

# What most boards have, where the fleet file does not say.
_USUAL_FLASH_BYTES = 4 << 20
_DIGEST_SHOWN = 12


@dataclass(frozen=True)
class DryRun:
    """All boards of one kind of chip: for people, and as JSON holds it."""

    text: str
    document: dict[str, Any] = field(repr=False)


@dataclass(frozen=True)
class _ImageFile:
    """`size` in bytes, None where nobody has the file yet; `from_where` it comes."""

    name: str
    offset: int
    size: int | None
    from_where: str


@dataclass(frozen=True)
class _Board:
    """One board's share. Sizes and offsets in bytes; `configuration` without secrets."""

    mac: str
    name: str
    flash_bytes: int
    filesystem_offset: int
    filesystem_bytes: int
    written_bytes: int
    files: Mapping[str, int]
    configuration: dict[str, Any]


def describe(plan: FlashPlan) -> str:
    """A plan for people, without its secrets."""
    return _text(plan.chip, _image_of_plan(plan), [_board_of_plan(plan)], *_application(plan))


def document(plan: FlashPlan) -> dict[str, Any]:
    """A plan for --json, without its secrets."""
    return _document(plan.chip, _image_of_plan(plan), [_board_of_plan(plan)], *_application(plan))


def dry_run(
    fleet: Fleet,
    image: Path | None,
    cache: Path,
    now_s: float | None = None,
    types: Path | None = None,
) -> list[DryRun]:
    """What the boards of a fleet file would get, a chip at a time.

    `image` as of --image, `types` as of --glyphs. The fleet file must say which chip each board
    has; where it says no flash size, 4 MB is taken. FlashError that names all boards whose chip
    it does not tell.
    """
    unknown = [board.name for board in fleet.boards.values() if board.chip is None]
    if unknown:
        raise FlashError(
            f"{fleet.path} does not say which chip these boards have, and none is asked in a dry "
            f'run: {", ".join(unknown)}; add chip = "esp32s3", or board = "esp32-s3-devkitc"'
        )
    if not fleet.boards:
        raise FlashError(f"{fleet.path} has no table of a board, so there is nothing to show")
    chips = {board.chip.name: board.chip for board in fleet.boards.values() if board.chip}
    now_s = time.time() if now_s is None else now_s
    return [_of_chip(fleet, chip, image, cache, now_s, types) for chip in chips.values()]


def _of_chip(
    fleet: Fleet,
    chip: Chip,
    image: Path | None,
    cache: Path,
    now_s: float,
    types: Path | None,
) -> DryRun:
    application = build(chip, types=types)
    release = release_for(chip)
    there = image is not None or (release.sha256 and cached(release, cache) is not None)
    found = find_image(chip, image, cache) if there else None
    boards = [
        _board_of_fleet(board, chip, found, release, application, now_s)
        for board in fleet.boards.values()
        if board.chip == chip
    ]
    shown = _image_of_release(release) if found is None else _image_of_file(found, image)
    sizes = {path: len(content) for path, content in application.items()}
    parts = (chip, shown, boards, sizes, digest(application))
    return DryRun(_text(*parts), _document(*parts))


def _board_of_fleet(
    board: FleetBoard,
    chip: Chip,
    image: Image | None,
    release: Release,
    application: Mapping[str, bytes],
    now_s: float,
) -> _Board:
    flash_bytes = board.flash_bytes or _USUAL_FLASH_BYTES
    try:
        if image is not None:
            offset, size = filesystem_place(image, flash_bytes)
        else:
            offset, size = _known_place(release, flash_bytes)
    except FlashError as error:
        raise FlashError(f"{title(board.settings, board.mac)}: {error}") from None
    given = configuration(board.settings, chip, board.mac, Secrets(os.environ, None, lenient=True))
    files = all_files(application, given, {}, now_s)
    return _Board(
        board.mac,
        name_of(given, board.mac),
        flash_bytes,
        offset,
        size,
        len(make_image(files, size)),
        {path: len(content) for path, content in files.items()},
        masked(given),
    )


def _known_place(release: Release, flash_bytes: int) -> tuple[int, int]:
    """As filesystem_place, of a release that nobody has here."""
    offset = release.filesystem_offset
    if flash_bytes <= offset:
        raise FlashError(
            f"the flash has {megabytes(flash_bytes)}, and {release.name} alone takes "
            f"{megabytes(offset)}: take a board with more"
        )
    return offset, flash_bytes - offset


def _image_of_release(release: Release) -> _ImageFile:
    if release.sha256 is None:
        where = f"not pinned for this chip: download {release.url} and give --image FILE"
    else:
        where = f"will be downloaded from {release.url}"
    return _ImageFile(release.name, release.chip.image_offset, release.size, where)


def _image_of_file(found: Image, image: Path | None) -> _ImageFile:
    where = f"{'from --image' if image else 'from the cache'}, {found.path}"
    return _ImageFile(found.path.name, found.chip.image_offset, len(found.data), where)


def _image_of_plan(plan: FlashPlan) -> _ImageFile:
    region = next(region for region in plan.regions if region.name == IMAGE_REGION)
    return _ImageFile(plan.image_name, region.offset, len(region.data), "ready")


def _board_of_plan(plan: FlashPlan) -> _Board:
    region = next(region for region in plan.regions if region.name == FILESYSTEM_REGION)
    return _Board(
        plan.mac,
        plan.name,
        plan.flash_bytes,
        plan.filesystem_offset,
        plan.filesystem_bytes,
        len(region.data),
        plan.files,
        masked(plan.configuration),
    )


def _application(plan: FlashPlan) -> tuple[dict[str, int], str]:
    return {path: plan.files[path] for path in plan.application_paths}, plan.application_digest


def _text(
    chip: Chip,
    image: _ImageFile,
    boards: Sequence[_Board],
    application: Mapping[str, int],
    application_digest: str,
) -> str:
    count = "1 board" if len(boards) == 1 else f"{len(boards)} boards"
    size = "size not known" if image.size is None else f"{image.size} bytes"
    lines = [
        f"{chip.title}: {count}",
        f"  at {image.offset:#x}: {image.name}, {size}; {image.from_where}",
        *_filesystem_lines(boards),
        f"  the application: {len(application)} files, {sum(application.values())} bytes, "
        f"SHA-256 {application_digest[:_DIGEST_SHOWN]}…",
    ]
    width = max(len(path) for path in application)
    lines += [f"    {path:<{width}} {application[path]:>6}" for path in sorted(application)]
    for board in boards:
        lines += _board_lines(board, application)
    return "\n".join(lines) + "\n"


def _filesystem_lines(boards: Sequence[_Board]) -> list[str]:
    """One for each place that there is: boards with more flash have more room."""
    lines = [
        f"  at {board.filesystem_offset:#x}: LittleFS, {board.filesystem_bytes // 1024} KiB "
        f"({megabytes(board.flash_bytes)} of flash), of which {board.written_bytes} bytes are "
        "written"
        for board in boards
    ]
    return list(dict.fromkeys(lines))


def _board_lines(board: _Board, application: Mapping[str, int]) -> Iterator[str]:
    """Its own files, and its configuration, a line for each setting."""
    name = "" if board.name == board.mac else f" {board.name}"
    number = node_id(board.configuration, board.mac)
    yield f"  {board.mac}{name}, id {number}, {megabytes(board.flash_bytes)} of flash"
    own = {path: size for path, size in board.files.items() if path not in application}
    yield "    " + ", ".join(f"{path} {size} bytes" for path, size in sorted(own.items()))
    for name, value in _flat(board.configuration):
        yield f"      {name} = {_shown(value)}"


def _flat(table: Mapping[str, Any], where: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{where}{name}.")
        else:
            yield where + name, value


def _shown(value: object) -> str:
    return (str(value) or "(empty)") if isinstance(value, str) else str(value).lower()


def _document(
    chip: Chip,
    image: _ImageFile,
    boards: Sequence[_Board],
    application: Mapping[str, int],
    application_digest: str,
) -> dict[str, Any]:
    return {
        "chip": chip.name,
        "image": {
            "name": image.name,
            "offset": image.offset,
            "bytes": image.size,
            "from": image.from_where,
        },
        "application": {
            "bytes": sum(application.values()),
            "sha256": application_digest,
            "files": dict(sorted(application.items())),
        },
        "boards": [_board_document(board) for board in boards],
    }


def _board_document(board: _Board) -> dict[str, Any]:
    return {
        "mac": board.mac,
        "name": board.name,
        "id": node_id(board.configuration, board.mac),
        "flash_bytes": board.flash_bytes,
        "filesystem": {
            "offset": board.filesystem_offset,
            "bytes": board.filesystem_bytes,
            "written_bytes": board.written_bytes,
            "files": dict(sorted(board.files.items())),
        },
        "configuration": board.configuration,
    }
