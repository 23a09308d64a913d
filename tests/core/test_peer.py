"""One slot of the table: order of packets, what of them is lost, and the echo to send."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ascpi.simulation import SECOND_US, Field
from ascpi_core.peers import DUPLICATE, FRESH, LATE, Peer

WINDOW = 24


class Reference:
    """The same with a set: what was heard, and what is too old to tell."""

    def __init__(self) -> None:
        self.heard: set[int] = set()

    def status(self, sequence: int) -> int:
        newest = max(self.heard, default=-1)
        if sequence > newest:
            self.heard.add(sequence)
            return FRESH
        if sequence in self.heard or sequence <= newest - WINDOW:
            return DUPLICATE
        self.heard.add(sequence)
        return LATE


@given(st.lists(st.integers(0, 80), max_size=120), st.integers(0, (1 << 30) - 100))
def test_order_against_a_reference(sequences: list[int], start: int) -> None:
    peer, reference = Peer(), Reference()
    for sequence in sequences:
        expected = reference.status(start + sequence)
        assert peer.sequence_status(start + sequence) == expected


def test_jumps_of_all_sizes() -> None:
    peer, reference = Peer(), Reference()
    sequence = 0
    for jump in (0, 1, 22, 23, 24, 25, 1000, 1):
        sequence += jump
        for back in (0, 1, 22, 23, 24, 25):
            asked = max(0, sequence - back)
            assert peer.sequence_status(asked) == reference.status(asked)


def test_a_new_epoch_starts_the_count_anew() -> None:
    peer = Peer()
    peer.begin(5, 1)
    assert peer.sequence_status(1000) == FRESH
    assert peer.sequence_status(3) == DUPLICATE
    peer.begin(5, 2)
    assert peer.sequence_status(3) == FRESH


def test_the_fastest_packet_since_the_last_echo_is_echoed() -> None:
    peer = Peer()
    for now, timestamp, delay in ((100, 10, 50), (200, 20, 30), (300, 30, 40)):
        peer.note_echo(now, timestamp, delay)
    assert (peer.echo_pending, peer.echo_timestamp, peer.echo_heard_ticks) == (True, 20, 200)
    peer.echo_pending = False
    peer.note_echo(400, 40, 90)
    assert (peer.echo_timestamp, peer.echo_heard_ticks) == (40, 400)


def lossy(share: float, packets: int, seed: int = 1) -> tuple[list[float], float]:
    """The estimates after each packet that came, and the share that really was lost."""
    peer, dice = Peer(), random.Random(seed)
    peer.begin(5, 1)
    seen = []
    for sequence in range(packets):
        if dice.random() >= share:
            peer.sequence_status(sequence)
            seen.append(peer.loss / 2**15)
    return seen, 1 - len(seen) / packets


# A mean over n = 32 of independent losses with the share p has a standard deviation of
# √(p(1 − p)/(2n)): 0.027 of 5 %, 0.057 of 30 %. What is seen after a packet that came is a little
# low, by p/32. The few losses of 5 % come in bunches: of 20 000 the worst is beyond five of these.
@pytest.mark.parametrize("share", [0.05, 0.3, 0.6])
def test_the_share_of_lost_packets(share: float) -> None:
    seen, lost = lossy(share, 20_000)
    settled = seen[100:]
    assert sum(settled) / len(settled) == pytest.approx(lost * 31 / 32, abs=0.02)
    deviation = (share * (1 - share) / 64) ** 0.5
    assert max(settled) < share + 7 * deviation
    assert sum(abs(one - share) < 2 * deviation for one in settled) > 0.9 * len(settled)


def test_where_nothing_is_lost_the_loss_is_nothing_soon_and_stays_so() -> None:
    peer = Peer()
    for sequence in (10_000, *range(10_001, 10_100)):
        peer.sequence_status(sequence)
        assert peer.loss == 0
    peer.sequence_status(10_150)
    assert 0.5 < peer.loss / 2**15 < 0.7
    seen = []
    for sequence in range(10_151, 10_551):
        peer.sequence_status(sequence)
        seen.append(peer.loss)
    assert seen == sorted(seen, reverse=True)
    assert seen[100] < 0.05 * 2**15
    assert seen[-1] == 0


def test_the_largest_gap_counts_for_no_more_than_a_good_part() -> None:
    peer = Peer()
    peer.sequence_status(0)
    peer.sequence_status((1 << 30) - 1)
    assert peer.loss / 2**15 == pytest.approx((1 - (31 / 32) ** 32) * 31 / 32, abs=0.001)


def test_a_duplicate_changes_no_loss_and_a_new_epoch_forgets_it() -> None:
    peer = Peer()
    peer.begin(5, 1)
    peer.sequence_status(3)
    peer.sequence_status(9)
    before = peer.loss
    assert before > 0
    assert peer.sequence_status(9) == DUPLICATE
    assert peer.loss == before
    peer.begin(5, 2)
    assert peer.loss == 0
    peer.sequence_status(700)
    assert peer.loss == 0


@pytest.mark.parametrize("age", [1, 5, 12, 23])
def test_a_late_packet_makes_good_for_its_gap(age: int) -> None:
    """To within 5 % of one packet's part, and the rounding of every step."""
    late, never = Peer(), Peer()
    for sequence in range(200):
        never.sequence_status(sequence)
        if sequence == 100:
            continue
        late.sequence_status(sequence)
        if sequence == 100 + age:
            assert late.sequence_status(100) == LATE
            assert late.loss / 2**15 == pytest.approx(0, abs=0.05 / 32 + 0.001)


@given(st.lists(st.integers(0, 200), max_size=200))
def test_it_is_a_share_whatever_comes(sequences: list[int]) -> None:
    peer = Peer()
    for sequence in sequences:
        peer.sequence_status(sequence)
        assert 0 <= peer.loss <= 1 << 15


@pytest.mark.parametrize(("preset", "share"), [("clean", 0.0), ("wifi", 0.05), ("harsh", 0.3)])
def test_on_the_air_it_is_what_the_air_loses(preset: str, share: float) -> None:
    """Three boards, six directions, looked at every second: of the mean the six make up for each
    other, of one alone the bounds are four standard deviations."""
    field = Field(3, 1, preset)
    seen = []
    for second in range(20, 60):
        field.run_until(second * SECOND_US)
        for board in field.boards.values():
            assert board.node is not None
            seen += [peer.loss / 2**15 for peer in board.node.field.membership.present]
    assert len(seen) == 240
    deviation = (share * (1 - share) / 64) ** 0.5
    assert sum(seen) / len(seen) == pytest.approx(share, abs=0.02)
    assert max(seen) <= share + 4 * deviation
    assert min(seen) >= share - 4 * deviation
