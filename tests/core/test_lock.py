"""The states of a lock: the table, the judgement, and the diagram in the docs."""

import itertools

import pytest

from ascpi_core.lock import (
    ACQUIRING,
    ALONE,
    AUTHORITY,
    DESERTED,
    EVENTS,
    HEARD,
    HOLDOVER,
    LOCK_ARC,
    LOCKED,
    SETTLE_AGREEMENT,
    SETTLE_BLINDLY_STEPS,
    SETTLE_STEPS,
    SETTLED,
    STATES,
    STRAY_ARC,
    STRAYED,
    TRANSITIONS,
    Lock,
)
from tests.core.state_diagram import PAGE, diagram, in_page


def after(*events: int) -> Lock:
    lock = Lock()
    for event in events:
        lock.on(event)
    return lock


def settled() -> Lock:
    return after(HEARD, SETTLED)


def test_the_table_is_complete_and_every_state_is_reached() -> None:
    assert len(TRANSITIONS) == len(STATES)
    assert all(len(row) == len(EVENTS) for row in TRANSITIONS)
    reached = {ALONE}
    for _ in STATES:
        reached |= {TRANSITIONS[state][event] for state in reached for event in range(len(EVENTS))}
    assert reached == set(range(len(STATES)))


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
        (HEARD, ACQUIRING),
        (SETTLED, LOCKED),
        (STRAYED, ACQUIRING),
        (SETTLED, LOCKED),
        (DESERTED, HOLDOVER),
        (HEARD, HOLDOVER),
        (SETTLED, LOCKED),
        (DESERTED, HOLDOVER),
        (STRAYED, ACQUIRING),
        (DESERTED, ALONE),
    ):
        lock.on(event)
        assert lock.state == state


def test_whoever_was_never_locked_is_never_in_holdover() -> None:
    for events in itertools.product((HEARD, DESERTED, STRAYED), repeat=5):
        assert after(*events).state in (ALONE, ACQUIRING)


def test_settling_takes_so_many_steps_in_a_row() -> None:
    lock = after(HEARD)
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
    lock = after(HEARD)
    for _ in range(SETTLE_BLINDLY_STEPS - 1):
        lock.judge(0, measured=False)
        assert lock.state == ACQUIRING
    lock.judge(0, measured=False)
    assert lock.state == LOCKED
    lock = after(HEARD)
    for _ in range(SETTLE_STEPS):
        lock.judge(0, measured=False)
    assert lock.state == ACQUIRING
    lock.judge(0, measured=True)
    assert lock.state == LOCKED


def test_settling_begins_anew_after_being_alone() -> None:
    lock = after(HEARD)
    for _ in range(SETTLE_STEPS - 1):
        lock.judge(0)
    lock.on(DESERTED)
    lock.on(HEARD)
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
    lock = after(HEARD, SETTLED, DESERTED)
    for _ in range(SETTLE_STEPS):
        assert lock.state == HOLDOVER
        lock.judge(LOCK_ARC)
    assert lock.state == LOCKED
    lock = after(HEARD, SETTLED, DESERTED)
    lock.judge(STRAY_ARC + 1)
    assert lock.state == ACQUIRING


def test_the_diagram_in_the_docs_is_that_of_the_table() -> None:
    """After a change: python -m tests.core.state_diagram --write."""
    assert in_page(PAGE.read_text("utf-8")) == diagram()


def test_no_error_among_phases_that_do_not_agree_is_no_lock() -> None:
    lock = Lock()
    lock.on(HEARD)
    for _ in range(3 * SETTLE_STEPS):
        lock.judge(0, SETTLE_AGREEMENT - 1)
    assert lock.state == ACQUIRING
    for _ in range(SETTLE_STEPS):
        lock.judge(0, SETTLE_AGREEMENT)
    assert lock.state == LOCKED
