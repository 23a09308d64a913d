"""The six types built in: what they do, show and keep."""

import random
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ascpi_core.fixed import BELOW_ONE
from ascpi_core.glyphs.glyph import Glyph
from ascpi_core.glyphs.kind import KAPPA_LEAST, Kind, World, get_word, put_word
from ascpi_core.glyphs.lifecycle import DEPARTING, OFFERED, STOPPED
from ascpi_core.glyphs.types import builtin
from ascpi_core.glyphs.types.sampler import WINDOW
from ascpi_core.phase import LOOSE
from tests.core.glyph_node import GlyphNode
from tests.core.small import load, searched

values = st.integers(0, BELOW_ONE)


def kind(name: str) -> Kind:
    found = builtin().by_name(name)
    assert found is not None
    return found


def told(glyph: Glyph, name: str) -> str:
    return kind(name).describe(bytes(glyph.state[:8]))


def test_an_implosive_gathers() -> None:
    node = GlyphNode()
    glyph = node.add("implosive", dphi=16384, kappa=4096)
    others = [node.add(dphi=32767), node.add(dphi=1)]
    node.turn()
    assert (glyph.dphi, glyph.kappa) == (14336, 4096 + 3584)
    assert [other.dphi for other in others] == [28671, 0]
    assert told(glyph, "implosive") == "turns=1 dphi=0.438"
    assert node.world.flashes == [(0, 40, 255, 40 + 64)]
    node.turn(100)
    assert (glyph.dphi, glyph.kappa) == (0, BELOW_ONE)
    assert [other.dphi for other in others] == [0, 0]
    assert (node.holding.dphi, told(glyph, "implosive")) == (0, "turns=101 dphi=0.000")
    assert node.world.flashes[-1] == (0, 40, 255, 40)


def test_an_explosive_is_its_opposite() -> None:
    node = GlyphNode()
    glyph = node.add("explosive", dphi=16384, kappa=4608)
    other = node.add(dphi=0, kappa=5)
    node.turn()
    assert (glyph.dphi, glyph.kappa) == (16384 + 2048, 4608 - 512)
    assert other.dphi == 4096
    assert node.world.flashes == [(255, 24, 0, 40 + 72)]
    node.turn(100)
    assert (glyph.dphi, other.dphi, glyph.kappa) == (BELOW_ONE, BELOW_ONE, KAPPA_LEAST)
    assert told(glyph, "explosive") == "turns=101 dphi=1.000"
    assert other.kappa == 5


def test_glyphs_that_are_on_their_way_are_left_alone() -> None:
    """Their ΔΦ has been told to the other side."""
    node = GlyphNode()
    node.add("implosive", dphi=800)
    offered, stopped = node.add(dphi=800), node.add(dphi=800)
    leaving = node.add(dphi=800)
    offered.standing, stopped.standing, leaving.standing = OFFERED, STOPPED, DEPARTING
    node.ledger.sent += leaving.energy
    node.holding.touch()
    node.turn()
    assert [glyph.dphi for glyph in node.holding.slots] == [700, 800, 700, 800]
    assert not stopped.unsaved


@given(values, values, st.integers(0, 15))
def test_pulled_and_pushed_values_stay_in_range_and_come_to_their_end(
    dphi: int, kappa: int, shift: int
) -> None:
    glyphs, worlds = load("glyphs.lifecycle"), load("glyphs.kind")
    world = worlds.World()
    glyph = world.holding.free_slot()
    glyph.standing = glyphs.HELD
    glyph.dphi, glyph.kappa = dphi, kappa
    world.pull_dphi(shift)
    assert glyph.dphi <= max(0, dphi - 1)
    assert glyph.unsaved == (dphi > 0)
    world.push_dphi(shift)
    assert 0 < glyph.dphi <= BELOW_ONE
    world.raise_kappa(glyph, shift)
    assert min(kappa + 1, BELOW_ONE) <= glyph.kappa <= BELOW_ONE
    before = glyph.kappa
    world.lower_kappa(glyph, shift)
    assert min(before, KAPPA_LEAST) <= glyph.kappa <= before
    searched()


@pytest.mark.parametrize(
    ("state", "flash", "words"),
    [
        ("", (255, 255, 255, 80), "colour=#ffffff ms=80"),
        ("00000019", (255, 255, 255, 250), "colour=#ffffff ms=250"),
        ("ff8000", (255, 128, 0, 80), "colour=#ff8000 ms=80"),
        ("000001ff", (0, 0, 1, 2550), "colour=#000001 ms=2550"),
    ],
)
def test_a_pulse_flashes_as_its_state_says(
    state: str, flash: tuple[int, int, int, int], words: str
) -> None:
    node = GlyphNode()
    glyph = node.add("pulse")
    glyph.state[: len(state) // 2] = bytes.fromhex(state)
    before = bytes(glyph.state)
    node.start(glyph)
    assert node.turn(2) == 2
    assert node.world.flashes == [flash, flash]
    assert bytes(glyph.state) == before
    assert told(glyph, "pulse") == words


def test_a_comet_fades_while_it_stays_and_counts_its_laps() -> None:
    node = GlyphNode()
    glyph = node.add("comet", birth_node=7)
    assert kind("comet").ROAMS
    assert not any(other.ROAMS for other in (kind("counter"), kind("pulse")))
    node.start(glyph)
    assert node.world.flashes == []
    node.turn(5)
    assert [flash[0] for flash in node.world.flashes] == [255, 127, 63, 31, 31]
    for where in (8, 9, 7, 8, 7):
        node.world.node_id = where
        node.world.flashes.clear()
        glyph.hops += 1
        node.holding.touch()
        node.start(glyph)
        # As bright on arrival as at its next step.
        node.turn()
        assert node.world.flashes == [(255, 160, 40, 250)] * 2
    assert told(glyph, "comet") == "laps=2 colour=#ffa028"


def test_a_comet_that_wakes_after_a_reset_has_not_moved() -> None:
    node = GlyphNode()
    glyph = node.add("comet")
    glyph.state[:3] = bytes([0, 200, 8])
    node.start(glyph)
    node.turn(3)
    node.world.flashes.clear()
    node.start(glyph)
    assert node.world.flashes == []
    node.turn()
    assert node.world.flashes == [(0, 25, 1, 250)]
    assert told(glyph, "comet") == "laps=0 colour=#00c808"


def test_a_counter_counts_turns_and_nodes_wherever_it_is() -> None:
    node = GlyphNode()
    glyph = node.add("counter")
    for where in (7, 8, 7, 7, 123_456_789, 8, 1):
        node.world.node_id = where
        node.start(glyph)
        node.turn(3)
    assert told(glyph, "counter") == "count=21 nodes=4"
    assert [flash[0] for flash in node.world.flashes].count(200) == 2
    put_word(glyph.state, 0, (1 << 30) - 1)
    node.turn()
    assert told(glyph, "counter") == "count=0 nodes=4"


def test_a_counter_tells_nodes_with_small_ids_apart() -> None:
    glyph, world, counter = Glyph(), World(), kind("counter")
    for where in [*range(1, 128), *range(1, 128)]:
        world.node_id = where
        counter.start(glyph, world)
    assert told(glyph, "counter") == "count=0 nodes=127"


def test_a_sampler_keeps_the_mean_of_what_it_reads() -> None:
    node = GlyphNode()
    glyph = node.add("sampler")
    glyph.state[0] = 34
    for reading in (65535, 0, 0, 65535):
        node.world.pins[34] = reading
        node.turn()
    assert told(glyph, "sampler") == "pin=34 mean=32767.50 samples=4"
    assert [flash[1] for flash in node.world.flashes] == [255, 0, 0, 255]


@given(st.lists(st.integers(0, 65535), min_size=1, max_size=200))
def test_the_mean_is_right_in_31_bits(readings: list[int]) -> None:
    sampler, state = load("glyphs.types.sampler").Sampler(), Glyph()
    world = World()
    for reading in readings:
        world.read = lambda pin, value=reading: value  # type: ignore[method-assign,misc]
        sampler.step(state, world)
    error = Fraction(get_word(state.state, 4)) - Fraction(sum(readings), len(readings)) * (1 << 14)
    # Each of n samples rounds by half a unit of 2^-14; of the k-th, k/n is left at the end.
    assert abs(error) <= Fraction(len(readings) + 1, 4)
    searched()


def test_the_mean_of_many_readings_leans_to_no_side() -> None:
    """Rounded down each time it would be 256 units of 2^-14 too low."""
    chance = random.Random(3)
    readings = [chance.randrange(65536) for _ in range(WINDOW)]
    node = GlyphNode()
    glyph = node.add("sampler")
    for reading in readings:
        node.world.pins[0] = reading
        node.turn()
    assert abs(get_word(glyph.state, 4) - sum(readings) * (1 << 14) / WINDOW) < 30


def test_after_the_window_the_mean_follows() -> None:
    node = GlyphNode()
    glyph = node.add("sampler")
    node.world.pins[0] = 1000
    node.turn(1100)
    node.world.pins[0] = 65535
    node.turn(7 * 1024)
    # e^-7 of the difference is left.
    assert told(glyph, "sampler").startswith("pin=0 mean=654")
    assert told(glyph, "sampler").endswith("samples=8268")
    glyph.state[1:4] = b"\xff\xff\xff"
    node.turn()
    assert told(glyph, "sampler").endswith("samples=16777215")


@pytest.mark.parametrize(
    ("reading", "sentence"),
    [
        (None, "ValueError: pin 12: this node has no pins"),
        (-1, "ValueError: pin 12 reads -1, which is not 0 to 65535"),
        (65536, "ValueError: pin 12 reads 65536, which is not 0 to 65535"),
    ],
)
def test_a_sampler_without_its_pin_is_stopped_and_says_why(
    reading: int | None, sentence: str
) -> None:
    node = GlyphNode()
    glyph = node.add("sampler")
    glyph.state[0] = 12
    if reading is not None:
        node.world.pins[12] = reading
    before = bytes(glyph.state)
    node.turn(3)
    assert glyph.standing == STOPPED
    assert list(node.schedule.errors.values()) == [sentence]
    assert bytes(glyph.state) == before
    assert node.happened() == ["glyph_stopped"]


def test_a_world_without_output_is_neutral() -> None:
    world = World()
    world.flash(1, 2, 3, 4)
    world.say("nobody hears this")
    with pytest.raises(ValueError, match="pin 5: this node has no pins"):
        world.read(5)
    assert (world.node_id, world.coherence, world.band, world.holding.count) == (0, 0, LOOSE, 0)
