"""The chips that ASCπ runs on, and what differs between them for whoever writes their flash."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ascpi.flash.errors import FlashError
from ascpi_core.settings import BOARD_NAMES, BOARDS


@dataclass(frozen=True)
class Chip:
    """One kind of chip.

    `image_id`: the chip's number in the header of an image made for it.
    `image_offset`: byte of the flash where its ROM expects the bootloader, and so where
    MicroPython's image goes.
    `architecture`: what mpy-cross calls its processor.
    `board`: the board it is taken for when the configuration names none.
    `release`: what MicroPython calls its build for it.
    """

    name: str
    title: str
    image_id: int
    image_offset: int
    architecture: str
    board: str
    release: str


_XTENSA = "xtensawin"
_RISCV = "rv32imc"

# Numbers and offsets: as esptool's own tables of targets have them.
_ROWS = (
    Chip("esp32", "ESP32", 0, 0x1000, _XTENSA, "esp32-devkitc", "ESP32_GENERIC"),
    Chip("esp32s2", "ESP32-S2", 2, 0x1000, _XTENSA, "esp32-s2-saola", "ESP32_GENERIC_S2"),
    Chip("esp32s3", "ESP32-S3", 9, 0x0, _XTENSA, "esp32-s3-devkitc", "ESP32_GENERIC_S3"),
    Chip("esp32c3", "ESP32-C3", 5, 0x0, _RISCV, "esp32-c3-devkitm", "ESP32_GENERIC_C3"),
    Chip("esp32c6", "ESP32-C6", 13, 0x0, _RISCV, "esp32-c6-devkitc", "ESP32_GENERIC_C6"),
)

CHIPS: Mapping[str, Chip] = MappingProxyType({chip.name: chip for chip in _ROWS})

# Others of the maker that a person may have at hand, by the number in their images.
OTHER_IMAGE_IDS: Mapping[int, str] = MappingProxyType(
    {12: "ESP32-C2", 16: "ESP32-H2", 18: "ESP32-P4", 20: "ESP32-C61", 23: "ESP32-C5"}
)

# A family's letter and number, and then what a maker adds: flash and memory inside (FH4, FN4R2).
_FAMILY = re.compile(r"ESP32-?(?P<family>[CEHPS]\d+)(?=F[HN]|R\d|[^A-Z0-9]|$)")
# The first ESP32 has packages instead: ESP32-D0WDQ6, ESP32-PICO-D4, ESP32-U4WDH, ESP32-S0WD.
_FIRST = re.compile(r"ESP32(-(D\d|U\dWD|S\dWD|PICO)[\w-]*)?(?![A-Z0-9-])")
# Packages of a C3 without its name.
_C3 = re.compile(r"ESP868[56]\b")


def chip_called(esptool_name: str) -> Chip:
    """The chip of a name or description as esptool gives it, or of one of ours.

    "ESP32-S3", "esp32s3", "ESP32-S3 (QFN56) (revision v0.2)", "ESP32-D0WDQ6 (revision v1.0)".
    FlashError for one that ASCπ does not run on.
    """
    text = esptool_name.strip().upper().removeprefix("UNKNOWN ")
    family = _FAMILY.match(text)
    name = ""
    if family:
        name = "esp32" + family["family"].lower()
    elif _C3.match(text):
        name = "esp32c3"
    elif _FIRST.match(text):
        name = "esp32"
    if name in CHIPS:
        return CHIPS[name]
    raise FlashError(
        f"{esptool_name.strip() or 'a chip without a name'} is no chip that ASCπ runs on: "
        f"take a board with {_list_of_titles()}"
    )


def _list_of_titles() -> str:
    titles = [chip.title for chip in CHIPS.values()]
    return ", ".join(titles[:-1]) + " or " + titles[-1]


def chip_of_board(board: str) -> Chip | None:
    """The chip on a board of `ascpi_core.settings`; None for the virtual one.

    The boards' names begin with their chip's. FlashError for a name that is in no table.
    """
    if board not in BOARDS:
        raise FlashError(f"{board} is no board: give one of {', '.join(BOARD_NAMES)}")
    titles = {chip.title.lower(): chip for chip in CHIPS.values()}
    for title in sorted(titles, key=len, reverse=True):
        if board.startswith(title + "-"):
            return titles[title]
    return None


def boards_of(chip: Chip) -> tuple[str, ...]:
    """The names of the boards that have this chip."""
    return tuple(name for name in BOARD_NAMES if chip_of_board(name) == chip)
