"""Who listens to whom. In a mesh everyone listens to everyone.

A topology is one pure object for each field of a node. It answers five questions and does
nothing: whom do I hear, who counts, does my own phase count, whom do I echo, and what bound
follows from that of the field's mean. Its number and this node's role stand in the beacon.

`Mesh` is the first. Another one has the same names; nothing else in a node knows which it is.
"""

from .fixed import const
from .ssep import ROLE_MEMBER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from .peers import Peer

    class Topology(Protocol):
        """What a field asks."""

        number: int
        """Index into `TOPOLOGY_NAMES`."""
        role: int
        """This node's role in it, 0 … 15."""
        counts_all: bool
        """Every phase counts, the own one too: then nobody asks for each peer."""
        counts_self: bool
        """Whether the own phase may be part of Θ_cluster."""

        def hears(self, packet: bytes | bytearray) -> bool:
            """Whether a beacon is of this field. Asked before its tag is checked, so by the bytes
            that are at one place in every beacon: sender, kind, `role`, `address`. An observer
            is heard by all."""

        def counts(self, peer: "Peer") -> bool:
            """Whether this peer's phase is part of Θ_cluster here."""

        def echoes(self, peer: "Peer") -> bool:
            """Whether this peer's beacons are to be echoed."""

        def bound_us(self, mean_us: int) -> int:
            """95 % bound, µs, of this node's Θ_cluster, from that of the mean of those who count
            (0 … 2^15 µs)."""


MESH = const(0)
TOPOLOGY_NAMES = ("mesh",)


class Mesh:
    """Everyone to everyone."""

    number = MESH
    counts_all = True
    counts_self = True

    def __init__(self, role: int) -> None:
        self.role = role

    def hears(self, packet: bytes | bytearray) -> bool:
        """All of the cluster."""
        return True

    def counts(self, peer: "Peer") -> bool:
        """All."""
        return True

    def echoes(self, peer: "Peer") -> bool:
        """All, in turn."""
        return True

    def bound_us(self, mean_us: int) -> int:
        """The same: there is nobody between."""
        return mean_us


def make_topology(number: int, role: int = ROLE_MEMBER) -> Mesh:
    """The topology with this number; ValueError if there is none."""
    if number == MESH:
        return Mesh(role)
    raise ValueError("topology %d is not known" % number)
