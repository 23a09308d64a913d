"""The glyphs of one node: slots made when they are first needed, and never more than 32.

What is told of all of them together, digest, energy and averages, is kept until something
changes: `touch` says that it did.
"""

from .glyph import COUNTS, FREE, Glyph, digest_add, mark

CAPACITY = 32


class Holding:
    """Up to `CAPACITY` slots. `dphi`, `kappa` and `theta` are the averages over the glyphs that
    count, weighted by energy; without any, those of the node's settings (`theta` 0)."""

    def __init__(self, dphi: int, kappa: int) -> None:
        self.slots: list[Glyph] = []
        self.count = 0
        self.energy = 0
        self.digest = 0
        self.dphi = dphi
        self.kappa = kappa
        self.theta = 0
        self._empty_dphi = dphi
        self._empty_kappa = kappa

    def find(self, birth_node: int, birth_count: int) -> "Glyph | None":
        """The slot of this glyph, wherever it stands; None if there is none."""
        for glyph in self.slots:
            if glyph.is_called(birth_node, birth_count) and glyph.standing != FREE:
                return glyph
        return None

    def free_slot(self) -> "Glyph | None":
        """An empty slot, cleared; None if all are taken. The first time, one is made."""
        for glyph in self.slots:
            if glyph.standing == FREE:
                glyph.clear()
                return glyph
        if len(self.slots) == CAPACITY:
            return None
        glyph = Glyph()
        self.slots.append(glyph)
        return glyph

    def room(self) -> int:
        """Slots that are free."""
        taken = 0
        for glyph in self.slots:
            if glyph.standing != FREE:
                taken += 1
        return CAPACITY - taken

    def touch(self) -> None:
        """Glyphs came, went or changed: sum them up anew."""
        count = 0
        energy = 0
        digest = 0
        for glyph in self.slots:
            if glyph.counts():
                count += 1
                energy += glyph.energy
                digest = digest_add(digest, mark(glyph.birth_node, glyph.birth_count, glyph.hops))
        self.count = count
        self.energy = energy
        self.digest = digest
        self.average()

    def average(self) -> None:
        """ΔΦ, κ and θ anew, each glyph taken in with its share of the energy so far. `energy` must
        be what the glyphs have.

        Weights are energies in 15 bits of the total, at least 1: a share errs by 2^-14. The share
        is in Q14, the differences are of 15 bits, of θ the upper 15 (33 µs at 1 turn/s): worst
        product 2^14 · 2^15. Written out in one loop, since it runs with every glyph that does.
        """
        shift = 0
        while self.energy >> shift >= 1 << 15:
            shift += 1
        total = 0
        dphi = self._empty_dphi
        kappa = self._empty_kappa
        theta = 0
        for glyph in self.slots:
            if COUNTS[glyph.standing]:
                weight = glyph.energy >> shift or 1
                if total:
                    total += weight
                    part = (weight << 14) // total
                    # Half a unit more, or every difference below 0 would be rounded away from it.
                    dphi += (glyph.dphi - dphi) * part + 0x2000 >> 14
                    kappa += (glyph.kappa - kappa) * part + 0x2000 >> 14
                    arc = ((glyph.theta - theta & 0xFFFFFFF) ^ 0x8000000) - 0x8000000
                    theta = theta + ((arc >> 13) * part >> 1) & 0xFFFFFFF
                else:
                    total = weight
                    dphi = glyph.dphi
                    kappa = glyph.kappa
                    theta = glyph.theta
        self.dphi = dphi
        self.kappa = kappa
        self.theta = theta
