"""The source's fusion operator, on two nodes. `phase.FieldMean` and the circular mean are the same
on a field of many; no node calls these in its loop."""

from .fixed import geometric_mean, harmonic_mean, midpoint


def fuse_dphi(local: int, remote: int) -> int:
    """ΔΦ_new: the mean of two phase tensions (Q15), rounded half up."""
    return (local + remote + 1) >> 1


def fuse_kappa(local: int, remote: int) -> int:
    """κ_new: the harmonic mean of two couplings (Q15, below 1.0)."""
    return harmonic_mean(local, remote)


def fuse_theta(local: int, remote: int) -> int:
    """θ_new: the circular midpoint of two phases (2^-28 turn)."""
    return midpoint(local, remote)


def fuse_coherence(local: int, remote: int) -> int:
    """C_new = exp(−(var_local + var_remote)/2), var = −ln C: that is √(C_local·C_remote) (Q15)."""
    return geometric_mean(local, remote)
