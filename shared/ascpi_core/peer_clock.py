"""How a peer's clock stands to ours: offset, skew and delay, from timestamps alone.

Two one-sided differences are watched, each in its own envelope:

    heard:   peer's timestamp − our ticks when heard        = offset − delay here
    echoed:  peer's ticks when it heard us − our timestamp  = offset + delay there

The second comes in the echo of a beacon, so both together give the four timestamps of a round
trip without a packet for it. The offset is the middle between the two envelopes; the fixed part
of the delay cancels where both ways are alike. Until an echo was heard the delay is taken as 0.

Offsets are kept relative to a base, so that they stay small however the ticks wrap.
"""

from .envelope import BLOCK_US, Envelope
from .ticks import ticks_add, ticks_diff

CONFLICT = -1
CONFLICT_US = 1 << 20
"""No delay is a second: a timestamp so far off is of another clock."""

SKEW_MAXIMUM = (1 << 18) - 1
"""2^-30: 244 ppm, more than two crystals at opposite ends of any data sheet differ."""

_HISTORY = 8
_HISTORY_MINIMUM = 3
_RISE_MAXIMUM_US = 1 << 15


class PeerClock:
    """Offset (peer's ticks − ours), skew and delay of one peer. Allocates only when made."""

    def __init__(self) -> None:
        self.skew = 0
        """How much faster than ours the peer's clock runs, in 2^-30."""
        self.half_gap = -1
        """Half of the fastest round trip in µs, the fixed delay; −1 while no echo was heard."""
        self._base = 0
        self._block_start = 0
        self._line = 0
        self._heard = Envelope()
        self._echoed = Envelope()
        self._history_ticks = [0] * _HISTORY
        self._history_value = [0] * _HISTORY
        self._history_count = 0

    def clear(self) -> None:
        """Forget everything: another peer, or the same one after a restart."""
        self.skew = 0
        self.half_gap = -1
        self._heard.clear()
        self._echoed.clear()
        self._history_count = 0

    def hear(self, now: int, timestamp: int) -> int:
        """Take in a packet sent at the peer's `timestamp` and heard at our `now`.

        Returns how long ago, in µs, the packet was sent: its delay, 0 … 2^20 and a little. Or
        CONFLICT, and nothing is taken in, if the timestamp is a second or more off: the clock
        has jumped, or two nodes share the id.
        """
        offset = (timestamp - now) & 0x3FFFFFFF
        heard = self._heard
        if not heard.known:
            self.clear()
            self._base = offset
            self._block_start = now
            self._line = heard.observe(now, 0, 0)
            return 0
        # `ticks_diff`, written out, and the line as of the last packet: it has moved by 4 ms at
        # most, and a call costs as much as the rest of a line.
        value = (((offset - self._base) & 0x3FFFFFFF) ^ 0x20000000) - 0x20000000
        if not -CONFLICT_US < self._line - value < CONFLICT_US:
            return CONFLICT
        skew = self.skew
        if not 0 <= ticks_diff(now, self._block_start) < BLOCK_US:
            self._end_block(now)
            skew = self.skew
        line = self._line = heard.observe(now, value, skew)
        delay = line - value
        half_gap = self.half_gap
        return delay + half_gap if half_gap > 0 else delay

    def fits(self, now: int, timestamp: int) -> bool:
        """Whether this clock can have given a packet heard at our `now`; changes nothing."""
        heard = self._heard
        value = ticks_diff((timestamp - now) & 0x3FFFFFFF, self._base)
        return not heard.known or -CONFLICT_US < self._line - value < CONFLICT_US

    def echo(self, now: int, ours: int, theirs: int) -> None:
        """Take in that our packet of ticks `ours` was heard at the peer's ticks `theirs`."""
        if not self._heard.known:
            return
        value = ticks_diff((theirs - ours) & 0x3FFFFFFF, self._base)
        high = -self._echoed.observe(now, -value, -self.skew)
        gap = high - self._heard.at(now, self.skew)
        self.half_gap = gap >> 1 if gap > 0 else 0

    def offset(self, now: int) -> int:
        """Peer's ticks − ours, modulo 2^30; only after a packet was heard."""
        low = self._heard.at(now, self.skew)
        return ticks_add(self._base, low + max(self.half_gap, 0))

    def _end_block(self, now: int) -> None:
        """A block of time is complete: keep its best point, and work the skew out anew."""
        heard = self._heard
        self._note(heard.best_ticks, heard.best_value)
        heard.begin_block(now, self.skew)
        self._echoed.begin_block(now, -self.skew)
        self._block_start = now
        count = min(self._history_count, _HISTORY)
        if count >= _HISTORY_MINIMUM:
            self._measure_skew(count)

    def _note(self, ticks: int, value: int) -> None:
        slot = self._history_count & (_HISTORY - 1)
        self._history_ticks[slot] = ticks
        self._history_value[slot] = value
        self._history_count += 1

    def _measure_skew(self, count: int) -> None:
        """The slope from the oldest kept point to the newest, some 30 s apart."""
        newest = (self._history_count - 1) & (_HISTORY - 1)
        oldest = (self._history_count - count) & (_HISTORY - 1)
        elapsed = ticks_diff(self._history_ticks[newest], self._history_ticks[oldest])
        risen = self._history_value[newest] - self._history_value[oldest]
        if elapsed < BLOCK_US or not -_RISE_MAXIMUM_US < risen < _RISE_MAXIMUM_US:
            # Not a skew: a gap of silence, or a small step of the peer's clock.
            self._history_count = 0
            return
        # risen · 2^30 / elapsed, in two shifts that keep the dividend below 2^30.
        skew = ((risen << 14) // (elapsed >> 10)) << 6
        self.skew = max(-SKEW_MAXIMUM, min(SKEW_MAXIMUM, skew))
