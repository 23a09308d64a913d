"""Which glyphs take part in the demo, and where they are born."""

from collections.abc import Sequence

from ascpi.cluster import BOARD, NodePlan
from ascpi.demo.ear import Birth
from ascpi_core.glyphs.types.comet import Comet
from ascpi_core.glyphs.types.counter import Counter

# The counter has more, or the policy would send it away whenever the comet comes by. A step costs
# one, so at a turn a second both last for hours.
COMET_ENERGY, COUNTER_ENERGY = 20_000, 40_000
COMET_THETA, COUNTER_THETA = 0.0, 0.5


def births(nodes: Sequence[NodePlan]) -> tuple[Birth, Birth]:
    """The comet on the first node, the counter on the third, or the last that is a board."""
    boards = [node for node in nodes if node.kind == BOARD] or list(nodes)
    return (
        Birth(nodes[0].node_id, Comet.NUMBER, COMET_THETA, COMET_ENERGY),
        Birth(boards[:3][-1].node_id, Counter.NUMBER, COUNTER_THETA, COUNTER_ENERGY),
    )
