"""No intermediate result of the node leaves the 31 bits of a board's small integers."""

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ascpi.simulation import SECOND_US, Field
from ascpi_core.settings import ROWS, check_settings
from tests.core.small import NotSmall, large_constants, load, searched

phases = st.integers(0, (1 << 28) - 1) | st.sampled_from(
    [quarter * (1 << 26) + off & 0xFFFFFFF for quarter in range(5) for off in (-1, 0, 1)]
)
ticks = st.integers(0, (1 << 30) - 1)
rates = st.sampled_from([10, 11, 999, 1000, 1001, 3725, 9999, 10_000])
trims = st.sampled_from([-(1 << 24), -1, 0, 1, 1 << 24])


def test_the_check_itself_notices() -> None:
    sine = load("fixed").sine
    assert sine(1 << 26) == 1 << 20
    with pytest.raises(NotSmall, match=r"fixed\.py"):
        load("fixed").ticks_diff(1 << 31, 0)


def test_no_function_names_an_integer_that_is_not_small() -> None:
    assert list(large_constants()) == []


@given(ticks, ticks)
@example(0, (1 << 30) - 1)
def test_ticks(later: int, earlier: int) -> None:
    module = load("fixed")
    assert module.ticks_add(earlier, module.ticks_diff(later, earlier)) == later


@given(phases, phases)
def test_circle_and_trigonometry(one: int, other: int) -> None:
    fixed, fusion = load("fixed"), load("fusion")
    fixed.arc(one, other)
    fixed.sine(one)
    fixed.cosine(other)
    fusion.midpoint(one, other)


@given(st.integers(-(1 << 29), 1 << 29), st.integers(-(1 << 29), 1 << 29))
@example(1 << 29, 1 << 29)
@example(-(1 << 29), (1 << 29) - 1)
@example((1 << 20) - 1, (1 << 20) - 1)
def test_angle(y: int, x: int) -> None:
    load("fixed").angle(y, x)
    searched()


@pytest.mark.parametrize("theta", [n * (1 << 25) + off for n in range(8) for off in (-1, 0, 1)])
def test_a_mean_of_the_most_phases_that_there_may_be(theta: int) -> None:
    mean = load("phase").CircularMean()
    mean.add([theta] * 511, 511)
    mean.mean()
    assert load("phase").coherence_of(mean.length()) >= 32768 - 16  # exact: 32768


@given(st.lists(st.integers(-(1 << 29), 1 << 29), min_size=1, max_size=20))
def test_mean(thetas: list[int]) -> None:
    mean = load("phase").CircularMean()
    mean.add(thetas, len(thetas))
    mean.mean()
    load("phase").coherence_of(mean.length())
    searched()


@given(st.integers(0, 5 << 15), st.integers(0, 32767), st.integers(0, 32767))
@example(5 << 15, 32767, 32767)
@example(5 << 15, 32767, 32766)
def test_unit_and_fusion(x: int, one: int, other: int) -> None:
    unit, fusion = load("fixed"), load("fusion")
    unit.exp_negative(x)
    fusion.fuse_dphi(one, other)
    fusion.fuse_kappa(one, other)
    fusion.fuse_coherence(one + 1, other + 1)
    searched()


def test_a_field_of_511_with_couplings_from_a_64th_up() -> None:
    field = load("phase").FieldMean()
    for _ in range(511):
        field.add(32767, 512)
    assert (field.dphi(), field.kappa()) == (32767, 512)


@given(st.integers(-(1 << 27), 1 << 27), st.integers(1, 10_000))
@example(-(1 << 27), 10_000)
@example(1 << 27, 10_000)
def test_supervisor(error: int, alpha: int) -> None:
    supervisor = load("phase")
    supervisor.correction(error, alpha)
    supervisor.gain_of(error, alpha, alpha)
    searched()


@given(rates, trims, phases, phases, ticks, st.integers(-(1 << 29), (1 << 29) - 1))
@example(10_000, 1 << 24, (1 << 28) - 1, 0, (1 << 30) - 1, 65535)
@example(10_000, 1 << 24, (1 << 28) - 1, 0, 0, -65535)
@example(10_000, 1 << 24, (1 << 28) - 1, 0, 0, (1 << 29) - 1)
def test_oscillator(
    rate_mhz: int, trim: int, theta: int, to: int, start: int, elapsed: int
) -> None:
    oscillator = load("phase").Oscillator(rate_mhz, start, theta)
    oscillator.set_trim(trim, start)
    if -(1 << 24) < elapsed < 1 << 24:
        oscillator.at((start + elapsed) & 0x3FFFFFFF)
        oscillator.span(abs(elapsed))
    oscillator.advance((start + elapsed) & 0x3FFFFFFF)
    oscillator.duration(to - theta)
    for skew in (-(1 << 18) + 1, (1 << 18) - 1):
        oscillator.drift_of_skew(skew)
    searched()


@given(
    st.integers(-(1 << 27), 1 << 27),
    st.integers(-(1 << 24), 1 << 24),
    rates,
    st.integers(1, 2500),
    st.sampled_from([10_000, 50_000, 200_000]),
)
@example(1 << 27, 1 << 24, 10_000, 2500, 10_000)
@example(-(1 << 27), -(1 << 24), 10_000, 2500, 10_000)
def test_rate_steering(error: int, rate: int, rate_mhz: int, alpha: int, step_us: int) -> None:
    """The integral at its bound, the common rate on its way from one end to the other."""
    steering = load("phase").RateSteering(alpha, step_us, rate_mhz)
    for sign in (1, -1):
        steering.aim(sign * rate, True, sign > 0)
        for _ in range(200):
            steering.steer(sign * error)
    for _ in range(4000):
        steering.steer(error)
    searched()


delays = st.integers(0, 999_999) | st.integers(0, 3000)


@given(
    st.lists(st.tuples(st.integers(1, 15_000_000), delays, delays, st.booleans()), max_size=60),
    st.integers(-244, 244),
    ticks,
    st.integers(0, 1 << 20),
)
@example(
    [(4_300_000, 999_999 * (n % 2), 999_999 * (n % 3 // 2), True) for n in range(60)], 9, 0, 0
)
@example([(5_000_000, 0, 999_999 * (n > 30), True) for n in range(60)], 244, 1 << 29, 0)
@example([(5_000_000, 999_999 * (n > 30), 0, True) for n in range(60)], -244, 1 << 29, 1 << 20)
def test_peer_clock_and_its_fit(
    packets: list[tuple[int, int, int, bool]], skew_ppm: int, offset: int, usual_half_gap: int
) -> None:
    """Packets after any silence up to 15 s, with any delay below a second either way."""
    clock, fit = load("clock_filter").ClockFilter(), load("clock_filter").ClockFit()
    now = 0
    for gap_us, there_us, here_us, echoed in packets:
        now += gap_us
        theirs = now + offset + now * skew_ppm // 10**6
        clock.hear(now & 0x3FFFFFFF, (theirs - there_us) & 0x3FFFFFFF, usual_half_gap)
        if echoed:
            clock.echo((now - 2_000_000) & 0x3FFFFFFF, (theirs + here_us - 2_000_000) & 0x3FFFFFFF)
        for _ in range(3):
            fit.begin(clock, now & 0x3FFFFFFF, usual_half_gap)
            while not fit.work():
                pass
        clock.offset(now & 0x3FFFFFFF)
    searched()


@given(st.lists(st.integers(1, (1 << 14) - 1), min_size=1, max_size=40), st.integers(1, 510))
@example([(1 << 14) - 1], 510)
def test_survey(deviations_us: list[int], count: int) -> None:
    membership = load("peers").Membership(count, load("peers").EventRing())
    lock = load("phase").Lock()
    survey = load("clock_filter").ClockEnsemble(membership, lock)
    for number in range(count):
        peer = membership.add(number + 1, 1, 0)
        membership.enter(peer)
        peer.state = 2
        peer.clock.deviation_us = deviations_us[number % len(deviations_us)]
        peer.clock.skew = ((1 << 18) - 1) * (1 if number % 3 else -1)
        peer.clock.fits = 1
    for _ in range(2):
        while not survey.work(0, 0):
            pass
    searched()


@given(
    st.lists(st.integers(-(1 << 27), (1 << 27) - 1), min_size=1, max_size=20),
    st.sampled_from([1, 2, 3]),
    st.sampled_from([0, 1, 1 << 12, 1 << 22]),
)
def test_cluster_phase(arcs: list[int], state: int, reach: int) -> None:
    view = load("phase").ClusterPhase(999, 510)
    mesh = load("topology").make_topology(0)
    peers = []
    for number, theta in enumerate(arcs):
        made = load("peers").Peer()
        made.begin(number + 1, 1)
        made.state = 2
        made.offset = theta & 0xFFFFFFF
        peers.append(made)
    for _ in range(3):
        view.look(peers, 0, state, mesh, 0, reach)
    searched()


def checked_node(
    node_id: int, epoch: int, now: int, tagger: object = None, **settings: object
) -> Any:
    values, _ = check_settings({"id": node_id, **settings}, ROWS)
    made = load("settings").NodeSettings(values)
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
        board.node.means().dphi()
        board.node.shown(board.ticks(field.now_us))
