"""One slot of the table: order of packets, and the echo to send."""

from hypothesis import given
from hypothesis import strategies as st

from ascpi_core.peer import DUPLICATE, FRESH, LATE, Peer

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
