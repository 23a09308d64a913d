"""The states of a lock: the table, the judgement, and the diagram in the docs."""

import itertools

import pytest

from ascpi_core.layout import LOCK_EVENTS
from ascpi_core.phase import (
    ACQUIRING,
    ALONE,
    AUTHORITY,
    HOLDOVER,
    LOCK_ARC,
    LOCK_DESERTED,
    LOCK_HEARD,
    LOCK_SETTLED,
    LOCK_STATES,
    LOCK_STRAYED,
    LOCK_TRANSITIONS,
    LOCKED,
    SETTLE_AGREEMENT,
    SETTLE_BLINDLY_STEPS,
    SETTLE_STEPS,
    STRAY_ARC,
    Lock,
)
from tests.core.state_diagram import PAGES


def after(*events: int) -> Lock:
    lock = Lock()
    for event in events:
        lock.on(event)
    return lock


def settled() -> Lock:
    return after(LOCK_HEARD, LOCK_SETTLED)


def test_the_table_is_complete_and_every_state_is_reached() -> None:
    assert len(LOCK_TRANSITIONS) == len(LOCK_STATES)
    assert all(len(row) == len(LOCK_EVENTS) for row in LOCK_TRANSITIONS)
    reached = {ALONE}
    for _ in LOCK_STATES:
        reached |= {
            LOCK_TRANSITIONS[state][event]
            for state in reached
            for event in range(len(LOCK_EVENTS))
        }
    assert reached == set(range(len(LOCK_STATES)))


def test_only_the_locked_and_those_in_holdover_are_authorities() -> None:
    assert [state >= AUTHORITY for state in (ALONE, ACQUIRING, LOCKED, HOLDOVER)] == [
        False,
        False,
        True,
        True,
    ]


def test_the_way_to_a_lock_and_back() -> None:
    lock = Lock()
    for event, state in (
        (LOCK_HEARD, ACQUIRING),
        (LOCK_SETTLED, LOCKED),
        (LOCK_STRAYED, ACQUIRING),
        (LOCK_SETTLED, LOCKED),
        (LOCK_DESERTED, HOLDOVER),
        (LOCK_HEARD, HOLDOVER),
        (LOCK_SETTLED, LOCKED),
        (LOCK_DESERTED, HOLDOVER),
        (LOCK_STRAYED, ACQUIRING),
        (LOCK_DESERTED, ALONE),
    ):
        lock.on(event)
        assert lock.state == state


def test_whoever_was_never_locked_is_never_in_holdover() -> None:
    for events in itertools.product((LOCK_HEARD, LOCK_DESERTED, LOCK_STRAYED), repeat=5):
        assert after(*events).state in (ALONE, ACQUIRING)


def test_settling_takes_so_many_steps_in_a_row() -> None:
    lock = after(LOCK_HEARD)
    for _ in range(SETTLE_STEPS - 1):
        lock.judge(LOCK_ARC)
    lock.judge(LOCK_ARC + 1)
    for _ in range(SETTLE_STEPS - 1):
        lock.judge(-LOCK_ARC)
        assert lock.state == ACQUIRING
    lock.judge(0)
    assert lock.state == LOCKED


def test_settling_takes_longer_where_no_delay_is_known() -> None:
    """What has settled so far counts once a delay is known."""
    lock = after(LOCK_HEARD)
    for _ in range(SETTLE_BLINDLY_STEPS - 1):
        lock.judge(0, measured=False)
        assert lock.state == ACQUIRING
    lock.judge(0, measured=False)
    assert lock.state == LOCKED
    lock = after(LOCK_HEARD)
    for _ in range(SETTLE_STEPS):
        lock.judge(0, measured=False)
    assert lock.state == ACQUIRING
    lock.judge(0, measured=True)
    assert lock.state == LOCKED


def test_settling_begins_anew_after_being_alone() -> None:
    lock = after(LOCK_HEARD)
    for _ in range(SETTLE_STEPS - 1):
        lock.judge(0)
    lock.on(LOCK_DESERTED)
    lock.on(LOCK_HEARD)
    lock.judge(0)
    assert lock.state == ACQUIRING


@pytest.mark.parametrize("sign", [-1, 1])
def test_a_lock_is_lost_only_far_beyond_where_it_was_gained(sign: int) -> None:
    assert STRAY_ARC == 8 * LOCK_ARC
    lock = settled()
    for _ in range(100):
        lock.judge(sign * STRAY_ARC)
    assert lock.state == LOCKED
    lock.judge(sign * (STRAY_ARC + 1))
    assert lock.state == ACQUIRING


def test_who_comes_back_from_holdover_settles_or_strays_like_any_other() -> None:
    lock = after(LOCK_HEARD, LOCK_SETTLED, LOCK_DESERTED)
    for _ in range(SETTLE_STEPS):
        assert lock.state == HOLDOVER
        lock.judge(LOCK_ARC)
    assert lock.state == LOCKED
    lock = after(LOCK_HEARD, LOCK_SETTLED, LOCK_DESERTED)
    lock.judge(STRAY_ARC + 1)
    assert lock.state == ACQUIRING


def test_the_diagram_in_the_docs_is_that_of_the_table() -> None:
    """After a change: python -m tests.core.state_diagram --write."""
    assert PAGES[0].shown() == PAGES[0].made()


def test_no_error_among_phases_that_do_not_agree_is_no_lock() -> None:
    lock = Lock()
    lock.on(LOCK_HEARD)
    for _ in range(3 * SETTLE_STEPS):
        lock.judge(0, SETTLE_AGREEMENT - 1)
    assert lock.state == ACQUIRING
    for _ in range(SETTLE_STEPS):
        lock.judge(0, SETTLE_AGREEMENT)
    assert lock.state == LOCKED
