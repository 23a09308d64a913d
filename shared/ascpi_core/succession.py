"""Who becomes the access point, and when, where boards have no other: arithmetic, nothing else.

All that seek the access point seek in rounds. Whoever has had its turn when a round began and
found nobody in it becomes the access point. After a loss turns go by rank among those who
were there, so that one after the other has a slot of its own; at a start nobody knows anybody,
and chance decides. Two may still come up at once: then `yields` says which of them stays.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from .peer import Peer

ROUND_MS = 3_000
"""A round that finds nobody takes this long at most."""

SLOT_MS = 4_000
"""One rank's slot: a round, and the time that an access point takes to come up."""

PAUSE_MS = 1_000
"""Between two rounds, at least."""

START_SPREAD_MS = 6_000
"""Turns at a start lie as far apart as this, for boards that start together."""

RANK_LAST = 9
"""Those behind wait no longer: a minute is enough for whatever went wrong in front of them."""

ALONE_SHORTEST_MS = 30_000
ALONE_LONGEST_MS = 60_000
"""So long is an access point without a station before it looks for another one."""


def rank(node_id: int, leader_id: int, peers: "Iterable[Peer]") -> int:
    """How many of `peers` come before `node_id`: those with a lower id, but not the leader,
    which has just gone (0: not known)."""
    before = 0
    for peer in peers:
        if peer.node_id < node_id and peer.node_id != leader_id:
            before += 1
    return before


def turn_ms(position: int) -> int:
    """ms after the loss at which the turn of this rank begins."""
    return min(position, RANK_LAST) * SLOT_MS


def first_turn_ms(chance: int) -> int:
    """ms after a start at which a turn begins; `chance` is 0 … 65535.

    None begins before the first round is over, or all of these would begin together after it.
    """
    return SLOT_MS + (chance * START_SPREAD_MS >> 16)


def alone_ms(chance: int) -> int:
    """ms after which an access point without a station looks round; `chance` is 0 … 65535."""
    spread_ms = ALONE_LONGEST_MS - ALONE_SHORTEST_MS
    # Seconds first: 65 535 · 30 000 would be no small integer.
    return ALONE_SHORTEST_MS + (chance * (spread_ms >> 2) >> 16 << 2)


def pause_ms(elapsed_ms: int, turn: int) -> int:
    """How long to wait for the next round, `elapsed_ms` after the loss: to the turn itself if
    another round would not be over by then."""
    left_ms = turn - elapsed_ms
    if PAUSE_MS < left_ms <= ROUND_MS + PAUSE_MS:
        return left_ms
    return PAUSE_MS


def may_lead(round_began_ms: int, turn: int) -> bool:
    """Whether a round that began so many ms after the loss, and found nobody, was its own."""
    return round_began_ms >= turn


def yields(stations: int, address: bytes, other_stations: int, other_address: bytes) -> bool:
    """Whether this access point gives way to another of the same name.

    The one with more stations stays, so that fewer have to move; of equals the one with the
    lower address (BSSID). For any two exactly one gives way: they compare the same four things.
    """
    if stations != other_stations:
        return stations < other_stations
    return other_address < address


class Standing:
    """A board's rank of late: peers fall silent while the access point's loss goes unnoticed.

    `note` at every look; `rank` is the highest of the last `LOOKS` to twice as many looks.
    """

    LOOKS = 40

    def __init__(self) -> None:
        self._now = 0
        self._before = 0
        self._looks = 0

    def forget(self) -> None:
        """The ranks noted so far were those of another order."""
        self._now = self._before = self._looks = 0

    def note(self, position: int) -> None:
        """The rank as it is at this look."""
        self._now = max(self._now, position)
        self._looks += 1
        if self._looks == self.LOOKS:
            self._looks = 0
            self._before = self._now
            self._now = position

    @property
    def rank(self) -> int:
        """The highest of late."""
        return max(self._now, self._before)
