"""The parts of a simulated world: flash, air, clock, faults."""

import hashlib

import pytest

from ascpi.air.preset import Preset
from ascpi.errors import AscpiError
from ascpi.sim.air import Sky
from ascpi.sim.clock import BILLION, Clock
from ascpi.sim.faults import FAULTS, SWARM, check_faults, chosen, mix_of
from ascpi.sim.flash import (
    CUT_AFTER,
    CUT_BEFORE,
    CUT_WITHIN,
    DONE,
    REFUSED,
    Fate,
    Flash,
    PowerCut,
)
from ascpi.sim.tagger import SharedTagger
from ascpi_core.fixed import TICKS_MASK
from ascpi_core.ssep import Tagger

SECOND_US = 1_000_000


class Writes:
    """A flash whose next write has a fate that the test names."""

    def __init__(self) -> None:
        self.fate = DONE
        self.told: list[tuple[str, bytes, Fate]] = []
        self.flash = Flash(lambda what, count: self.fate, self.note)

    def note(self, what: str, data: bytes, fate: Fate) -> None:
        self.told.append((what, data, fate))


def test_a_flash_keeps_what_was_written() -> None:
    writes = Writes()
    flash = writes.flash
    assert flash.read(0, 10) == b""
    buffer = bytearray(b"abc")
    flash.append(memoryview(buffer))
    buffer[0] = 0
    flash.append(b"def")
    assert flash.read(1, 4) == b"bcde"
    assert flash.read(5, 10) == b"f"
    flash.replace(b"xy")
    assert flash.read(0, 10) == b"xy"
    assert [what for what, _, _ in writes.told] == ["append", "append", "replace"]


@pytest.mark.parametrize(
    ("fate", "appended", "replaced"),
    [
        (Fate(CUT_BEFORE), b"old", b"old"),
        (Fate(CUT_WITHIN, 2), b"oldne", b"old"),
        (Fate(CUT_AFTER), b"oldnew", b"new"),
    ],
)
def test_the_power_goes_at_any_point_of_a_write(
    fate: Fate, appended: bytes, replaced: bytes
) -> None:
    for replaces in (False, True):
        writes = Writes()
        writes.flash.append(b"old")
        writes.fate = fate
        write = writes.flash.replace if replaces else writes.flash.append
        with pytest.raises(PowerCut):
            write(b"new")
        assert writes.flash.content == (replaced if replaces else appended)
        assert writes.told[-1][2] == fate


def test_a_write_that_fails_may_leave_something_behind() -> None:
    writes = Writes()
    writes.fate = Fate(REFUSED, 1)
    with pytest.raises(OSError, match="full"):
        writes.flash.append(b"new")
    assert writes.flash.content == b"n"


def test_a_clock_is_the_integral_of_its_error() -> None:
    clock = Clock(0, ppb=-20_000, amplitude_ppb=9_000, period_us=60 * SECOND_US, shift_us=12_345)
    clock.switch_on(0)
    # The constant part, and nothing of the wave after a whole period.
    assert clock.gain(60 * SECOND_US) - clock.gain(0) == -20_000 * 60 * SECOND_US
    # Between two neighbouring µs it is never off by more than both parts.
    for at_us in range(0, 60 * SECOND_US, 1_234_567):
        error_ppb = clock.gain(at_us + 1) - clock.gain(at_us)
        assert -29_001 <= error_ppb <= -10_999
    gained_us = (clock.gain(15 * SECOND_US) - clock.gain(0)) // BILLION
    assert clock.ticks(15 * SECOND_US) == 15 * SECOND_US + gained_us


def test_ticks_begin_anew_at_a_boot_and_at_their_end() -> None:
    clock = Clock(TICKS_MASK - 999)
    clock.switch_on(5)
    assert (clock.epoch, clock.ticks(5)) == (1, TICKS_MASK - 999)
    assert clock.ticks(1005) == 0
    assert clock.wraps == 1
    clock.switch_on(2000)
    assert (clock.epoch, clock.ticks(2010), clock.wraps) == (2, TICKS_MASK - 989, 1)


def sky(**options: int) -> Sky:
    preset = Preset("test", base_delay_us=1000, jitter_mean_us=0)
    return Sky(preset, options.get("corrupt", 0), 1, dict.fromkeys(FAULTS, 0))


def test_a_link_can_be_cut_one_way_for_a_time() -> None:
    air = sky()
    air.deafen(1, 2, 5000)
    assert air.fates(4999, 1, 2) == []
    assert air.fates(4999, 2, 1) == [(5999, 0, False)]
    assert air.fates(5000, 1, 2) == [(6000, 0, False)]
    assert air.struck["oneway"] == 1


def test_a_clogged_link_lets_go_all_at_once() -> None:
    air = sky()
    air.clog(1, 2, 9000)
    assert [air.fates(at_us, 1, 2)[0][0] for at_us in (0, 3000, 8500)] == [9000, 9000, 9500]
    assert air.fates(0, 1, 3) == [(1000, 0, False)]
    assert air.struck["clog"] == 2


def test_the_air_falls_apart_and_heals() -> None:
    air = sky()
    air.part([1, 3], 5000)
    assert air.fates(10, 1, 2) == []
    assert air.fates(10, 1, 3) != []
    assert air.fates(5000, 1, 2) != []


def test_flipped_bits_are_few_and_never_none() -> None:
    air = sky(corrupt=1_000_000)
    assert air.fates(0, 1, 2) == [(1000, 0, True)]
    counts = set()
    for _ in range(300):
        damaged = air.flip(bytes(64))
        counts.add(sum(bin(octet).count("1") for octet in damaged))
    assert counts == {1, 2, 3}
    air.calm(Preset("calm", base_delay_us=1000, jitter_mean_us=0))
    assert air.fates(0, 1, 2) == [(1000, 0, False)]


def test_faults_are_named_or_drawn() -> None:
    assert check_faults("swarm") == (SWARM,)
    assert check_faults("none") == ()
    assert check_faults("tear, loss,tear") == ("loss", "tear")
    with pytest.raises(AscpiError, match="hail is no fault"):
        check_faults("hail")
    assert chosen(("loss",), 3) == ("loss",)
    drawn = [chosen((SWARM,), seed) for seed in range(100)]
    assert len(set(drawn)) > 90
    for name in FAULTS:
        share = sum(name in names for names in drawn)
        # 40 of a hundred (12 and 20 for the rare ones): four standard deviations and more.
        assert 1 <= share <= 65, name


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_has_a_strength_of_its_own(name: str) -> None:
    calm = mix_of((), 1)
    mixes = [mix_of((name,), seed) for seed in range(8)]
    changed = [
        {key for key, value in vars(mix).items() if value != vars(calm)[key]} for mix in mixes
    ]
    assert all("names" in keys and len(keys) > 1 for keys in changed)
    if name not in ("reorder", "powersave"):
        assert len({tuple(vars(mix).values()) for mix in mixes}) > 1


def test_a_tag_that_is_remembered_is_the_one_that_was_made_out() -> None:
    tagger, plain = SharedTagger(b"key"), Tagger(b"key", hashlib.sha256)
    for number in range(100):
        packet = bytearray(64)
        packet[4] = number
        plain.sign(packet)
        damaged = bytearray(packet)
        damaged[number % 64] ^= 1
        for _ in range(2):
            assert tagger.verify(packet)
            assert not tagger.verify(damaged)
