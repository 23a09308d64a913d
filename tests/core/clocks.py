"""Two clocks and the air between them: what a peer's clock is judged against in tests."""

import math
import random
from collections.abc import Iterable

from ascpi.air.model import Air
from ascpi.air.preset import WIFI, Preset
from ascpi.simulation import SECOND_US
from ascpi.simulation.receiver import Receiver
from ascpi_core.clock_filter import BLOCKS, LAST_BLOCK_US, ClockFilter, ClockFit
from ascpi_core.fixed import TICKS_MASK, ticks_diff

POLL_US = 200
"""A packet is read up to so much later than it came."""
PERIOD_US = 100_000
FIT_US = 500_000
"""A node's survey comes round to a peer so often in a field of three."""
MEMORY_S = BLOCKS * LAST_BLOCK_US / SECOND_US

BASE_US = 2000
STILL = Preset("still", base_delay_us=BASE_US, jitter_mean_us=0)

_ME, _PEER = 1, 2


class Pair:
    """Our clock, which runs true, and a peer's, `ppm` faster; either sends 10 beacons a second.

    Air and lateness are those of a simulated field. The peer echoes the fastest packet since its
    last echo, in one of `echo_every` packets of its own; 0: never.
    """

    def __init__(
        self,
        seed: int = 1,
        ppm: float = 0,
        preset: Preset = WIFI,
        start: int = 0,
        offset: int = 123_456_789,
        echo_every: int = 1,
        poll_us: int = POLL_US,
        clock: ClockFilter | None = None,
    ) -> None:
        self.ppm = ppm
        self.offset = offset
        self.start = start
        self.echo_every = echo_every
        self.clock = ClockFilter() if clock is None else clock
        self.fit = ClockFit()
        self.usual_half_gap = 0
        self.true_us = 0
        self.is_silent = False
        self.is_fitted = True
        """Whether the clock is fitted on the way, or by somebody else."""
        self.extra_us = {_ME: 0, _PEER: 0}
        """Further delay of packets from either."""
        self.delays: list[tuple[int, int]] = []
        """(delay that `hear` gave, true delay) of every packet heard."""
        self._air = Air(preset, seed)
        self._receivers = {name: Receiver(seed, name, poll_us, 0) for name in (_ME, _PEER)}
        self._chance = random.Random(seed)
        self._counted_us = 0.0
        """How far the peer's clock is ahead by its rate, up to `_since_us`."""
        self._since_us = 0
        self._next_us = {_ME: 30_000, _PEER: 0}
        self._next_fit_us = FIT_US
        # Our packets on their way: (read at true time, sent at true time).
        self._coming: list[tuple[int, int]] = []
        self._arriving: list[tuple[int, int, tuple[int, int] | None]] = []
        self._turn = 0

    def ours(self, true_us: int) -> int:
        return (self.start + true_us) & TICKS_MASK

    def theirs(self, true_us: int) -> int:
        gained = self._counted_us + (true_us - self._since_us) * self.ppm / 1e6
        return (self.start + self.offset + true_us + math.floor(gained)) & TICKS_MASK

    def change_rate(self, ppm: float) -> None:
        """From now on the peer's crystal is so fast."""
        self._counted_us += (self.true_us - self._since_us) * self.ppm / 1e6
        self._since_us = self.true_us
        self.ppm = ppm

    def error_us(self) -> int:
        """How far the estimated offset is from the true one, now."""
        now = self.ours(self.true_us)
        return ticks_diff(self.clock.offset(now), (self.theirs(self.true_us) - now) & TICKS_MASK)

    def skew_error_ppm(self) -> float:
        return self.clock.skew / 2**30 * 1e6 - self.ppm

    def run(self, seconds: float) -> None:
        """Let everything happen up to so many seconds from now, in its order."""
        until_us = self.true_us + round(seconds * SECOND_US)
        while True:
            times = [*self._next_us.values(), self._next_fit_us]
            times += [self._arriving[0][0]] if self._arriving else []
            if min(times) > until_us:
                break
            self.true_us = min(times)
            if self._arriving and self._arriving[0][0] == self.true_us:
                self._hear(*self._arriving.pop(0))
            elif self.true_us == self._next_fit_us:
                self._next_fit_us += FIT_US
                if self.is_fitted:
                    self.refit()
            else:
                self._send(_ME if self._next_us[_ME] == self.true_us else _PEER)
        self.true_us = until_us

    def refit(self) -> None:
        """Fit the clock, as a survey does when its turn has come."""
        if self.clock.known:
            self.fit.begin(self.clock, self.ours(self.true_us), self.usual_half_gap)
            while not self.fit.work():
                pass

    def _send(self, sender: int) -> None:
        now = self.true_us
        self._next_us[sender] = now + round(PERIOD_US * self._chance.uniform(0.75, 1.25))
        if self.is_silent:
            return
        receiver = _ME + _PEER - sender
        echo = self._take_echo() if sender == _PEER else None
        for arrival_us in self._air.deliveries(now, sender, receiver):
            read_us = self._receivers[receiver].read_us(arrival_us + self.extra_us[sender])
            if sender == _ME:
                self._coming.append((read_us, now))
            else:
                self._arriving.append((read_us, now, echo))
                self._arriving.sort(key=lambda packet: packet[0])

    def _take_echo(self) -> tuple[int, int] | None:
        """(our ticks when we sent it, the peer's when it heard it) of the fastest since last."""
        self._turn += 1
        if not self.echo_every or self._turn % self.echo_every:
            return None
        heard = [packet for packet in self._coming if packet[0] <= self.true_us]
        self._coming = [packet for packet in self._coming if packet[0] > self.true_us]
        if not heard:
            return None
        read_us, sent_us = min(heard, key=lambda packet: packet[0] - packet[1])
        return self.ours(sent_us), self.theirs(read_us)

    def _hear(self, read_us: int, sent_us: int, echo: tuple[int, int] | None) -> None:
        delay = self.clock.hear(self.ours(read_us), self.theirs(sent_us), self.usual_half_gap)
        self.delays.append((delay, read_us - sent_us))
        if echo is not None:
            self.clock.echo(*echo)


def rms(values: Iterable[float]) -> float:
    squares = [value * value for value in values]
    return math.sqrt(sum(squares) / len(squares))


def still(ppm: float = 0) -> Pair:
    """A pair with nothing but a delay of 2 ms between its clocks."""
    return Pair(ppm=ppm, preset=STILL, poll_us=0)
