"""Who listens to whom. In a mesh everyone listens to everyone.

A topology answers one question a supervision step asks for each peer: does its phase count for
mine? And it writes its name and this node's role into the beacon.
"""

from .fixed import const
from .ssep import ROLE_MEMBER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .peers import Peer

MESH = const(0)
TOPOLOGY_NAMES = ("mesh",)


class Mesh:
    """Everyone to everyone; no roles."""

    topology = MESH
    role = ROLE_MEMBER
    admits_all = True

    def admits(self, peer: "Peer") -> bool:
        """Whether this peer's phase is part of Θ_cluster here."""
        return True


def make_topology(topology: int) -> Mesh:
    """The topology with this number; ValueError if there is none."""
    if topology == MESH:
        return Mesh()
    raise ValueError("topology %d is not known" % topology)
