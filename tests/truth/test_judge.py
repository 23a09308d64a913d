import pytest

from ascpi.truth.field import Field, Moment
from ascpi.truth.judge import LockJudge, is_lock


def moment(at_us: int, *phases: float | None) -> Moment:
    field = Field(range(len(phases)))
    for node, phase in enumerate(phases):
        if phase is not None:
            field.add(node, at_us, phase)
    return field.at(at_us)


@pytest.mark.parametrize(
    ("phases", "expected"),
    [
        ((0.1, 0.1, 0.1), True),
        ((0.995, 0.0, 0.005), True),
        ((0.1, 0.1, 0.12), False),  # C is 0.99, and yet one is out
        ((0.0, 0.5), False),
        ((0.1, 0.1, None), False),
        ((0.1,), False),  # one phase agrees with itself too easily
        ((), False),
    ],
)
def test_what_a_lock_is(phases: tuple[float | None, ...], expected: bool) -> None:
    assert is_lock(moment(0, *phases)) is expected


def test_the_edge_of_the_arc() -> None:
    assert is_lock(moment(0, 0.4901, 0.5099))
    assert not is_lock(moment(0, 0.4899, 0.5101))


def test_time_to_lock_is_the_first_instant_from_which_it_holds() -> None:
    judge = LockJudge()
    judge.came_up(1_000_000)
    judge.came_up(400_000)
    judge.came_up(700_000)
    assert judge.time_to_lock_s is None
    for at_us, other in ((1_000_000, 0.0), (1_100_000, 0.3), (1_400_000, 0.001), (9_000_000, 0.0)):
        judge.add(moment(at_us, 0.0, other))
    assert judge.locked
    assert judge.losses == 1
    assert judge.time_to_lock_s == pytest.approx(1.0)


def test_a_lock_that_is_lost_at_the_end_is_none() -> None:
    judge = LockJudge()
    judge.came_up(0)
    judge.add(moment(1_000_000, 0.0, 0.0))
    judge.add(moment(2_000_000, 0.0, 0.2))
    assert not judge.locked
    assert judge.time_to_lock_s is None
