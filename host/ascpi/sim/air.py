"""The air of a simulated world: the model of `ascpi.air`, and what that one does not do by itself.

Bits flipped on the way, links cut one way, and links that clog: what is sent meanwhile comes all
at once when they let go.
"""

from ascpi.air.model import Air
from ascpi.air.preset import Preset
from ascpi.sim.dice import Dice

Way = tuple[int, int, bool]
"""When it arrives, µs; how late that is by a clog, µs; whether a bit was flipped."""

LARGEST_FLIPS = 3
NEVER_US = 1 << 62


class Sky:
    """Fates of packets between boards, and a count of each kind of misfortune in `struck`."""

    def __init__(self, preset: Preset, corrupt: int, seed: int, struck: dict[str, int]) -> None:
        self.model = Air(preset, seed)
        self.struck = struck
        self.corrupt = corrupt
        self._flips = Dice(seed, "flips")
        self._deaf: dict[tuple[int, int], int] = {}
        self._clogged: dict[tuple[int, int], int] = {}
        self._parted_until_us = NEVER_US
        self._last_us: dict[tuple[int, int], int] = {}

    def calm(self, preset: Preset) -> None:
        """From now on no faults but those of this preset."""
        self.model.preset = preset
        self.model.partition([])
        self.corrupt = 0
        self._deaf.clear()
        self._clogged.clear()

    def part(self, group: list[int], until_us: int) -> None:
        """Nothing passes between these and the others until then."""
        self.model.partition([group])
        self._parted_until_us = until_us

    def deafen(self, sender: int, receiver: int, until_us: int) -> None:
        """The receiver hears nothing of this sender until then."""
        self._deaf[sender, receiver] = until_us

    def clog(self, sender: int, receiver: int, until_us: int) -> None:
        """Hold everything back on this link until then."""
        self._clogged[sender, receiver] = until_us

    def fates(self, now_us: int, sender: int, receiver: int) -> list[Way]:
        """When the receiver hears what is sent now: once, never or twice."""
        link = (sender, receiver)
        struck = self.struck
        if now_us >= self._parted_until_us:
            self.model.partition([])
            self._parted_until_us = NEVER_US
        arrivals = self.model.deliveries(now_us, sender, receiver)
        if self._deaf and now_us < self._deaf.get(link, 0):
            struck["oneway"] += 1
            return []
        preset = self.model.preset
        if preset.beacon_interval_us:
            struck["powersave"] += len(arrivals)
        if not (preset.reorder or self._clogged or self.corrupt):
            return [(arrival_us, 0, False) for arrival_us in arrivals]
        ways = []
        for arrival_us in arrivals:
            if preset.reorder:
                if arrival_us < self._last_us.get(link, 0):
                    struck["reorder"] += 1
                else:
                    self._last_us[link] = arrival_us
            held_us = self._held_us(link, arrival_us)
            flipped = self.corrupt > 0 and self._flips.strikes(self.corrupt)
            ways.append((arrival_us + held_us, held_us, flipped))
        return ways

    def _held_us(self, link: tuple[int, int], arrival_us: int) -> int:
        if not self._clogged:
            return 0
        held_us = max(0, self._clogged.get(link, 0) - arrival_us)
        if held_us:
            self.struck["clog"] += 1
        return held_us

    def flip(self, packet: bytes) -> bytes:
        """The same packet with one to three different bits turned over."""
        damaged = bytearray(packet)
        first = self._flips.below(8 * len(damaged))
        for _ in range(1 + self._flips.below(LARGEST_FLIPS)):
            damaged[first >> 3] ^= 1 << (first & 7)
            first = (first + 1 + self._flips.below(7)) % (8 * len(damaged))
        return bytes(damaged)
