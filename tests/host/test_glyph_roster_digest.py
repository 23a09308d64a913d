"""What a digest says of a set that is almost known."""

from hypothesis import given, settings
from hypothesis import strategies as st

from ascpi.glyphs.roster_digest import Change, explain
from tests.host.choir import G, Glyphs, H, digest_of

# What digests say

glyph_sets = st.dictionaries(
    st.tuples(st.integers(1, 40), st.integers(0, 40)), st.integers(0, 9), max_size=32
)


@given(glyph_sets, st.data())
@settings(max_examples=100, deadline=None)
def test_what_changed_is_found_from_the_digest(known: Glyphs, data: st.DataObject) -> None:
    floating = data.draw(glyph_sets)
    floating = {ident: hops for ident, hops in floating.items() if ident not in known}
    gone = (
        data.draw(st.lists(st.sampled_from(sorted(known)), max_size=2, unique=True))
        if known
        else []
    )
    come = data.draw(st.sampled_from(sorted(floating))) if floating else None
    real = {ident: hops for ident, hops in known.items() if ident not in gone}
    arrived: tuple[tuple[tuple[int, int], int], ...] = ()
    if come is not None and data.draw(st.booleans()):
        arrived = ((come, floating[come] + data.draw(st.integers(0, 4))),)
        real.update(dict(arrived))
    change = explain(known, floating, digest_of(real), len(real))
    assert change is not None
    assert (set(change.gone), change.come) == (set(gone), arrived)


def test_what_is_all_others_is_not_explained() -> None:
    assert explain({G: 2}, {}, digest_of({H: 1}), 1) is None
    assert explain({}, {}, 0, 0) == Change()
