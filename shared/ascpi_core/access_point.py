"""Who becomes the access point, and when, where boards have no other: arithmetic, nothing else.

All that seek the access point seek in rounds. Whoever has had its turn when a round began and
found nobody in it becomes the access point. After a loss turns go by rank among those who
were there, so that one after the other has a slot of its own; at a start nobody knows anybody,
and chance decides. Two may still come up at once: then `yields` says which of them stays.
"""

from .fixed import const
from .ssep import PACKET_BYTES, WORD_MAXIMUM, is_untagged

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from .peers import Peer
    from .ssep import Tagger

ROUND_MS = const(3_000)
"""A round that finds nobody takes this long at most."""

SLOT_MS = const(4_000)
"""One rank's slot: a round, and the time that an access point takes to come up."""

PAUSE_MS = const(1_000)
"""Between two rounds, at least."""

START_SPREAD_MS = const(6_000)
"""Turns at a start lie as far apart as this, for boards that start together."""

RANK_LAST = const(9)
"""Those behind wait no longer: a minute is enough for whatever went wrong in front of them."""

ALONE_SHORTEST_MS = const(30_000)
ALONE_LONGEST_MS = const(60_000)
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


class RecentRank:
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


# The call of an access point: what boards of one network tell each other beside it.
#
# 64 bytes, sent by ESP-NOW, which needs no network: so access points of one name hear each other
# without leaving their channel, and stations learn which node theirs is. The tag is that of SSEP
# (`Tagger`), over other first bytes: neither packet passes for the other.

CALL_MAGIC_LOW = const(0xCF)
CALL_MAGIC_HIGH = const(0x81)
"""The two bytes of ρ in UTF-8."""

CALL_VERSION = const(1)
CALL_ADDRESS_BYTES = const(6)
CALL_NAME_BYTES = const(32)

# name, offset, bytes, unit and meaning


class AccessCall:
    """The last call heard: `node_id`, its BSSID `address`, how many `stations` it has."""

    def __init__(self, name: bytes, tagger: "Tagger | None") -> None:
        self.node_id = 0
        self.stations = 0
        self.address = b""
        self._name = name
        self._tagger = tagger

    def encode(self, packet: bytearray, node_id: int, stations: int, address: bytes) -> None:
        """Write a call into the 64-byte buffer."""
        for index in range(PACKET_BYTES):
            packet[index] = 0
        packet[0] = CALL_MAGIC_LOW
        packet[1] = CALL_MAGIC_HIGH
        packet[2] = CALL_VERSION
        packet[3] = min(stations, 255)
        for index in range(4):
            packet[4 + index] = node_id >> 8 * index & 0xFF
        for index in range(CALL_ADDRESS_BYTES):
            packet[8 + index] = address[index]
        packet[14] = len(self._name)
        for index in range(len(self._name)):
            packet[15 + index] = self._name[index]
        if self._tagger is not None:
            self._tagger.sign(packet)

    def decode(self, packet: "bytes | bytearray", length: int) -> bool:
        """Take over a call of this network; False for anything else, whatever it is."""
        if length != PACKET_BYTES or packet[0] != CALL_MAGIC_LOW or packet[1] != CALL_MAGIC_HIGH:
            return False
        name = self._name
        if packet[2] != CALL_VERSION or packet[14] != len(name):
            return False
        for index in range(len(name)):
            if packet[15 + index] != name[index]:
                return False
        if self._tagger is None:
            if not is_untagged(packet):
                return False
        elif not self._tagger.verify(packet):
            return False
        if packet[7] > WORD_MAXIMUM >> 24:
            return False
        self.stations = packet[3]
        self.node_id = packet[4] | packet[5] << 8 | packet[6] << 16 | packet[7] << 24
        self.address = bytes(packet[8 : 8 + CALL_ADDRESS_BYTES])
        return self.node_id > 0
