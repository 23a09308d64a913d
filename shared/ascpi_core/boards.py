"""Pins of common boards. A pin of the configuration goes before the table."""

PLAIN = "plain"
PWM = "pwm"
NEOPIXEL = "neopixel"
NONE = "none"
LIGHTS = (PLAIN, PWM, NEOPIXEL, NONE)


class Board:
    """Where the light is and how it is driven, and a free pin for the pulse at phase 0."""

    def __init__(self, light: str, light_pin: int, pulse_pin: int, inverted: bool = False) -> None:
        self.light = light
        self.light_pin = light_pin
        self.pulse_pin = pulse_pin
        self.inverted = inverted


# From the makers' schematics. None of the pulse pins is a strapping pin, or used by flash or USB.
BOARDS = {
    "esp32-devkitc": Board(PWM, 2, 4),
    "esp32-s2-saola": Board(NEOPIXEL, 18, 5),
    "esp32-s2-devkitc": Board(NEOPIXEL, 18, 5),
    "esp32-s3-devkitc": Board(NEOPIXEL, 48, 5),
    "esp32-s3-devkitc-1.1": Board(NEOPIXEL, 38, 5),
    "esp32-c3-devkitm": Board(NEOPIXEL, 8, 4),
    "esp32-c3-supermini": Board(PWM, 8, 4, True),
    "esp32-c6-devkitc": Board(NEOPIXEL, 8, 2),
    "virtual": Board(PWM, 2, 4),
}

NAMES = tuple(sorted(BOARDS))
