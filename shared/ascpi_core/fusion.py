"""The source's fusion operator, on two nodes. `phase.FieldMean` and the circular mean are the same
on a field of many; no node calls these in its loop."""

from .fixed import arc, square_root


def midpoint(one: int, other: int) -> int:
    """Circular midpoint θ_new of two phases; of two exactly ½ apart, the one ¼ before `other`."""
    return (other + (arc(one, other) >> 1)) & 0xFFFFFFF


def geometric_mean(one: int, other: int) -> int:
    """√(one·other) in Q15, both 0 … 1.0; two values of 1.0 would leave 30 bits, hence the case."""
    if one == other:
        return one
    return square_root(one * other)


def harmonic_mean(one: int, other: int) -> int:
    """2·a·b/(a + b), rounded to nearest, of two Q15 values in [0, 1); 0 if both are 0."""
    total = one + other
    if total == 0:
        return 0
    product = one * other
    quotient = product // total
    rest = product - quotient * total
    return 2 * quotient + (4 * rest + total) // (2 * total)


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
