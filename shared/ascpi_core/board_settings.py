"""What can be set on a board: rows and one check, for the board itself and for who configures it.

The check names all mistakes together; nothing here touches a pin or a file.
"""

from . import boards, node_settings
from .settings import Choice, Flag, Secret, Setting, Table, Whole, check
from .wire import DEFAULT_PORT, WORD_MAXIMUM

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

STATION = "station"
ACCESS_POINT = "ap"
ESPNOW = "espnow"
NONE = "none"
TRANSPORTS = (STATION, ACCESS_POINT, ESPNOW, NONE)

_PIN_LAST = 48

BOARD_ROWS: "tuple[Setting, ...]" = node_settings.ROWS + (
    Setting("name", "", "what people call this board", 32),
    Choice("board", boards.NAMES, "esp32-devkitc", "which board it is: its pins"),
    Setting("bind", "", "ADDRESS or ADDRESS:PORT to receive on; empty: every address"),
    Setting("broadcast", "", "ADDRESS or ADDRESS:PORT to send to; empty: the network's broadcast"),
    Whole("port", 0, 65535, DEFAULT_PORT, "UDP port"),
    Whole("report_ms", 20, 60_000, 1000, "time between telemetry lines in ms"),
    Whole("poll_us", 50, 10_000, 50, "pause between two looks for packets in µs"),
    Flag("watchdog", True, "reset the board when a task hangs for 8 s"),
    Flag("harness", False, "heed commands of a test on the serial line: faults and its clock"),
    Flag("glyphs", True, "hold glyphs, run them and hand them on"),
    Whole("writes_per_hour", 60, 36_000, 1800, "of the glyphs' journal to the flash, on average"),
    Choice("transport", TRANSPORTS, STATION, "how packets travel"),
    Table("wifi", {}, "the network"),
    Table("pins", {}, "pins other than the board's usual ones"),
)

WIFI_ROWS: "tuple[Setting, ...]" = (
    Setting("ssid", "ascpi", "the network's name", 32),
    Secret("password", "", "the network's password; empty: an open network"),
    Whole("channel", 1, 13, 6, "channel of an own access point"),
)

PIN_ROWS: "tuple[Setting, ...]" = (
    Choice("light", boards.LIGHTS, "", "how the light is driven"),
    Whole("light_pin", 0, _PIN_LAST, -1, "GPIO of the light"),
    Flag("inverted", False, "the light is on when the pin is low"),
    Whole("pixels", 1, 300, 1, "NeoPixels in the chain"),
    Whole("pulse_pin", 0, _PIN_LAST, -1, "GPIO of the pulse at phase 0"),
    Whole("pulse_us", 10, 100_000, 20_000, "length of the pulse in µs"),
)


class BoardSettings:
    """All settings, checked, and `mistakes`: one sentence each, empty if there are none."""

    def __init__(self, given: object, unique_id: bytes) -> None:
        values, mistakes = check(given, BOARD_ROWS)
        wifi, wifi_mistakes = check(values["wifi"], WIFI_ROWS, "wifi.")
        pins, pin_mistakes = check(values["pins"], PIN_ROWS, "pins.")
        self.mistakes: list[str] = mistakes + wifi_mistakes + pin_mistakes
        if wifi["password"] and len(wifi["password"]) < 8:
            self.mistakes.append("wifi.password: WPA2 needs 8 characters or more, or none at all")
        if values["id"] == 0:
            values["id"] = id_of(unique_id)
        self.node = node_settings.NodeSettings(values)
        self.key: str = values["key"]
        self.name: str = values["name"]
        self.board: str = values["board"]
        port: int = values["port"]
        self.bind, self.port = self._address("bind", values["bind"], port, 0)
        self.broadcast, self.broadcast_port = self._address(
            "broadcast", values["broadcast"], port, 1
        )
        self.transport: str = values["transport"]
        if self.transport == NONE and not self.broadcast:
            self.mistakes.append("broadcast: with transport none, say where to send")
        self.report_ms: int = values["report_ms"]
        self.poll_us: int = values["poll_us"]
        self.watchdog: bool = values["watchdog"]
        self.harness: bool = values["harness"]
        self.glyphs: bool = values["glyphs"]
        self.writes_per_hour: int = values["writes_per_hour"]
        self.wifi: "dict[str, Any]" = wifi
        self._take_pins(boards.BOARDS[values["board"]], pins, given)

    def _address(self, name: str, text: str, port: int, lowest: int) -> "tuple[str, int]":
        """ADDRESS[:PORT] in its parts; `port` if there is none."""
        address, colon, digits = text.partition(":")
        if not colon:
            return address, port
        if not digits.isdigit() or not lowest <= int(digits) < 65536:
            self.mistakes.append(
                "%s: %r has no port from %d to 65535 after the colon" % (name, text, lowest)
            )
            return address, port
        return address, int(digits)

    def _take_pins(self, board: boards.Board, pins: "dict[str, Any]", given: object) -> None:
        self.light: str = pins["light"] or board.light
        self.light_pin: int = pins["light_pin"] if pins["light_pin"] >= 0 else board.light_pin
        self.pulse_pin: int = pins["pulse_pin"] if pins["pulse_pin"] >= 0 else board.pulse_pin
        said = isinstance(given, dict) and "inverted" in given.get("pins", {})
        self.inverted: bool = pins["inverted"] if said else board.inverted
        self.pixels: int = pins["pixels"]
        self.pulse_us: int = pins["pulse_us"]
        if self.light != boards.NONE and self.light_pin == self.pulse_pin:
            self.mistakes.append("pins: light and pulse share GPIO %d" % self.light_pin)


def id_of(unique_id: bytes) -> int:
    """A node id from the board's MAC: its lower 30 bits, which one maker does not give twice."""
    number = 0
    for byte in unique_id:
        number = (number << 8) | byte
    return number & WORD_MAXIMUM or 1
