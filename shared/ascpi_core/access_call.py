"""The call of an access point: what boards of one network tell each other beside it.

64 bytes, sent by ESP-NOW, which needs no network: so access points of one name hear each other
without leaving their channel, and stations learn which node theirs is. The tag is that of SSEP
(`tag.Tagger`), over other first bytes: neither packet passes for the other.
"""

from .tag import is_untagged
from .wire import PACKET_BYTES, WORD_MAXIMUM

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .tag import Tagger

MAGIC_LOW = 0xCF
MAGIC_HIGH = 0x81
"""The two bytes of ρ in UTF-8."""

VERSION = 1
ADDRESS_BYTES = 6
NAME_BYTES = 32

# name, offset, bytes, unit and meaning
LAYOUT = (
    ("magic", 0, 2, "the bytes CF 81, ρ in UTF-8"),
    ("version", 2, 1, "of this format"),
    ("stations", 3, 1, "stations that the access point has, 255 if more"),
    ("node_id", 4, 4, "node that is the access point"),
    ("address", 8, 6, "its BSSID"),
    ("name_length", 14, 1, "bytes of the network's name"),
    ("name", 15, 32, "the network's name (SSID), then zeros"),
    ("reserved", 47, 9, "0"),
    ("tag", 56, 8, "HMAC-SHA-256 over bytes 0 … 55, first 8 bytes; 0 if open"),
)


class Call:
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
        packet[0] = MAGIC_LOW
        packet[1] = MAGIC_HIGH
        packet[2] = VERSION
        packet[3] = min(stations, 255)
        for index in range(4):
            packet[4 + index] = node_id >> 8 * index & 0xFF
        for index in range(ADDRESS_BYTES):
            packet[8 + index] = address[index]
        packet[14] = len(self._name)
        for index in range(len(self._name)):
            packet[15 + index] = self._name[index]
        if self._tagger is not None:
            self._tagger.sign(packet)

    def decode(self, packet: "bytes | bytearray", length: int) -> bool:
        """Take over a call of this network; False for anything else, whatever it is."""
        if length != PACKET_BYTES or packet[0] != MAGIC_LOW or packet[1] != MAGIC_HIGH:
            return False
        name = self._name
        if packet[2] != VERSION or packet[14] != len(name):
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
        self.address = bytes(packet[8 : 8 + ADDRESS_BYTES])
        return self.node_id > 0
