import re
from importlib.util import find_spec
from pathlib import Path

import pytest

from ascpi.flash.chips import CHIPS, boards_of, chip_called, chip_of_board
from ascpi.flash.errors import FlashError
from ascpi_core.settings import BOARD_NAMES


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("ESP32", "esp32"),
        ("esp32s3", "esp32s3"),
        ("ESP32-C6", "esp32c6"),
        ("ESP32-D0WDQ6 (revision v1.0)", "esp32"),
        ("ESP32-D0WDR2-V3 (revision v3.0)", "esp32"),
        ("ESP32-S0WD (revision v1.0)", "esp32"),
        ("ESP32-U4WDH (revision v3.1)", "esp32"),
        ("ESP32-PICO-V3-02 (revision v3.1)", "esp32"),
        ("Unknown ESP32 (revision v1.0)", "esp32"),
        ("ESP32-S2FNR2 (revision v1.0)", "esp32s2"),
        ("ESP32-S2R2 (revision v1.0)", "esp32s2"),
        ("ESP32-S3 (QFN56) (revision v0.2)", "esp32s3"),
        ("ESP32-S3-PICO-1 (LGA56) (revision v0.2)", "esp32s3"),
        ("ESP32-C3 (QFN32) (revision v0.4)", "esp32c3"),
        ("ESP8685 (QFN28) (revision v0.4)", "esp32c3"),
        ("ESP32-C6FH4 (QFN32) (revision v0.1)", "esp32c6"),
    ],
)
def test_knows_a_chip_by_what_esptool_calls_it(text: str, name: str) -> None:
    assert chip_called(text) is CHIPS[name]


@pytest.mark.parametrize(
    "text", ["ESP8266", "ESP32-C2", "ESP32-C5", "ESP32-C61", "ESP32-H2", "ESP32-P4", "RP2040", ""]
)
def test_another_chip_is_refused_with_those_that_will_do(text: str) -> None:
    with pytest.raises(FlashError, match=r"ESP32, ESP32-S2, ESP32-S3, ESP32-C3 or ESP32-C6"):
        chip_called(text)


def test_agrees_with_esptool() -> None:
    """By its text: it is run in processes of its own only."""
    found = find_spec("esptool")
    assert found is not None
    assert found.origin is not None
    folder = Path(found.origin).parent / "targets"

    def told(name: str, word: str) -> str:
        text = (folder / f"{name}.py").read_text("utf-8")
        match = re.search(rf"^    {word} = (\S+)", text, re.MULTILINE)
        # What a chip does not say itself it has from the first.
        return match[1] if match else told("esp32", word)

    for name, chip in CHIPS.items():
        assert f'"{chip.title}"' == told(name, "CHIP_NAME")
        assert chip.image_id == int(told(name, "IMAGE_CHIP_ID"))
        assert chip.image_offset == int(told(name, "BOOTLOADER_FLASH_OFFSET"), 0)


def test_every_board_has_a_chip_and_every_chip_a_board() -> None:
    for name in BOARD_NAMES:
        chip = chip_of_board(name)
        assert (chip is None) == (name == "virtual")
    for chip in CHIPS.values():
        assert chip.board in boards_of(chip)
    assert chip_of_board("esp32-s3-devkitc-1.1") is CHIPS["esp32s3"]
    assert chip_of_board("esp32-devkitc") is CHIPS["esp32"]


def test_a_board_that_is_in_no_table_is_refused() -> None:
    with pytest.raises(FlashError, match="toaster is no board: give one of esp32-c3-devkitm,"):
        chip_of_board("toaster")
