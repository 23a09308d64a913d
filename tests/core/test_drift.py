"""How fast a peer's phase gains on ours: its crystal's part, and what it steers itself."""

import pytest

from ascpi.simulation import make_node
from ascpi_core.clock_filter import ClockEnsemble
from ascpi_core.fixed import TURN, arc
from ascpi_core.node import Node
from ascpi_core.peers import Peer
from ascpi_core.phase import ACQUIRING, LOCKED
from ascpi_core.ssep import WORD_MAXIMUM
from tests.core.packets import packet

PPM = 2**46 / 10**12
"""One ppm of 1 turn/s, in the unit of a drift."""


def followed(
    crystal_ppm: float, steered_ppm: float, state: int, rate_mhz: int = 1000, start: int = 0
) -> tuple[Node, Peer, float]:
    """A node that heard a peer for 60 s; and where the peer's phase is 2 s later, in turns."""
    node = make_node(1, 1, start, rate_mhz=rate_mhz)
    node.tick(start)
    survey = ClockEnsemble(node.field.membership, node.field.lock)

    def phase(true_us: float) -> float:
        ticks_s = true_us / 1e6 * (1 + crystal_ppm / 1e6)
        return ticks_s * rate_mhz / 1000 * (1 + steered_ppm / 1e6)

    for sequence, true_us in enumerate(range(0, 60_000_000, 250_000)):
        ticks = round(true_us * (1 + crystal_ppm / 1e6))
        data = packet(
            sequence=sequence,
            timestamp=(start + 77 + ticks) & WORD_MAXIMUM,
            theta=round(phase(true_us) * TURN) % TURN,
            mode=state << 2,
        )
        assert node.receive(data, 64, (start + true_us) & WORD_MAXIMUM) == 0
        node.oscillator.advance((start + true_us) & WORD_MAXIMUM)
        for _ in range(6):
            survey.work((start + true_us) & WORD_MAXIMUM, 0)
    return node, node.field.membership.present[0], phase(61_750_000)


@pytest.mark.parametrize("crystal_ppm", [-80, 0, 80])
@pytest.mark.parametrize("start", [0, WORD_MAXIMUM - 20_000_000], ids=["", "over the wrap"])
def test_the_crystal_s_part_comes_from_the_timestamps(crystal_ppm: float, start: int) -> None:
    _, peer, _ = followed(crystal_ppm, 0, ACQUIRING, start=start)
    assert peer.drift / PPM == pytest.approx(crystal_ppm, abs=1)


@pytest.mark.parametrize("steered_ppm", [-100, -20, 20, 100])
@pytest.mark.parametrize("crystal_ppm", [-40, 40])
def test_what_a_locked_peer_steers_is_measured_in_its_own_ticks(
    crystal_ppm: float, steered_ppm: float
) -> None:
    _, peer, _ = followed(crystal_ppm, steered_ppm, LOCKED)
    assert peer.drift / PPM == pytest.approx(crystal_ppm + steered_ppm, abs=1)


def test_what_a_peer_does_that_is_not_locked_is_not_carried_on() -> None:
    _, peer, _ = followed(40, 100, ACQUIRING)
    assert peer.drift / PPM == pytest.approx(40, abs=1)


@pytest.mark.parametrize("rate_mhz", [100, 1000, 2000])
def test_the_phase_is_carried_on_to_a_few_microturns(rate_mhz: int) -> None:
    """2 s after the last packet; left alone, 60 ppm at 1 turn/s would make 120 of them."""
    node, peer, expected = followed(40, 20, LOCKED, rate_mhz)
    elapsed = 61_750_000 - peer.offset_ticks
    carried = peer.offset + (peer.drift * (elapsed >> 10) >> 8)
    seen = node.oscillator.at(61_750_000) + carried
    assert abs(arc(seen % TURN, round(expected * TURN) % TURN)) < TURN * 4e-6


def test_a_liar_s_drift_is_bounded() -> None:
    _, peer, _ = followed(0, 5000, LOCKED)
    assert peer.drift <= 1 << 14
