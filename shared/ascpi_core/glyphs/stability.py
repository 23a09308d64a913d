"""Whether the network is calm enough to move a glyph: `network_stable`, in numbers.

Stable is a node that

- is locked, and claims to be within CLAIM_MAXIMUM_US of the cluster's phase,
- has seen nobody come or go for CALM_US,
- and hears its peers with less than LOSS_MAXIMUM lost, on average.
"""

from .. import lock
from ..ticks import ticks_add, ticks_diff
from ..unit import from_ratio

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..membership import Membership

CALM_US = 5_000_000
LOSS_MAXIMUM = from_ratio(35, 100)
CLAIM_MAXIMUM_US = 2_000

STABLE = 0
ALONE = 1
UNLOCKED = 2
UNSURE = 3
RESTLESS = 4
LOSSY = 5

NAMES = ("stable", "alone", "unlocked", "unsure", "restless", "lossy")

_LONG_US = 1 << 28


class Stability:
    """`why` is STABLE, or the first of the reasons above that stands against it."""

    def __init__(self, membership: "Membership", now: int) -> None:
        self.why = ALONE
        self.loss = 0
        self._membership = membership
        self._changes = membership.changes
        self._changed_ticks = now

    def look(self, now: int, state: int, claim_us: int) -> bool:
        """Judge anew, at least every 4 minutes; `state` of the lock, `claim_us` as in beacons."""
        membership = self._membership
        if membership.changes != self._changes:
            self._changes = membership.changes
            self._changed_ticks = now
        calm_us = ticks_diff(now, self._changed_ticks)
        if calm_us > _LONG_US:
            # Else the ticks would wrap, and a long calm look like a short one.
            self._changed_ticks = ticks_add(now, -_LONG_US)
        self.why = self._judge(state, claim_us, calm_us)
        return self.why == STABLE

    def _judge(self, state: int, claim_us: int, calm_us: int) -> int:
        present = self._membership.present
        if not present:
            return ALONE
        if state != lock.LOCKED:
            return UNLOCKED
        if claim_us > CLAIM_MAXIMUM_US:
            return UNSURE
        if 0 <= calm_us < CALM_US:
            return RESTLESS
        loss = 0
        for peer in present:
            loss += peer.loss
        self.loss = loss // len(present)
        return LOSSY if self.loss > LOSS_MAXIMUM else STABLE
