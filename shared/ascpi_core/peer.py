"""What a node knows of one other node."""

from .lock import ALONE
from .peer_clock import PeerClock
from .ticks import ticks_diff
from .wire import KIND_ORDER, NOBODY, ROLE_MEMBER, ROLE_OBSERVER

_LOSS_ONE = 1 << 15
_LOSS_STEP = _LOSS_ONE >> 5
"""The loss is a mean over 32 packets, each of which counts for less the longer ago it was due."""
_LOSS_FADES = 23
"""By so much less for every packet since: 1024·(31/32)^n to within 5 % of 1024, n up to 23."""
_LOSS_GAP = 32
"""No gap counts for more packets than these: who was away for long has not lost all of them."""

FRESH = 0
LATE = 1
DUPLICATE = 2


class Peer:
    """One slot of the membership table; made once, then reused. node_id 0: never used.

    `offset` is the peer's phase minus that of our own oscillator at ticks `offset_ticks`, and
    `drift` how fast it changes, in 2^-46 turn/µs (1.4·10^-8 of 1 turn/s). In the frame of our
    oscillator everything moves slowly, so it can be carried to any moment within 16.7 s by
    offset + (drift · (elapsed >> 10) >> 8), with a worst product of 2^14 · 2^14.

    `loss` is the share, Q15, of its packets that were missing among about the last 32.
    """

    def __init__(self) -> None:
        self.node_id = NOBODY
        self.epoch = 0
        self.present = False
        self.heard_ticks = 0
        self.newest_timestamp = 0
        self.newest_beacon = -1
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
        self.loss = 0
        self._newest = -1
        self._window = 0

    def begin(self, node_id: int, epoch: int) -> None:
        """Start anew: a node that was not known, or one that has restarted."""
        self.node_id = node_id
        self.epoch = epoch
        self.packets = 0
        self.state = ALONE
        self.role = ROLE_MEMBER
        self.drift = 0
        self.old_epochs = 0
        self.conflicts = 0
        self.alternations = 0
        self.echo_pending = False
        self.loss = 0
        self.newest_beacon = -1
        self._newest = -1
        self._window = 0
        self.clock.clear()

    def observe(self, role: int, sequence: int, now: int) -> None:
        """A beacon of an observer: from now on it is known, and that is all."""
        self.role = role
        self.newest_beacon = sequence
        if not self.present:
            self.heard_ticks = now

    def may_say(self, kind: int) -> bool:
        """Whether a packet of this kind, not a beacon, is taken from it: all of one that is here,
        orders of one that observes."""
        return self.present or (kind == KIND_ORDER and self.role >> 4 == ROLE_OBSERVER)

    def sequence_status(self, sequence: int) -> int:
        """FRESH, LATE or DUPLICATE; what is not a duplicate is noted as heard.

        A window of 24 packets (a small integer on every runtime) tells a packet that was
        overtaken from one that is heard again; anything older counts as a duplicate.
        """
        ahead = sequence - self._newest
        if ahead == 1:
            self._window = ((self._window & 0x7FFFFF) << 1) | 1
            self._newest = sequence
            if self.loss:
                self.loss -= (self.loss + 31) >> 5
            return FRESH
        if ahead > 0:
            # MicroPython makes a long integer of any shift by 30 or more, of 0 as well.
            if ahead < 24:
                self._window = (self._window & ((1 << (24 - ahead)) - 1)) << ahead | 1
            else:
                self._window = 1
            if self._newest >= 0:
                self._note_gap(ahead - 1)
            self._newest = sequence
            return FRESH
        if ahead <= -24 or (self._window >> -ahead) & 1:
            return DUPLICATE
        self._window |= 1 << -ahead
        self._fill_gap(-ahead)
        return LATE

    def _note_gap(self, missing: int) -> None:
        """So many packets are missing before one that has come."""
        loss = self.loss
        for _ in range(min(missing, _LOSS_GAP)):
            loss += (_LOSS_ONE - loss) >> 5
        self.loss = loss - ((loss + 31) >> 5)

    def _fill_gap(self, age: int) -> None:
        """A packet has come after all, `age` packets late: take back what it was counted for."""
        self.loss = max(0, self.loss - (_LOSS_STEP - _LOSS_FADES * age))

    def contradicts(self, sequence: int, timestamp: int) -> bool:
        """Whether a beacon that is not fresh has a timestamp that one node could not give it:
        another one for the number of its newest beacon, or one against the order of numbers."""
        ahead = ticks_diff(timestamp, self.newest_timestamp)
        if sequence == self.newest_beacon:
            return ahead != 0
        return ahead > 0 if sequence < self.newest_beacon else ahead < 0

    def note_echo(self, now: int, timestamp: int, delay: int) -> None:
        """Keep the fastest packet since the last echo: it says most about the fixed delay."""
        if not self.echo_pending or delay < self._echo_delay:
            self.echo_pending = True
            self.echo_timestamp = timestamp
            self.echo_heard_ticks = now
            self._echo_delay = delay
