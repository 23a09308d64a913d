"""The tables of docs/wiring.md, made from `BOARDS` and from what a chip's pins are for.

    python -m tests.firmware.pin_tables [--write]

Without --write they are printed; with it, those in the page are replaced.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path

from ascpi_core.fixed import TURN
from ascpi_core.phase import BAND_COLOURS, FULL, brightness
from ascpi_core.settings import BOARDS, LIGHT_NEOPIXEL, LIGHT_NONE, LIGHT_PLAIN, LIGHT_PWM

PAGE = Path(__file__).resolve().parents[2] / "docs" / "wiring.md"
MARK = "<!-- {}: made by python -m tests.firmware.pin_tables --write -->\n"
END = "<!-- end of {} -->\n"


@dataclass(frozen=True)
class Chip:
    """What pins of a chip are for, as Espressif's data sheets and ESP-IDF's GPIO pages say."""

    title: str
    # Read at reset: a wrong level there keeps the board from starting, or from being flashed.
    strapping: tuple[int, ...]
    serial: tuple[int, ...]
    # Of the chip's own USB, where it has one.
    usb: tuple[int, ...]
    flash: tuple[int, ...]
    input_only: tuple[int, ...] = ()

    @property
    def unfit(self) -> set[int]:
        """Pins that no output should take."""
        return {*self.strapping, *self.serial, *self.usb, *self.flash, *self.input_only}


def _range(first: int, last: int) -> tuple[int, ...]:
    return tuple(range(first, last + 1))


CHIPS = {
    "esp32": Chip(
        *("ESP32", (0, 2, 5, 12, 15), (1, 3), ()),
        (*_range(6, 11), 16, 17),
        _range(34, 39),
    ),
    "esp32-s2": Chip("ESP32-S2", (0, 45, 46), (43, 44), (19, 20), _range(26, 32), (46,)),
    "esp32-s3": Chip("ESP32-S3", (0, 3, 45, 46), (43, 44), (19, 20), _range(26, 37)),
    "esp32-c3": Chip("ESP32-C3", (2, 8, 9), (20, 21), (18, 19), _range(12, 17)),
    "esp32-c6": Chip("ESP32-C6", (4, 5, 8, 9, 15), (16, 17), (12, 13), _range(24, 30)),
}

LIGHTS = {
    LIGHT_PWM: "LED, dimmed",
    LIGHT_PLAIN: "LED, on or off",
    LIGHT_NEOPIXEL: "NeoPixel",
    LIGHT_NONE: "none",
}

# A common 5 V pixel: one colour fully on, and one bit on its data line.
CHANNEL_MA = 20
BIT_NS = 1250
PIXEL_COUNTS = (1, 8, 30, 60, 144, 300)


def chip_of(board: str) -> Chip | None:
    """The chip of a board of the table; None for a virtual one."""
    words = board.split("-")
    return CHIPS.get("-".join(words[:2])) or (CHIPS["esp32"] if words[0] == "esp32" else None)


def boards_table() -> str:
    rows = [
        "| `board` | chip | light | light on GPIO | pulse on GPIO |",
        "|---|---|---|---|---|",
    ]
    for name, board in BOARDS.items():
        chip = chip_of(name)
        if chip is not None:
            light = LIGHTS[board.light] + (", on when low" if board.inverted else "")
            rows.append(
                f"| `{name}` | {chip.title} | {light} | {board.light_pin} | {board.pulse_pin} |"
            )
    return "\n".join(rows) + "\n"


def pins_table() -> str:
    rows = [
        "| chip | strapping | serial line | USB | flash, PSRAM | input only |",
        "|---|---|---|---|---|---|",
    ]
    for chip in CHIPS.values():
        columns = (chip.strapping, chip.serial, chip.usb, chip.flash, chip.input_only)
        rows.append(f"| {chip.title} | " + " | ".join(map(_listed, columns)) + " |")
    return "\n".join(rows) + "\n"


def _listed(pins: tuple[int, ...]) -> str:
    """1, 3, 6–11."""
    parts: list[list[int]] = []
    for pin in pins:
        if parts and pin == parts[-1][-1] + 1:
            parts[-1].append(pin)
        else:
            parts.append([pin])
    return ", ".join(
        f"{part[0]}–{part[-1]}" if len(part) > 2 else ", ".join(map(str, part)) for part in parts
    )


def power_table() -> str:
    rows = [
        "| pixels | at phase 0, in the band that takes most | over a turn | one refresh |",
        "|---|---|---|---|",
    ]
    steps = 1000
    levels = [brightness(TURN * step // steps) for step in range(steps)]
    peak_ma = CHANNEL_MA * max(sum(colour) for colour in BAND_COLOURS) / FULL
    mean = sum(levels) / steps / FULL
    for count in PIXEL_COUNTS:
        refresh_ms = count * 24 * BIT_NS / 1e6
        rows.append(
            f"| {count} | {count * peak_ma / 1000:.2f} A | {count * peak_ma * mean / 1000:.2f} A "
            f"| {refresh_ms:.1f} ms |"
        )
    return "\n".join(rows) + "\n"


TABLES = {"boards": boards_table, "pins": pins_table, "power": power_table}


def in_page(text: str, name: str) -> str:
    """What the page has between the marks of a table."""
    return text.partition(MARK.format(name))[2].partition(END.format(name))[0]


def main() -> None:
    parser = argparse.ArgumentParser(description="the tables of docs/wiring.md")
    parser.add_argument("--write", action="store_true", help="put them into the page")
    if not parser.parse_args().write:
        print("\n".join(table() for table in TABLES.values()), end="")
        return
    text = PAGE.read_text("utf-8")
    for name, table in TABLES.items():
        head, mark, rest = text.partition(MARK.format(name))
        text = head + mark + table() + END.format(name) + rest.partition(END.format(name))[2]
    PAGE.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
