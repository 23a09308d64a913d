"""No intermediate result of the node leaves the 31 bits of a board's small integers."""

from typing import Any

import pytest
from hypothesis import example, given, target
from hypothesis import strategies as st

from ascpi.simulation import SECOND_US, Field
from ascpi_core.node_settings import ROWS
from ascpi_core.settings import check
from tests.core.small import Gauge, NotSmall, large_constants, load

phases = st.integers(0, (1 << 28) - 1) | st.sampled_from(
    [quarter * (1 << 26) + off & 0xFFFFFFF for quarter in range(5) for off in (-1, 0, 1)]
)
ticks = st.integers(0, (1 << 30) - 1)
rates = st.sampled_from([10, 11, 999, 1000, 1001, 3725, 9999, 10_000])
trims = st.sampled_from([-(1 << 24), -1, 0, 1, 1 << 24])


def searched(label: str = "") -> None:
    """Tell hypothesis how large it got: it goes on from there."""
    target(float(Gauge.largest), label=label)
    Gauge.largest = 0


def test_the_check_itself_notices() -> None:
    sine = load("trigonometry").sine
    assert sine(1 << 26) == 1 << 20
    with pytest.raises(NotSmall, match=r"ticks\.py"):
        load("ticks").ticks_diff(1 << 31, 0)


def test_no_function_names_an_integer_that_is_not_small() -> None:
    assert list(large_constants()) == []


@given(ticks, ticks)
@example(0, (1 << 30) - 1)
def test_ticks(later: int, earlier: int) -> None:
    module = load("ticks")
    assert module.ticks_add(earlier, module.ticks_diff(later, earlier)) == later


@given(phases, phases)
def test_circle_and_trigonometry(one: int, other: int) -> None:
    circle, trigonometry = load("circle"), load("trigonometry")
    circle.midpoint(one, other)
    trigonometry.sine(one)
    trigonometry.cosine(other)


@given(st.integers(-(1 << 29), 1 << 29), st.integers(-(1 << 29), 1 << 29))
@example(1 << 29, 1 << 29)
@example(-(1 << 29), (1 << 29) - 1)
@example((1 << 20) - 1, (1 << 20) - 1)
def test_angle(y: int, x: int) -> None:
    load("trigonometry").angle(y, x)
    searched()


@pytest.mark.parametrize("theta", [n * (1 << 25) + off for n in range(8) for off in (-1, 0, 1)])
def test_a_mean_of_the_most_phases_that_there_may_be(theta: int) -> None:
    mean = load("mean").CircularMean()
    mean.add([theta] * 511, 511)
    mean.mean()
    assert load("coherence").coherence(mean.length()) >= 32768 - 16  # exact: 32768


@given(st.lists(st.integers(-(1 << 29), 1 << 29), min_size=1, max_size=20))
def test_mean(thetas: list[int]) -> None:
    mean = load("mean").CircularMean()
    mean.add(thetas, len(thetas))
    mean.mean()
    load("coherence").coherence(mean.length())
    searched()


@given(st.integers(0, 5 << 15), st.integers(0, 32767), st.integers(0, 32767))
@example(5 << 15, 32767, 32767)
@example(5 << 15, 32767, 32766)
def test_unit_and_fusion(x: int, one: int, other: int) -> None:
    unit, fusion = load("unit"), load("fusion")
    unit.exp_negative(x)
    fusion.fuse_dphi(one, other)
    fusion.fuse_kappa(one, other)
    fusion.fuse_coherence(one + 1, other + 1)
    searched()


def test_a_field_of_511_with_couplings_from_a_64th_up() -> None:
    field = load("fusion").FieldMean()
    for _ in range(511):
        field.add(32767, 512)
    assert (field.dphi(), field.kappa()) == (32767, 512)


@given(st.integers(-(1 << 27), 1 << 27), st.integers(1, 10_000))
@example(-(1 << 27), 10_000)
@example(1 << 27, 10_000)
def test_supervisor(error: int, alpha: int) -> None:
    supervisor = load("supervisor")
    supervisor.correction(error, alpha)
    supervisor.gear(error, alpha, alpha)
    searched()


@given(rates, trims, phases, phases, ticks, st.integers(-(1 << 29), (1 << 29) - 1))
@example(10_000, 1 << 24, (1 << 28) - 1, 0, (1 << 30) - 1, 65535)
@example(10_000, 1 << 24, (1 << 28) - 1, 0, 0, -65535)
@example(10_000, 1 << 24, (1 << 28) - 1, 0, 0, (1 << 29) - 1)
def test_oscillator(
    rate_mhz: int, trim: int, theta: int, to: int, start: int, elapsed: int
) -> None:
    oscillator = load("oscillator").Oscillator(rate_mhz, start, theta)
    oscillator.set_trim(trim, start)
    if -(1 << 24) < elapsed < 1 << 24:
        oscillator.at((start + elapsed) & 0x3FFFFFFF)
        oscillator.span(abs(elapsed))
    oscillator.advance((start + elapsed) & 0x3FFFFFFF)
    oscillator.time_until(theta, to)
    for skew in (-(1 << 18) + 1, (1 << 18) - 1):
        oscillator.drift_of_skew(skew)
    searched()


@given(
    st.lists(st.tuples(st.integers(1, 15_000_000), st.integers(0, 999_999)), max_size=40),
    st.integers(-244, 244),
    ticks,
)
def test_peer_clock(packets: list[tuple[int, int]], skew_ppm: int, offset: int) -> None:
    """Packets after any silence up to 15 s, with any delay below a second, echoes as slow."""
    clock = load("peer_clock").PeerClock()
    now = 0
    for gap_us, delay_us in packets:
        now += gap_us
        theirs = now + offset + now * skew_ppm // 10**6
        clock.hear(now & 0x3FFFFFFF, (theirs - delay_us) & 0x3FFFFFFF)
        clock.echo(now & 0x3FFFFFFF, (now - 2 * delay_us) & 0x3FFFFFFF, (theirs) & 0x3FFFFFFF)
        clock.offset(now & 0x3FFFFFFF)
    searched()


def checked_node(
    node_id: int, epoch: int, now: int, tagger: object = None, **settings: object
) -> Any:
    values, _ = check({"id": node_id, **settings}, ROWS)
    made = load("node_settings").NodeSettings(values)
    return load("node").Node(made, epoch, node_id * 7919 + epoch, now, tagger)


@pytest.mark.parametrize("preset", ["powersave", "harsh"])
@pytest.mark.parametrize("rate_mhz", [10, 1000, 10_000])
def test_a_field_over_the_wrap_with_a_partition_a_restart_and_stalls(
    preset: str, rate_mhz: int
) -> None:
    """Crystals at 100 ppm apart from each other by twice that, and ticks that wrap after 4 s."""
    field = Field(
        5,
        1,
        preset,
        crystal_ppm=100,
        ticks_start=(1 << 30) - 4 * SECOND_US,
        maker=checked_node,
        rate_mhz=rate_mhz,
        max_peers=32,
    )
    field.run_until(8 * SECOND_US)
    field.air.partition([[1, 2]])
    field.stall(5, 20 * SECOND_US)
    field.run_until(32 * SECOND_US)
    field.air.partition([])
    field.power_off(4)
    field.run_until(34 * SECOND_US)
    field.power_on(4)
    field.run_until(50 * SECOND_US)
    assert len(field.samples) > 900
    for board in field.boards.values():
        assert board.node is not None
        board.node.field().dphi()
        board.node.time_until(0, board.ticks(field.now_us))
