"""Settings of a node and of a board: their rows, their check, and the boards that have names.

Configuration: rows that say what may be set, and one check that names every mistake.

A board, a desktop node and the tools that write configurations use the same rows' form and the
same check. Checking never stops at the first mistake, and gives usable settings whatever it was
given: a wrong value is replaced by its default. Secrets are never repeated in a message.
"""

from .fixed import BELOW_ONE, ONE, PHASE_MASK, TURN, const
from .phase import ALPHA_ACQUIRE, ALPHA_DEFAULT, RATE_MAXIMUM_MHZ, RATE_MINIMUM_MHZ
from .ssep import DEFAULT_PORT, ROLE_MEMBER, WORD_MAXIMUM
from .topology import TOPOLOGY_NAMES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Setting:
    """One row: a text of up to `largest` characters. Other kinds override `wanted`."""

    def __init__(self, name: str, default: "Any", meaning: str, largest: int = 64) -> None:
        self.name = name
        self.default = default
        self.meaning = meaning
        self.largest = largest
        self.secret = False

    def wanted(self, value: object) -> str:
        """What to give instead if `value` does not fit; an empty text if it does."""
        if isinstance(value, str) and len(value) <= self.largest:
            return ""
        return "a text of at most %d characters" % self.largest


class Secret(Setting):
    """A text that is never shown."""

    def __init__(self, name: str, default: str, meaning: str, largest: int = 64) -> None:
        super().__init__(name, default, meaning, largest)
        self.secret = True


class Whole(Setting):
    """A whole number from `low` to `high`."""

    def __init__(self, name: str, low: int, high: int, default: int, meaning: str) -> None:
        super().__init__(name, default, meaning)
        self.low = low
        self.high = high

    def wanted(self, value: object) -> str:
        if (
            isinstance(value, int)
            and not isinstance(value, bool)
            and self.low <= value <= self.high
        ):
            return ""
        return "a whole number from %d to %d" % (self.low, self.high)


class Fraction(Setting):
    """A number from 0 up to but not 1."""

    def wanted(self, value: object) -> str:
        if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < 1:
            return ""
        return "a number from 0 up to but not 1, such as 0.25"


class Arc(Setting):
    """A number from −½ up to but not ½."""

    def wanted(self, value: object) -> str:
        if isinstance(value, (int, float)) and not isinstance(value, bool) and -1 <= 2 * value < 1:
            return ""
        return "a number of turns from -0.5 up to but not 0.5, such as -0.1"


class Choice(Setting):
    """One of a few words."""

    def __init__(self, name: str, words: "tuple[str, ...]", default: str, meaning: str) -> None:
        super().__init__(name, default, meaning)
        self.words = words

    def wanted(self, value: object) -> str:
        return "" if value in self.words else "one of " + ", ".join(self.words)


class Flag(Setting):
    """true or false."""

    def wanted(self, value: object) -> str:
        return "" if isinstance(value, bool) else "true or false"


class Table(Setting):
    """A table {…} that is checked by rows of its own."""

    def wanted(self, value: object) -> str:
        return "" if isinstance(value, dict) else "a table {…} of names and values"


def check_settings(
    given: object, rows: "tuple[Setting, ...]", where: str = ""
) -> "tuple[dict[str, Any], list[str]]":
    """(settings, mistakes): a value for every row, and one sentence for each thing wrong.

    `where` is put before each name, such as "wifi." for a table inside the configuration.
    """
    settings = {row.name: row.default for row in rows}
    if not isinstance(given, dict):
        return settings, ["%s must be a table {…}" % (where.rstrip(".") or "the configuration")]
    by_name = {row.name: row for row in rows}
    mistakes = []
    for name in given:
        row = by_name.get(name)
        if row is None:
            mistakes.append("%s%s is no setting%s" % (where, name, _suggestion(name, by_name)))
            continue
        wanted = row.wanted(given[name])
        if wanted:
            shown = "the value" if row.secret else repr(given[name])
            mistakes.append("%s%s: %s is not allowed, give %s" % (where, name, shown, wanted))
        else:
            settings[name] = given[name]
    return settings, mistakes


def _suggestion(name: object, known: "dict[str, Setting]") -> str:
    """ ", did you mean x?" for a known name that shares most letters in order."""
    text = str(name)
    best = ""
    best_score = len(text) // 2 + 1
    for candidate in known:
        score = _common(text, candidate) - abs(len(text) - len(candidate))
        if score > best_score:
            best, best_score = candidate, score
    return ", did you mean %s?" % best if best else ""


def _common(one: str, other: str) -> int:
    """Length of the longest common subsequence."""
    row = [0] * (len(other) + 1)
    for letter in one:
        diagonal = 0
        for index, against in enumerate(other):
            above = row[index + 1]
            row[index + 1] = diagonal + 1 if letter == against else max(above, row[index])
            diagonal = above
    return row[-1]


# What can be set on a node, in any world, and the same in the core's integer units.

LAWS = ("full", "source")

ROWS: "tuple[Setting, ...]" = (
    Whole("id", 1, WORD_MAXIMUM, 0, "this node's number, which no other node has"),
    Whole("cluster", 0, 0xFFFF, 0, "the cluster's number; packets of others are ignored"),
    Secret("key", "", "the cluster's key; without one the field is open"),
    Choice("topology", TOPOLOGY_NAMES, "mesh", "who listens to whom"),
    Whole("field_address", 0, 0xFFFF, 0, "which field of a cluster of fields this node is in"),
    Whole("rate_mhz", RATE_MINIMUM_MHZ, RATE_MAXIMUM_MHZ, 1000, "nominal rate, turns in 1000 s"),
    Fraction("phase", 0, "phase at the start, in turns"),
    Arc("phase_offset", 0, "turns by which what it shows leads the field; below 0 it trails"),
    Fraction("dphi", 0, "phase tension of a node that holds no glyph"),
    Fraction("kappa", 0.125, "coupling of a node that holds no glyph"),
    Choice("law", LAWS, "full", "full, or the source's: without steering the rate"),
    Whole("alpha", 1, 2500, ALPHA_DEFAULT, "gain in lock, in ten-thousandths"),
    Whole("alpha_acquire", 1, 5000, ALPHA_ACQUIRE, "largest gain out of lock, likewise"),
    Whole("step_ms", 10, 200, 50, "time between supervision steps in ms"),
    Whole("max_peers", 1, 510, 32, "other nodes that there is room for"),
)

_MILLIONTHS = const(1_000_000)


def _millionths(fraction: float) -> int:
    """A fraction to 10^-6: a board's floats carry 24 bits, and both runtimes must agree."""
    return int(fraction * _MILLIONTHS + 0.5)


def phase_of_ratio(numerator: int, denominator: int) -> int:
    """The phase nearest to numerator/denominator turns."""
    return ((numerator * TURN * 2 + denominator) // (denominator * 2)) & PHASE_MASK


def unit_of_ratio(numerator: int, denominator: int) -> int:
    """Q15 nearest to numerator/denominator."""
    return (numerator * ONE * 2 + denominator) // (denominator * 2)


class NodeSettings:
    """The settings of one node in the core's units; `values` as `check_settings` gives them.
    `role` is a member's, or an observer's."""

    def __init__(self, values: "dict[str, Any]", role: int = ROLE_MEMBER) -> None:
        self.node_id: int = values["id"]
        self.cluster: int = values["cluster"]
        self.topology = TOPOLOGY_NAMES.index(values["topology"])
        self.role = role
        self.field_address: int = values["field_address"]
        self.rate_mhz: int = values["rate_mhz"]
        self.theta = phase_of_ratio(_millionths(values["phase"]), _MILLIONTHS)
        self.phase_offset = phase_of_ratio(_millionths(values["phase_offset"] + 1), _MILLIONTHS)
        self.dphi = min(unit_of_ratio(_millionths(values["dphi"]), _MILLIONTHS), BELOW_ONE)
        self.kappa = min(unit_of_ratio(_millionths(values["kappa"]), _MILLIONTHS), BELOW_ONE)
        self.steers_rate = values["law"] == "full"
        self.alpha: int = values["alpha"]
        self.alpha_acquire: int = values["alpha_acquire"]
        self.step_us: int = values["step_ms"] * 1000
        self.max_peers: int = values["max_peers"]


# Pins of common boards. A pin of the configuration goes before the table.

LIGHT_PLAIN = const("plain")
LIGHT_PWM = const("pwm")
LIGHT_NEOPIXEL = const("neopixel")
LIGHT_NONE = const("none")
LIGHTS = (LIGHT_PLAIN, LIGHT_PWM, LIGHT_NEOPIXEL, LIGHT_NONE)


class BoardPins:
    """Where the light is and how it is driven, and a free pin for the pulse at phase 0."""

    def __init__(self, light: str, light_pin: int, pulse_pin: int, inverted: bool = False) -> None:
        self.light = light
        self.light_pin = light_pin
        self.pulse_pin = pulse_pin
        self.inverted = inverted


# From the makers' schematics. None of the pulse pins is a strapping pin, or used by flash or USB.
BOARDS = {
    "esp32-devkitc": BoardPins(LIGHT_PWM, 2, 4),
    "esp32-s2-saola": BoardPins(LIGHT_NEOPIXEL, 18, 5),
    "esp32-s2-devkitc": BoardPins(LIGHT_NEOPIXEL, 18, 5),
    "esp32-s3-devkitc": BoardPins(LIGHT_NEOPIXEL, 48, 5),
    "esp32-s3-devkitc-1.1": BoardPins(LIGHT_NEOPIXEL, 38, 5),
    "esp32-c3-devkitm": BoardPins(LIGHT_NEOPIXEL, 8, 4),
    "esp32-c3-supermini": BoardPins(LIGHT_PWM, 8, 4, True),
    "esp32-c6-devkitc": BoardPins(LIGHT_NEOPIXEL, 8, 2),
    "virtual": BoardPins(LIGHT_PWM, 2, 4),
}

BOARD_NAMES = tuple(sorted(BOARDS))


# What can be set on a board: rows and one check, for the board itself and for who configures it.
#
# The check names all mistakes together; nothing here touches a pin or a file.

TRANSPORT_STATION = const("station")
TRANSPORT_ACCESS_POINT = const("ap")
TRANSPORT_ESPNOW = const("espnow")
TRANSPORT_NONE = const("none")
TRANSPORTS = (TRANSPORT_STATION, TRANSPORT_ACCESS_POINT, TRANSPORT_ESPNOW, TRANSPORT_NONE)

_PIN_LAST = const(48)

BOARD_ROWS: "tuple[Setting, ...]" = ROWS + (
    Setting("name", "", "what people call this board", 32),
    Choice("board", BOARD_NAMES, "esp32-devkitc", "which board it is: its pins"),
    Setting("bind", "", "ADDRESS or ADDRESS:PORT to receive on; empty: every address"),
    Setting("broadcast", "", "ADDRESS or ADDRESS:PORT to send to; empty: the network's broadcast"),
    Whole("port", 0, 65535, DEFAULT_PORT, "UDP port"),
    Whole("report_ms", 20, 60_000, 1000, "time between telemetry lines in ms"),
    Whole("poll_us", 50, 10_000, 50, "pause between two looks for packets in µs"),
    Flag("watchdog", True, "reset the board when a task hangs for 8 s"),
    Flag("harness", False, "heed commands of a test on the serial line: faults and its clock"),
    Flag("glyphs", True, "hold glyphs, run them and hand them on"),
    Whole("writes_per_hour", 60, 36_000, 1800, "of the glyphs' journal to the flash, on average"),
    Choice("transport", TRANSPORTS, TRANSPORT_STATION, "how packets travel"),
    Table("wifi", {}, "the network"),
    Table("pins", {}, "pins other than the board's usual ones"),
)

WIFI_ROWS: "tuple[Setting, ...]" = (
    Setting("ssid", "ascpi", "the network's name", 32),
    Secret("password", "", "the network's password; empty: an open network"),
    Whole("channel", 1, 13, 6, "channel of an own access point"),
)

PIN_ROWS: "tuple[Setting, ...]" = (
    Choice("light", LIGHTS, "", "how the light is driven"),
    Whole("light_pin", 0, _PIN_LAST, -1, "GPIO of the light"),
    Flag("inverted", False, "the light is on when the pin is low"),
    Whole("pixels", 1, 300, 1, "NeoPixels in the chain"),
    Whole("pulse_pin", 0, _PIN_LAST, -1, "GPIO of the pulse at phase 0"),
    Whole("pulse_us", 10, 100_000, 20_000, "length of the pulse in µs"),
)


class BoardSettings:
    """All settings, checked, and `mistakes`: one sentence each, empty if there are none."""

    def __init__(self, given: object, unique_id: bytes) -> None:
        values, mistakes = check_settings(given, BOARD_ROWS)
        wifi, wifi_mistakes = check_settings(values["wifi"], WIFI_ROWS, "wifi.")
        pins, pin_mistakes = check_settings(values["pins"], PIN_ROWS, "pins.")
        self.mistakes: list[str] = mistakes + wifi_mistakes + pin_mistakes
        if wifi["password"] and len(wifi["password"]) < 8:
            self.mistakes.append("wifi.password: WPA2 needs 8 characters or more, or none at all")
        if values["id"] == 0:
            values["id"] = id_of(unique_id)
        self.node = NodeSettings(values)
        self.key: str = values["key"]
        self.name: str = values["name"]
        self.board: str = values["board"]
        port: int = values["port"]
        self.bind, self.port = self._address("bind", values["bind"], port, 0)
        self.broadcast, self.broadcast_port = self._address(
            "broadcast", values["broadcast"], port, 1
        )
        self.transport: str = values["transport"]
        if self.transport == TRANSPORT_NONE and not self.broadcast:
            self.mistakes.append("broadcast: with transport none, say where to send")
        self.report_ms: int = values["report_ms"]
        self.poll_us: int = values["poll_us"]
        self.watchdog: bool = values["watchdog"]
        self.harness: bool = values["harness"]
        self.glyphs: bool = values["glyphs"]
        self.writes_per_hour: int = values["writes_per_hour"]
        self.wifi: "dict[str, Any]" = wifi
        self._take_pins(BOARDS[values["board"]], pins, given)

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

    def _take_pins(self, board: BoardPins, pins: "dict[str, Any]", given: object) -> None:
        self.light: str = pins["light"] or board.light
        self.light_pin: int = pins["light_pin"] if pins["light_pin"] >= 0 else board.light_pin
        self.pulse_pin: int = pins["pulse_pin"] if pins["pulse_pin"] >= 0 else board.pulse_pin
        said = isinstance(given, dict) and "inverted" in given.get("pins", {})
        self.inverted: bool = pins["inverted"] if said else board.inverted
        self.pixels: int = pins["pixels"]
        self.pulse_us: int = pins["pulse_us"]
        if self.light != LIGHT_NONE and self.light_pin == self.pulse_pin:
            self.mistakes.append("pins: light and pulse share GPIO %d" % self.light_pin)


def id_of(unique_id: bytes) -> int:
    """A node id from the board's MAC: its lower 30 bits, which one maker does not give twice."""
    number = 0
    for byte in unique_id:
        number = (number << 8) | byte
    return number & WORD_MAXIMUM or 1
