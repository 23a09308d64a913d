"""Fusion: what two fields become when they meet, and what many have in common.

The source's operator takes two. `FieldMean` carries its means on to any number of nodes in a
form that does not depend on who met whom first, so that all nodes come to the same values; for
two nodes it is the operator itself.
"""

from . import circle
from .unit import geometric_mean, harmonic_mean


def fuse_dphi(local: int, remote: int) -> int:
    """ΔΦ_new: the mean of two phase tensions (Q15), rounded half up."""
    return (local + remote + 1) >> 1


def fuse_kappa(local: int, remote: int) -> int:
    """κ_new: the harmonic mean of two couplings (Q15, below 1.0)."""
    return harmonic_mean(local, remote)


def fuse_theta(local: int, remote: int) -> int:
    """θ_new: the circular midpoint of two phases (2^-28 turn)."""
    return circle.midpoint(local, remote)


def fuse_coherence(local: int, remote: int) -> int:
    """C_new = exp(−(var_local + var_remote)/2), var = −ln C: that is √(C_local·C_remote) (Q15)."""
    return geometric_mean(local, remote)


class FieldMean:
    """Mean ΔΦ and harmonic mean κ of up to 511 nodes. `clear`, `add` each, then read.

    Reciprocals are summed as 2^30/κ: 511 of them stay in 30 bits while κ ≥ 2^-6, and become long
    integers below.
    """

    def __init__(self) -> None:
        self.count = 0
        self._dphi_sum = 0
        self._reciprocal_sum = 0
        self._uncoupled = False

    def clear(self) -> None:
        """Forget all nodes."""
        self.count = 0
        self._dphi_sum = 0
        self._reciprocal_sum = 0
        self._uncoupled = False

    def add(self, dphi: int, kappa: int) -> None:
        """Add one node's ΔΦ and κ (Q15). One κ of 0 makes the harmonic mean 0."""
        self.count += 1
        self._dphi_sum += dphi
        if kappa == 0:
            self._uncoupled = True
        else:
            self._reciprocal_sum += 0x3FFFFFFF // kappa

    def dphi(self) -> int:
        """Mean ΔΦ in Q15; 0 for no nodes."""
        return (2 * self._dphi_sum + self.count) // (2 * self.count) if self.count else 0

    def kappa(self) -> int:
        """Harmonic mean κ in Q15; 0 for no nodes. Not on the hot path: uses long integers."""
        if self._uncoupled or self.count == 0:
            return 0
        total = self._reciprocal_sum
        return ((self.count << 30) + (total >> 1)) // total
