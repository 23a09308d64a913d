"""What a virtual board is asked to be. Everything is checked here, before a process is started."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ascpi.address import parse_address
from ascpi.errors import BoardOptionError
from ascpi.virtual.wires import Wire, Wires, require_pins
from ascpi_core.ssep import DEFAULT_PORT

NODE_ID_MAX = (1 << 30) - 1
TICKS_PERIOD = 1 << 30
# Far beyond any crystal (±100 ppm): for tests of what a broken one does.
PPM_MAX = 100_000.0
# The settings that have an option of their own.
RESERVED_SETTINGS = frozenset({"id", "bind", "broadcast", "phase"})


@dataclass(frozen=True)
class RadioOptions:
    """How its network misbehaves, as an ESP32's does.

    `queue_datagrams`: lwIP keeps so many for a socket and drops the rest.
    `burst_datagrams` within `burst_us`: any more, and sendto raises ENOMEM; 0: never.
    `connect_us`: how long a station takes to join the access point, or to find none.
    `ether`: a folder that boards share; each hears the networks of the others, and only those
    (see ether.py). None: there is one access point, of any name.
    `beacon_timeout_us`: how long a station in an ether believes in an access point that is gone.
    `max_clients`: so many stations does an own access point take at most.
    """

    queue_datagrams: int = 6
    burst_datagrams: int = 8
    burst_us: int = 2_000
    connect_us: int = 300_000
    ether: Path | None = None
    beacon_timeout_us: int = 1_000_000
    max_clients: int = 10


@dataclass(frozen=True)
class VirtualBoardOptions:
    """`program`: files in the place of those that `ascpi flash` writes, by path on the board;
    `firmware` and `core`: folders whose sources are run as they are. `edges` gets a line
    for each pin edge.

    `trace_network` gets one for each datagram that the firmware reads or sends (network_trace.py),
    `trace_flash` one for each change of the flash (flash_trace.py).

    `precedence`: as if the board had a processor of its own, it runs before all that is not
    real-time. For firmware that sleeps: a loop without an end takes a processor almost whole.
    Linux grants it to root; where it does not, nothing changes.

    `command_prefix` comes before the command of the board's process: what runs it elsewhere (a
    network namespace: `ip netns exec NAME`) and becomes it, as a parent it does not know ends it.

    `input_wires` end at this board's pins; `output_wires` lead from its pins to another board's.

    `as_flashed`: the flash holds all that the board is to run; nothing is put there.
    """

    node_id: int
    flash: Path
    bind: str = "127.0.0.1:0"
    broadcast: str = f"127.255.255.255:{DEFAULT_PORT}"
    ppm: float = 0.0
    phase: float = 0.0
    edges: Path | None = None
    trace_network: Path | None = None
    trace_flash: Path | None = None
    serial_link: Path | None = None
    ticks_start: int = 0
    settings: Mapping[str, object] = field(default_factory=dict)
    radio: RadioOptions = RadioOptions()
    program: Mapping[str, bytes] | None = None
    firmware: Path | None = None
    core: Path | None = None
    # A word has 64 bits here, so this is what half of it is on a board; 60 KiB are the shims'.
    # More than an ESP32 has besides its radio, which has no room for glyphs.
    heap_bytes: int = 480 * 1024
    precedence: bool = False
    command_prefix: tuple[str, ...] = ()
    as_flashed: bool = False
    input_wires: Wires | None = None
    output_wires: Mapping[int, Wire] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _check_numbers(self)
        parse_address(self.bind, "bind")
        parse_address(self.broadcast, "broadcast")
        _check_settings(self.settings)
        require_pins(self.output_wires)

    @property
    def ppb(self) -> int:
        return round(self.ppm * 1000)

    @property
    def nvs(self) -> Path:
        """Beside the flash, not in it: as a board's NVS partition."""
        return self.flash.with_name(self.flash.name + ".nvs.json")


def _check_numbers(options: VirtualBoardOptions) -> None:
    if not 1 <= options.node_id <= NODE_ID_MAX:
        raise BoardOptionError(
            f"id {options.node_id} is out of range: a node's id lies between 1 and {NODE_ID_MAX}"
        )
    if not (math.isfinite(options.phase) and 0.0 <= options.phase < 1.0):
        raise BoardOptionError(
            f"phase {options.phase} is out of range: a phase is given in turns, 0 <= phase < 1"
        )
    if not (math.isfinite(options.ppm) and abs(options.ppm) <= PPM_MAX):
        raise BoardOptionError(
            f"a clock error of {options.ppm} ppm is out of range: at most {PPM_MAX:.0f} either way"
        )
    if not 0 <= options.ticks_start < TICKS_PERIOD:
        raise BoardOptionError(
            f"ticks start {options.ticks_start} is out of range: ticks count µs from 0 to 2^30 - 1"
        )


def _check_settings(settings: Mapping[str, object]) -> None:
    taken = sorted(RESERVED_SETTINGS & settings.keys())
    if taken:
        raise BoardOptionError(
            f"setting {taken[0]!r} is an option of its own: give it there, not in the settings"
        )
    try:
        json.dumps(dict(settings))
    except (TypeError, ValueError) as error:
        raise BoardOptionError(
            f"the settings cannot be written as JSON ({error}): "
            "use texts, numbers, truth values, lists and mappings only"
        ) from None
