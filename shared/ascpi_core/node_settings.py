"""What can be set on a node, in any world, and the same in the core's integer units."""

from . import circle, topology, unit
from .oscillator import RATE_MAXIMUM_MHZ, RATE_MINIMUM_MHZ
from .settings import Arc, Choice, Fraction, Secret, Setting, Whole
from .supervisor import ALPHA_ACQUIRE, ALPHA_DEFAULT
from .wire import WORD_MAXIMUM

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

LAWS = ("full", "source")

ROWS: "tuple[Setting, ...]" = (
    Whole("id", 1, WORD_MAXIMUM, 0, "this node's number, which no other node has"),
    Whole("cluster", 0, 0xFFFF, 0, "the cluster's number; packets of others are ignored"),
    Secret("key", "", "the cluster's key; without one the field is open"),
    Choice("topology", topology.NAMES, "mesh", "who listens to whom"),
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

_MILLIONTHS = 1_000_000


def _millionths(fraction: float) -> int:
    """A fraction to 10^-6: a board's floats carry 24 bits, and both runtimes must agree."""
    return int(fraction * _MILLIONTHS + 0.5)


class NodeSettings:
    """The settings of one node in the core's units; `values` as `settings.check` gives them."""

    def __init__(self, values: "dict[str, Any]") -> None:
        self.node_id: int = values["id"]
        self.cluster: int = values["cluster"]
        self.topology = topology.NAMES.index(values["topology"])
        self.field_address: int = values["field_address"]
        self.rate_mhz: int = values["rate_mhz"]
        self.theta = circle.from_ratio(_millionths(values["phase"]), _MILLIONTHS)
        self.phase_offset = circle.from_ratio(_millionths(values["phase_offset"] + 1), _MILLIONTHS)
        self.dphi = min(unit.from_ratio(_millionths(values["dphi"]), _MILLIONTHS), unit.BELOW_ONE)
        self.kappa = min(
            unit.from_ratio(_millionths(values["kappa"]), _MILLIONTHS), unit.BELOW_ONE
        )
        self.steers_rate = values["law"] == "full"
        self.alpha: int = values["alpha"]
        self.alpha_acquire: int = values["alpha_acquire"]
        self.step_us: int = values["step_ms"] * 1000
        self.max_peers: int = values["max_peers"]
