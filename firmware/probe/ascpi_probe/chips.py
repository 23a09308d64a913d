"""Where each chip keeps the levels of its pins, and which pins it cannot spare.

The addresses are those of Espressif's ESP-IDF: GPIO_IN_REG of components/soc/CHIP/…/gpio_reg.h
(DR_REG_GPIO_BASE + 0x3C on all five), on DR_REG_GPIO_BASE of …/reg_base.h. GPIO 0…31 are the bits
of that word, GPIO 32 and up those of the next one, GPIO_IN1_REG. Later chips (C5, C61, H4, P4)
have the register elsewhere: a chip that is not in the table is read pin by pin.
"""

INPUT_REGISTERS = {
    "ESP32": 0x3FF4403C,
    "ESP32S2": 0x3F40403C,
    "ESP32S3": 0x6000403C,
    "ESP32C3": 0x6000403C,
    "ESP32C6": 0x6009103C,
}

# Flash, the serial port and USB (ESP-IDF's GPIO pages): as an input, the first stops the chip and
# the others the probe's own line.
TAKEN = {
    "ESP32": (1, 3, 6, 7, 8, 9, 10, 11),
    "ESP32S2": (19, 20, 26, 27, 28, 29, 30, 31, 32, 43, 44),
    "ESP32S3": (19, 20, 26, 27, 28, 29, 30, 31, 32, 43, 44),
    "ESP32C3": (12, 13, 14, 15, 16, 17, 18, 19, 20, 21),
    "ESP32C6": (12, 13, 16, 17, 24, 25, 26, 27, 28, 29, 30),
}

# How descriptions of the first ESP32 go on: packages and modules have no family of their own.
_FIRST = ("", "D0", "D2", "U4", "S0", "PICO", "WRO")


def chip_of(description: str) -> str:
    """The chip in MicroPython's own description of the board ("… with ESP32-S3"); "" if unknown.

    A name that only begins like one of the table ("ESP32C61") is another chip: to read an address
    that is none would stop it.
    """
    name = description.split(" with ")[-1].strip().upper().replace("-", "")
    for chip in INPUT_REGISTERS:
        if chip != "ESP32" and name.startswith(chip) and not name[len(chip) :][:1].isdigit():
            return chip
    if not name.startswith("ESP32"):
        return ""
    rest = name[5:]
    for beginning in _FIRST:
        if rest == beginning or (beginning and rest.startswith(beginning)):
            return "ESP32"
    return ""
