"""The first 18 bytes, which every kind of packet shares: what it is, whose, and which one."""

from . import refusal
from .octets import put_half, put_word
from .wire import KIND_LAST, MAGIC_HIGH, MAGIC_LOW, PACKET_BYTES, VERSION


class Head:
    """The sender of a packet and its number (units and ranges: `wire.HEADER`), zero at first."""

    def __init__(self) -> None:
        self.node_id = 0
        self.epoch = 0
        self.sequence = 0
        self.cluster = 0


def examine(packet: bytes | bytearray, length: int, cluster: int) -> int:
    """`refusal` code of a datagram of `length` bytes in `packet`, by its unauthenticated head."""
    if length != PACKET_BYTES:
        return refusal.LENGTH if length else refusal.EMPTY
    if packet[0] != MAGIC_LOW or packet[1] != MAGIC_HIGH:
        return refusal.FOREIGN
    if packet[2] != VERSION:
        return refusal.VERSION
    if not 1 <= packet[3] <= KIND_LAST:
        return refusal.KIND
    if packet[16] | packet[17] << 8 != cluster:
        return refusal.CLUSTER
    return refusal.ACCEPTED


def put_head(packet: bytearray, kind: int, said: Head) -> None:
    """Write the first 18 bytes of a packet of this kind, by the sender that `said` names."""
    packet[0] = MAGIC_LOW
    packet[1] = MAGIC_HIGH
    packet[2] = VERSION
    packet[3] = kind
    put_word(packet, 4, said.node_id)
    put_word(packet, 8, said.epoch)
    put_word(packet, 12, said.sequence)
    put_half(packet, 16, said.cluster)
