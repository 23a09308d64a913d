"""The fate of every datagram, decided by a seed: pure, in integer µs, with no clock and no I/O.

Each ordered pair of stations is a link with its own stream of noise, and every datagram takes the
same number of draws from it, whatever the options. So the fate of the n-th datagram on a link
depends on the seed, the two names and n alone: not on other traffic, and raising the loss or
healing a partition does not change the delay of a datagram that arrives either way.

A link is a queue: unless the preset reorders, nothing is delivered before what went earlier.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from ascpi.air.noise import (
    MASK_32,
    PER_MILLION,
    advance,
    exponential,
    seed_of,
    strikes,
    uniform,
)
from ascpi.air.preset import Preset

Station = int | str


@dataclass
class Counters:
    """Fates so far, one for each datagram and receiver; `duplicated` are the extra copies."""

    delivered: int = 0
    duplicated: int = 0
    lost: int = 0
    partitioned: int = 0
    # Of the delivered ones, those that a spike delayed.
    spiked: int = 0


class _Link:
    __slots__ = ("last_us", "loss_per_million", "state")

    def __init__(self, state: int) -> None:
        self.state = state
        # The latest delivery so far: nothing may come before it.
        self.last_us: int | None = None
        self.loss_per_million: int | None = None


class Air:
    def __init__(self, preset: Preset, seed: int) -> None:
        self.preset = preset
        self.seed = seed
        self.counters = Counters()
        self._links: dict[tuple[Station, Station], _Link] = {}
        # Station → number of its group; empty: whole.
        self._groups: dict[Station, int] = {}
        self._loss_per_million: int | None = None
        # All stations sleep by one access point's beacons, which came up at some moment.
        self._beacon_seed = seed_of(seed, "beacon")

    def partition(self, groups: Iterable[Collection[Station]]) -> None:
        """Cut the air between these groups; stations in none form one more. No groups: heal."""
        members: dict[Station, int] = {}
        for number, group in enumerate(groups, start=1):
            for station in group:
                if station in members:
                    raise ValueError(f"{station} is in two groups of the partition")
                members[station] = number
        self._groups = members

    def parted(self, sender: Station, receiver: Station) -> bool:
        groups = self._groups
        return bool(groups) and groups.get(sender, 0) != groups.get(receiver, 0)

    def lose(self, per_million: int | None) -> None:
        """Lose that much on all links that have no loss of their own; None: as the preset says."""
        self._loss_per_million = _checked(per_million)

    def lose_on(self, sender: Station, receiver: Station, per_million: int | None) -> None:
        """Lose that much on one link, one way; None: as the others."""
        self._link(sender, receiver).loss_per_million = _checked(per_million)

    def next_beacon_us(self, at_us: int) -> int:
        """The first moment at or after `at_us` at which sleeping receivers listen."""
        interval_us = self.preset.beacon_interval_us
        if interval_us == 0:
            return at_us
        phase_us = self._beacon_seed % interval_us
        return at_us + (phase_us - at_us) % interval_us

    def deliveries(self, now_us: int, sender: Station, receiver: Station) -> tuple[int, ...]:
        """When the receiver hears what is sent now: once, never (lost) or twice (duplicated)."""
        link = self._link(sender, receiver)
        state, fate_bits = advance(link.state)
        state, delay_bits = advance(state)
        link.state, copy_bits = advance(state)
        if self.parted(sender, receiver):
            self.counters.partitioned += 1
            return ()
        if strikes(fate_bits & MASK_32, self._loss_on(link)):
            self.counters.lost += 1
            return ()
        preset = self.preset
        self.counters.delivered += 1
        arrival_us = now_us + self._delay_us(delay_bits & MASK_32)
        if strikes(fate_bits >> 32, preset.spike_per_million):
            self.counters.spiked += 1
            arrival_us += uniform(delay_bits >> 32, preset.spike_max_us)
        first_us = self._queued(link, arrival_us)
        if not strikes(copy_bits >> 32, preset.duplicate_per_million):
            return (first_us,)
        self.counters.duplicated += 1
        return (first_us, self._queued(link, now_us + self._delay_us(copy_bits & MASK_32)))

    def _delay_us(self, bits_32: int) -> int:
        return self.preset.base_delay_us + exponential(bits_32, self.preset.jitter_mean_us)

    def _queued(self, link: _Link, arrival_us: int) -> int:
        delivery_us = self.next_beacon_us(arrival_us)
        if not self.preset.reorder and link.last_us is not None:
            delivery_us = max(delivery_us, link.last_us)
        if link.last_us is None or delivery_us > link.last_us:
            link.last_us = delivery_us
        return delivery_us

    def _loss_on(self, link: _Link) -> int:
        if link.loss_per_million is not None:
            return link.loss_per_million
        if self._loss_per_million is not None:
            return self._loss_per_million
        return self.preset.loss_per_million

    def _link(self, sender: Station, receiver: Station) -> _Link:
        link = self._links.get((sender, receiver))
        if link is None:
            link = _Link(seed_of(self.seed, "link", sender, receiver))
            self._links[sender, receiver] = link
        return link


def _checked(per_million: int | None) -> int | None:
    if per_million is not None and not 0 <= per_million <= PER_MILLION:
        raise ValueError(f"a loss of {per_million} millionths; it must be 0 … {PER_MILLION}")
    return per_million
