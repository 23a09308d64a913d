"""Every preset does what it says; the same seed always does the same."""

import hashlib
import math
from collections import Counter
from dataclasses import replace

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ascpi.air.model import Air, Station
from ascpi.air.preset import BEACON_INTERVAL_US, PRESETS

SEED = 20_26
PACKETS = 20_000

# So far apart that the queue of a link never holds a packet back: longer than the greatest delay,
# 22.2 means of the jitter and a spike.
APART_US = 600_000


def fates(name: str, apart_us: int = APART_US, seed: int = SEED) -> list[tuple[int, ...]]:
    """The delays of each packet of one link."""
    air = Air(PRESETS[name], seed)
    times = range(0, PACKETS * apart_us, apart_us)
    return [tuple(at - now for at in air.deliveries(now, 1, 2)) for now in times]


def bound(ratio: float, count: int = PACKETS) -> float:
    """5 standard deviations of a binomial's ratio."""
    return 5 * math.sqrt(ratio * (1 - ratio) / count)


def percentile_bound(preset_mean_us: float, ratio: float, count: int) -> float:
    """5 standard deviations of an exponential's percentile: mean · √(p / ((1 − p) n))."""
    return 5 * preset_mean_us * math.sqrt(ratio / ((1 - ratio) * count)) + 1


@pytest.mark.parametrize("name", PRESETS)
def test_the_ratio_of_losses(name: str) -> None:
    expected = PRESETS[name].loss_per_million / 1e6
    lost = sum(not fate for fate in fates(name)) / PACKETS
    assert abs(lost - expected) <= bound(expected)


@pytest.mark.parametrize("name", PRESETS)
def test_the_ratio_of_duplicates(name: str) -> None:
    expected = PRESETS[name].duplicate_per_million / 1e6
    heard = [fate for fate in fates(name) if fate]
    twice = sum(len(fate) == 2 for fate in heard) / len(heard)
    assert abs(twice - expected) <= bound(expected, len(heard))


@pytest.mark.parametrize("name", ["clean", "harsh"])
def test_the_delay_is_a_base_and_an_exponential(name: str) -> None:
    preset = PRESETS[name]
    delays = numpy.array([fate[0] for fate in fates(name) if fate]) - preset.base_delay_us
    mean_us = preset.jitter_mean_us
    assert delays.min() >= 0
    assert delays.min() <= mean_us / 100
    assert abs(delays.mean() - mean_us) < 5 * mean_us / math.sqrt(len(delays))
    for ratio in (0.5, 0.95, 0.99):
        expected = -mean_us * math.log(1 - ratio)
        found = numpy.quantile(delays, ratio)
        assert abs(found - expected) < percentile_bound(mean_us, ratio, len(delays))


def test_wifi_has_spikes() -> None:
    """1 % get 0 … 60 ms more; beyond 2 + 3·ln(10^6) = 43 ms there is next to nothing else."""
    preset = PRESETS["wifi"]
    delays = numpy.array([fate[0] for fate in fates("wifi") if fate])
    jitter = delays - preset.base_delay_us
    # Of the spikes, (60 − 41) / 60 and a little more reach beyond 43 ms.
    beyond = float((delays > 43_000).mean())
    assert 0.01 * 19 / 60 - bound(0.0032) < beyond < 0.01 * 26 / 60 + bound(0.0043)
    assert delays.max() < 2_000 + 60_000 + 22.2 * 3_000
    mean_us = 3_000 + 0.01 * 30_000
    # The spread of exponential and spikes together is 4.6 ms.
    assert abs(jitter.mean() - mean_us) < 5 * 4_600 / math.sqrt(len(jitter))
    assert abs(numpy.median(jitter) - 3_000 * math.log(2)) < 100


def test_spikes_are_counted() -> None:
    air = Air(PRESETS["wifi"], SEED)
    for now in range(PACKETS):
        air.deliveries(now * APART_US, 1, 2)
    assert abs(air.counters.spiked / air.counters.delivered - 0.01) < bound(0.01)


@pytest.mark.parametrize("name", [name for name, preset in PRESETS.items() if not preset.reorder])
@given(
    seed=st.integers(0, 1000),
    gaps_us=st.lists(st.integers(0, 5_000), min_size=2, max_size=60),
    spike_per_million=st.sampled_from([0, 500_000, 1_000_000]),
    duplicate_per_million=st.sampled_from([0, 500_000]),
)
def test_nothing_overtakes(
    name: str, seed: int, gaps_us: list[int], spike_per_million: int, duplicate_per_million: int
) -> None:
    preset = replace(
        PRESETS[name],
        spike_per_million=spike_per_million,
        spike_max_us=60_000,
        duplicate_per_million=duplicate_per_million,
    )
    air = Air(preset, seed)
    now_us = latest_us = 0
    for gap_us in gaps_us:
        now_us += gap_us
        for at_us in air.deliveries(now_us, "a", "b"):
            assert at_us >= now_us + preset.base_delay_us
            assert at_us >= latest_us
            latest_us = at_us


def test_in_harsh_packets_do_overtake() -> None:
    air = Air(PRESETS["harsh"], SEED)
    times = [at for now in range(0, 1_000_000, 5_000) for at in air.deliveries(now, 1, 2)]
    assert times != sorted(times)


def test_a_sleeping_receiver_hears_at_beacons_only() -> None:
    air = Air(PRESETS["powersave"], SEED)
    awake = Air(PRESETS["wifi"], SEED)
    moments: Counter[int] = Counter()
    for now_us in range(0, 60_000_000, 7_000):
        for receiver in (2, 3):
            heard = air.deliveries(now_us, 1, receiver)
            arrival = awake.deliveries(now_us, 1, receiver)
            assert len(heard) == len(arrival)
            for at_us, arrived_us in zip(heard, arrival, strict=True):
                assert 0 <= at_us - arrived_us < BEACON_INTERVAL_US
                moments[at_us % BEACON_INTERVAL_US] += 1
    # One access point: every receiver wakes for the same beacons.
    assert len(moments) == 1


def test_beacons_of_another_seed_come_at_other_moments() -> None:
    moments = {Air(PRESETS["powersave"], seed).next_beacon_us(0) for seed in range(20)}
    assert len(moments) > 15
    assert all(0 <= moment < BEACON_INTERVAL_US for moment in moments)


# The first 1000 fates of each preset for the seed 1, as a hash. They change if, and only if, the
# air changes: then every simulation's seed means something else, which the changelog must say.
GOLDEN = {
    "clean": "46f3d40f09a4b6bd",
    "wifi": "416f95d5e7bb4bb7",
    "powersave": "3fc85372cb40c114",
    "harsh": "d150f8b590f3378a",
}


@pytest.mark.parametrize("name", PRESETS)
def test_a_seed_means_the_same_for_ever(name: str) -> None:
    air = Air(PRESETS[name], 1)
    found = [air.deliveries(now * 20_000, "a", 7) for now in range(1000)]
    assert hashlib.sha256(repr(found).encode()).hexdigest()[:16] == GOLDEN[name]


def test_other_traffic_changes_no_fate() -> None:
    quiet, busy = Air(PRESETS["harsh"], SEED), Air(PRESETS["harsh"], SEED)
    for now_us in range(0, 10_000_000, 50_000):
        busy.deliveries(now_us, 2, 1)
        busy.deliveries(now_us, 1, 3)
        assert quiet.deliveries(now_us, 1, 2) == busy.deliveries(now_us, 1, 2)


def test_links_and_seeds_differ() -> None:
    air, other = Air(PRESETS["wifi"], 1), Air(PRESETS["wifi"], 2)
    links: list[tuple[Station, Station]] = [(1, 2), (2, 1), (1, 3), ("1", 2)]
    sent = [tuple(air.deliveries(now * 20_000, *link) for now in range(20)) for link in links]
    sent.append(tuple(other.deliveries(now * 20_000, 1, 2) for now in range(20)))
    assert len(set(sent)) == 5


def test_a_loss_or_a_partition_changes_no_other_delay() -> None:
    """A test may strike a fault in mid-run and still compare with the run without it."""
    plain, struck = Air(PRESETS["clean"], SEED), Air(PRESETS["clean"], SEED)
    struck.lose(500_000)
    both = lost = 0
    for turn, now_us in enumerate(range(0, 10_000_000, 10_000)):
        struck.partition([[1], [2]] if 300 <= turn < 400 else [])
        one, other = plain.deliveries(now_us, 1, 2), struck.deliveries(now_us, 1, 2)
        lost += not other
        if other:
            assert one == other
            both += 1
    assert struck.counters.partitioned == 100
    assert struck.counters.lost == lost - 100
    assert both == struck.counters.delivered


def test_a_partition_parts_both_ways_and_heals() -> None:
    air = Air(PRESETS["clean"], SEED)

    def hears(sender: int, receiver: int) -> bool:
        return bool(air.deliveries(0, sender, receiver))

    air.partition([[1, 2], [3]])
    pairs = [(1, 2), (2, 1), (1, 3), (3, 1), (4, 5), (1, 4), (4, 3)]
    assert [hears(*pair) for pair in pairs] == [True, True, False, False, True, False, False]
    air.partition([])
    assert all(hears(*pair) for pair in pairs)


def test_a_station_is_in_one_group() -> None:
    with pytest.raises(ValueError, match="1 is in two groups"):
        Air(PRESETS["clean"], SEED).partition([[1], [1, 2]])


def test_loss_of_one_link_one_way() -> None:
    air = Air(PRESETS["clean"], SEED)
    air.lose_on(1, 2, 1_000_000)
    assert not air.deliveries(0, 1, 2)
    assert air.deliveries(0, 2, 1)
    air.lose_on(1, 2, None)
    assert air.deliveries(0, 1, 2)


def test_loss_of_all_links_but_those_with_their_own() -> None:
    air = Air(PRESETS["harsh"], SEED)
    air.lose(1_000_000)
    air.lose_on(1, 2, 0)
    assert all(air.deliveries(now, 1, 2) for now in range(100))
    assert not any(air.deliveries(now, 2, 1) for now in range(100))
    air.lose(None)
    assert any(air.deliveries(now, 2, 1) for now in range(100))


@pytest.mark.parametrize("per_million", [-1, 1_000_001])
def test_an_impossible_loss_is_refused(per_million: int) -> None:
    with pytest.raises(ValueError, match="must be 0"):
        Air(PRESETS["clean"], SEED).lose(per_million)


def test_every_packet_is_counted_once() -> None:
    air = Air(PRESETS["harsh"], SEED)
    heard = 0
    for now in range(5_000):
        air.partition([[1], [2]] if now % 10 == 0 else [])
        heard += len(air.deliveries(now, 1, 2))
    counters = air.counters
    assert counters.partitioned == 500
    assert counters.delivered + counters.lost + counters.partitioned == 5_000
    assert counters.delivered + counters.duplicated == heard
