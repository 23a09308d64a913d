"""How much of a board's heap the program may take: one row for each chip.

`python -m tests.stock.memory` measures every row, and `ascpi check` holds them. A budget may be
made smaller here, in this one place. The classic ESP32's total is never made larger: above it,
Wi-Fi is left with less than it needs.

All sizes are bytes of MicroPython's heap, on a 32-bit MicroPython.
"""

from dataclasses import dataclass

WIFI_BYTES = 24 * 1024
"""What Wi-Fi needs besides, once it is connected. With 10 KB everything was heard and sent; its
buffers swing by as much again (in an emulator of a classic ESP32, stock 1.25.0)."""
CLASSIC_TOTAL_BYTES = 120_000
MODULES_MOST = 40
"""Modules of ours that a board holds at most: each takes a look-up in a directory at boot."""
PEERS = 8

MEASURED = "measured on the stock image of 1.25.0, in an emulator of the chip"
PUBLISHED = "computed from what others published of the chip, less what Wi-Fi takes of a classic"
ASSUMED = "not measured: taken to be no more than the classic ESP32's"


@dataclass(frozen=True)
class Budget:
    """A chip without PSRAM. `heap_bytes`: to how much its heap can grow with Wi-Fi connected, and
    `source`, how that is known. The rest is what the parts of the program may take:

    `program_bytes`: the files that stay loaded. `settings_bytes`: the configuration, once read.
    `node_bytes`: a node with `PEERS` peers. `motor_bytes`: a motor of `slots` slots, a glyph in
    each. `total_bytes`: all of that together. The tables of names grow by thousands of bytes at a
    time, now in this part and now in that one; so the parts have some room, and their sum may be
    more than the total.
    """

    chip: str
    heap_bytes: int
    source: str
    slots: int
    program_bytes: int
    settings_bytes: int
    node_bytes: int
    motor_bytes: int
    total_bytes: int

    def parts(self) -> dict[str, int]:
        """Name of the part → bytes that it may take."""
        return {
            "program": self.program_bytes,
            "settings": self.settings_bytes,
            "node": self.node_bytes,
            "motor": self.motor_bytes,
        }


# Slots: what the firmware makes where less than 128 KB are free (`_slots` in app.py). An ESP32-S2
# has no room for what runs glyphs, and says so at its start.
BUDGETS = (
    Budget("esp32", 149_312, MEASURED, 8, 97_000, 4_500, 11_000, 12_500, CLASSIC_TOTAL_BYTES),
    Budget("esp32s2", 136_000, PUBLISHED, 0, 62_000, 4_500, 11_000, 0, 74_000),
    Budget("esp32s3", 149_312, ASSUMED, 8, 97_000, 4_500, 11_000, 12_500, 120_000),
    Budget("esp32c3", 149_312, ASSUMED, 8, 97_000, 4_500, 11_000, 12_500, 120_000),
    Budget("esp32c6", 149_312, ASSUMED, 8, 97_000, 4_500, 11_000, 12_500, 120_000),
)
