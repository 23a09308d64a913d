"""What a node knows of one other node."""

from .lock import ALONE
from .peer_clock import PeerClock
from .ticks import ticks_diff
from .wire import NOBODY

FRESH = 0
LATE = 1
DUPLICATE = 2


class Peer:
    """One slot of the membership table; made once, then reused. node_id 0: never used.

    `offset` is the peer's phase minus that of our own oscillator at ticks `offset_ticks`, and
    `drift` how fast it changes, in 2^-46 turn/µs (1.4·10^-8 of 1 turn/s). In the frame of our
    oscillator everything moves slowly, so it can be carried to any moment within 16.7 s by
    offset + (drift · (elapsed >> 10) >> 8), with a worst product of 2^14 · 2^14.
    """

    def __init__(self) -> None:
        self.node_id = NOBODY
        self.epoch = 0
        self.present = False
        self.heard_ticks = 0
        self.newest_timestamp = 0
        self.packets = 0
        self.state = ALONE
        self.dphi = 0
        self.kappa = 0
        self.coherence = 0
        self.energy = 0
        self.role = 0
        self.address = 0
        self.glyph_count = 0
        self.glyph_digest = 0
        self.offset = 0
        self.offset_ticks = 0
        self.drift = 0
        self.measured_theta = 0
        self.measured_timestamp = 0
        self.clock = PeerClock()
        self.old_epochs = 0
        self.conflicts = 0
        self.conflict_ticks = 0
        self.alternations = 0
        self.suspected_ticks = 0
        self.echo_pending = False
        self.echo_timestamp = 0
        self.echo_heard_ticks = 0
        self._echo_delay = 0
        self._newest = -1
        self._window = 0

    def begin(self, node_id: int, epoch: int) -> None:
        """Start anew: a node that was not known, or one that has restarted."""
        self.node_id = node_id
        self.epoch = epoch
        self.packets = 0
        self.state = ALONE
        self.drift = 0
        self.old_epochs = 0
        self.conflicts = 0
        self.alternations = 0
        self.echo_pending = False
        self._newest = -1
        self._window = 0
        self.clock.clear()

    def sequence_status(self, sequence: int) -> int:
        """FRESH, LATE or DUPLICATE; what is not a duplicate is noted as heard.

        A window of 24 packets (a small integer on every runtime) tells a packet that was
        overtaken from one that is heard again; anything older counts as a duplicate.
        """
        ahead = sequence - self._newest
        if ahead == 1:
            self._window = ((self._window & 0x7FFFFF) << 1) | 1
            self._newest = sequence
            return FRESH
        if ahead > 0:
            kept = self._window & ((1 << (24 - ahead)) - 1) if ahead < 24 else 0
            self._window = (kept << ahead) | 1
            self._newest = sequence
            return FRESH
        if ahead <= -24 or (self._window >> -ahead) & 1:
            return DUPLICATE
        self._window |= 1 << -ahead
        return LATE

    def contradicts(self, sequence: int, timestamp: int) -> bool:
        """Whether a packet that is not fresh has a timestamp that one node could not give it:
        another one for the same sequence number, or a later one for an earlier number."""
        ahead = ticks_diff(timestamp, self.newest_timestamp)
        return ahead != 0 if sequence == self._newest else ahead > 0

    def note_echo(self, now: int, timestamp: int, delay: int) -> None:
        """Keep the fastest packet since the last echo: it says most about the fixed delay."""
        if not self.echo_pending or delay < self._echo_delay:
            self.echo_pending = True
            self.echo_timestamp = timestamp
            self.echo_heard_ticks = now
            self._echo_delay = delay
