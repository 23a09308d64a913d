"""The table of a glyph's life: all of it is said once, and the page shows it."""

import pytest

from ascpi_core.glyphs.glyph import GlyphTable
from ascpi_core.glyphs.lifecycle import (
    ACCOUNT,
    AWAITS,
    COLUMNS,
    COUNTS,
    DEPARTED,
    FREE,
    HASTENS,
    HELD,
    MOVES,
    ON_END,
    ON_PREPARE,
    ON_WRITTEN,
    OWES,
    SAYS,
    SNAPSHOT,
    STANDINGS,
    STOPPED,
    account_of,
    move_of,
    standing_after,
    standing_of,
)
from ascpi_core.layout import GLYPH_EVENTS, RECORD_TYPES
from ascpi_core.layout import STANDINGS as NAMES
from tests.core.state_diagram import PAGES

ROWS = [tuple(MOVES[row : row + 4]) for row in range(0, len(MOVES), 4)]
ALL = range(len(NAMES))


def column(standing: int, which: int) -> int:
    return STANDINGS[standing * COLUMNS + which]


def test_every_standing_and_every_event_has_a_row_and_a_name() -> None:
    assert len(STANDINGS) == len(NAMES) * COLUMNS
    assert {before for before, *_ in ROWS} == {after for _, _, after, _ in ROWS} == set(ALL)
    assert {event for _, event, *_ in ROWS} == set(range(len(GLYPH_EVENTS)))
    assert len({row[:2] for row in ROWS}) == len(ROWS), "an event leads to one standing"


def test_what_awaits_a_record_goes_on_when_it_is_written() -> None:
    for standing in ALL:
        assert bool(column(standing, AWAITS)) == (move_of(standing, ON_WRITTEN) >= 0)
        if column(standing, AWAITS):
            assert column(standing, OWES), NAMES[standing]
            assert bool(column(standing, 0) & HASTENS) == (standing != DEPARTED)


def writes(standing: int) -> int:
    """How many writes may follow until the glyph is at rest here, or gone."""
    if standing in (FREE, HELD, STOPPED):
        return 0
    return max(
        writes(after) + (event == ON_WRITTEN)
        for before, event, after, _ in ROWS
        if before == standing and event != ON_PREPARE
    )


def test_as_many_writes_are_owed_as_may_follow() -> None:
    assert [column(standing, OWES) for standing in ALL] == [writes(one) for one in ALL]


def test_energy_goes_with_whatever_begins_or_ceases_to_count() -> None:
    for before, _, after, _ in ROWS:
        counts = [bool(column(standing, 0) & COUNTS) for standing in (before, after)]
        assert bool(account_of(before, after)) == (counts[0] != counts[1])
    for standing in ALL:
        assert not (column(standing, 0) & COUNTS and column(standing, ACCOUNT))


def test_every_record_is_of_a_standing_and_leads_where_the_move_does() -> None:
    for record, name, _ in RECORD_TYPES[1:]:
        standing = standing_of(record)
        assert standing >= 0, name
        if column(standing, AWAITS) == record:
            assert standing_after(standing) == MOVES[move_of(standing, ON_WRITTEN) + 2]
        else:
            assert column(standing, SNAPSHOT) == record
            assert standing_after(standing) == standing
    assert standing_of(200) == -1
    # Two records in a snapshot has only what is being committed.
    both = [NAMES[at] for at in ALL if column(at, AWAITS) and column(at, SNAPSHOT)]
    assert both == ["committing"]


@pytest.mark.parametrize("standing", ALL)
@pytest.mark.parametrize("event", range(len(GLYPH_EVENTS)))
def test_a_move_is_booked_and_what_is_no_move_changes_nothing(standing: int, event: int) -> None:
    table = GlyphTable(0, 0)
    glyph = table.free_slot()
    assert glyph is not None
    glyph.birth_node, glyph.birth_count, glyph.energy = 7, 129, 50
    glyph.standing = standing
    table.touch()
    table.ledger.set(table.energy, 0, 0, 0)
    before = dict(vars(glyph))
    row = move_of(standing, event)
    assert table.move(glyph, event) == (row >= 0)
    if row < 0:
        assert vars(glyph) == before
        assert (table.pending, table.speaking, sum(table.moves)) == (False, False, 0)
        return
    after = MOVES[row + 2]
    assert glyph.standing == after
    assert table.pending == bool(column(after, 0) & HASTENS)
    assert table.speaking == bool(column(after, 0) & SAYS)
    assert sum(table.moves) == bool(MOVES[row + 3])
    told = (table.count, table.energy, table.digest)
    table.touch()
    assert (table.count, table.energy, table.digest) == told
    assert table.ledger.imbalance(table.energy) == 0
    if event == ON_END:
        assert table.ledger.spent == 50


def test_the_pages_have_the_tables_as_they_are() -> None:
    for page in PAGES:
        assert page.shown() == page.made(), page.path
