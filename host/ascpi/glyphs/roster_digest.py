"""What a digest says of a set that is almost known: which glyphs came and which went.

A node's beacon has the sum of its glyphs' marks. Somebody who knows what the node held a moment
ago, and which glyphs are nowhere just now, finds what has changed by trying: one glyph left, one
came, one went and another came … A mark has 30 bits, so of 10 000 tries one in 100 000 fits by
chance; what was found wrongly is put right as soon as the node tells of its glyphs.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

from ascpi_core.glyphs.glyph import HOPS_MAXIMUM, fingerprint

Ident = tuple[int, int]
"""A glyph's id: birth node, birth count."""

HOPS_AHEAD = 6
"""A glyph that is nowhere may have moved so often since it was seen."""
GONE_MOST = 2
"""More that went at once are told apart by what the node tells next."""

_MASK = (1 << 30) - 1

mark_of = lru_cache(maxsize=1 << 14)(fingerprint)
"""A mark is asked for again and again."""


@dataclass(frozen=True)
class Change:
    """From the known set to the real one: `gone` from it, `come` to it at so many hops."""

    gone: tuple[Ident, ...] = ()
    come: tuple[tuple[Ident, int], ...] = ()


def explain(
    held: Mapping[Ident, int], floating: Mapping[Ident, int], digest: int, count: int
) -> Change | None:
    """How `held` (hops by id) becomes a set with this digest and count; None if that is not seen.

    `floating`: glyphs that are on no other node, with the hops that they had last. The changes
    with the fewest glyphs are tried first.
    """
    marks = {ident: mark_of(*ident, hops) for ident, hops in held.items()}
    rest = (digest - sum(marks.values())) & _MASK
    surplus = count - len(held)
    if not rest and not surplus:
        return Change()
    arrivals: dict[int, tuple[Ident, int]] = {}
    for gone in _subsets(held):
        come = surplus + len(gone)
        if not 0 <= come <= GONE_MOST:
            continue
        wanted = (rest + sum(marks[ident] for ident in gone)) & _MASK
        if come and not arrivals:
            arrivals = _arrivals(held, floating)
        found = _sum_of(arrivals, wanted, come)
        if found is not None and not _stays(found, held, gone):
            return Change(gone, found)
    return None


def newest(held: Mapping[Ident, int], order: list[Ident], digest: int, count: int) -> bool:
    """Whether the first `count` of `order` alone make the digest."""
    total = sum(mark_of(*ident, held[ident]) for ident in order[:count])
    return len(order) >= count and total & _MASK == digest


def _subsets(held: Mapping[Ident, int]) -> Iterator[tuple[Ident, ...]]:
    for size in range(GONE_MOST + 1):
        yield from combinations(held, size)


def _arrivals(
    held: Mapping[Ident, int], floating: Mapping[Ident, int]
) -> dict[int, tuple[Ident, int]]:
    """By their marks, the glyphs that may have come; one that was here may be back."""
    found = {}
    for ident, hops in (*held.items(), *floating.items()):
        for moved in range(hops, min(hops + HOPS_AHEAD, HOPS_MAXIMUM) + 1):
            found[mark_of(*ident, moved)] = (ident, moved)
    return found


def _sum_of(
    arrivals: Mapping[int, tuple[Ident, int]], wanted: int, count: int
) -> tuple[tuple[Ident, int], ...] | None:
    """So many arrivals (0 to 2) with this sum of marks."""
    if count == 0:
        return None if wanted else ()
    if count == 1:
        return (arrivals[wanted],) if wanted in arrivals else None
    for first, one in arrivals.items():
        other = arrivals.get((wanted - first) & _MASK)
        if other is not None and other[0] != one[0]:
            return one, other
    return None


def _stays(
    come: tuple[tuple[Ident, int], ...], held: Mapping[Ident, int], gone: tuple[Ident, ...]
) -> bool:
    """Whether one of those that came is there already."""
    return any(ident in held and ident not in gone for ident, _ in come)
