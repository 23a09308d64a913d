"""What goes where on one board: the whole of it, before anything is written."""

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from ascpi.flash import user_types
from ascpi.flash.application import digest
from ascpi.flash.chips import Chip
from ascpi.flash.configuration import CONFIGURATION_PATH, masked, normal_mac
from ascpi.flash.errors import FlashError
from ascpi.flash.filesystem import make_image
from ascpi.flash.image import Image, filesystem_place, megabytes
from ascpi_core.ssep import WORD_MAXIMUM

EPOCH_PATH = "/ascpi_epoch"

IMAGE_REGION = "MicroPython"
FILESYSTEM_REGION = "file system"

# 2025-01-01, in seconds as time.time() counts: no board booted before.
_EPOCH_START_S = 1_735_689_600


@dataclass(frozen=True)
class Region:
    """Bytes that go to `offset` of the flash."""

    name: str
    offset: int
    data: bytes = field(repr=False)

    @property
    def end(self) -> int:
        return self.offset + len(self.data)


@dataclass(frozen=True)
class FlashPlan:
    """One board. `files`: path → size in bytes, of all that its file system will hold.

    `configuration` holds secrets, as does the file system's region: neither is ever printed.
    """

    chip: Chip
    mac: str
    name: str
    flash_bytes: int
    regions: tuple[Region, ...]
    files: Mapping[str, int]
    filesystem_offset: int
    filesystem_bytes: int
    application_digest: str
    application_paths: tuple[str, ...] = field(repr=False, default=())
    configuration: bytes = field(repr=False, default=b"{}")
    image_name: str = ""


def make_plan(
    chip: Chip,
    mac: str,
    flash_bytes: int,
    image: Image,
    application: Mapping[str, bytes],
    configuration: bytes,
    kept: Mapping[str, bytes],
    now_s: float | None = None,
) -> FlashPlan:
    """The plan for a board. FlashError if its flash is too small.

    `kept`: files of the old file system that survive. Those of the application and the
    configuration go before them. `now_s`: seconds as time.time() counts them; None: now.
    """
    if image.chip != chip:
        raise FlashError(
            f"{image.path} is an image for {image.chip.title}, and this is {chip.title}: take "
            f"{chip.release}-….bin"
        )
    place = filesystem_place(image, flash_bytes)
    if image.end > place[0]:
        raise FlashError(
            f"{image.path.name} ends at {megabytes(image.end)}, and its file system begins at "
            f"{megabytes(place[0])}: it is no image for {chip.title}"
        )
    files = all_files(application, configuration, kept, time.time() if now_s is None else now_s)
    return FlashPlan(
        chip,
        normal_mac(mac),
        name_of(configuration, mac),
        flash_bytes,
        (
            Region(IMAGE_REGION, chip.image_offset, image.data),
            Region(FILESYSTEM_REGION, place[0], make_image(files, place[1])),
        ),
        MappingProxyType({path: len(content) for path, content in files.items()}),
        place[0],
        place[1],
        digest(application),
        tuple(application),
        configuration,
        image.path.name,
    )


def all_files(
    application: Mapping[str, bytes],
    configuration: bytes,
    kept: Mapping[str, bytes],
    now_s: float,
) -> dict[str, bytes]:
    """Path → content, of a board's whole file system."""
    gone = user_types.replaced(tuple(application))
    return {
        **{path: content for path, content in kept.items() if path not in gone},
        EPOCH_PATH: next_epoch(kept.get(EPOCH_PATH, b""), now_s),
        CONFIGURATION_PATH: configuration,
        **application,
    }


def next_epoch(kept: bytes, now_s: float) -> bytes:
    """The boot epoch to begin with, from what the board had, if anything.

    A board whose epoch fell back would be taken for a replay of itself, and refused by a keyed
    field. An erased one has forgotten its own; but no board boots once a minute for ever, so the
    minutes since 2025 are more than any has used. They last until 4066.
    """
    text = kept.strip()
    before = int(text) if text.isdigit() and len(text) <= len(str(WORD_MAXIMUM)) else 0
    minutes = max(0, math.floor((now_s - _EPOCH_START_S) / 60))
    return str(min(max(before, minutes) + 1, WORD_MAXIMUM)).encode()


def name_of(configuration: bytes, mac: str) -> str:
    """What people call the board: the configured name, or the MAC."""
    return str(masked(configuration).get("name") or normal_mac(mac))
