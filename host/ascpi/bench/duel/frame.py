"""What an Ethernet frame says of itself, as far as a switch and a count of packets need it."""

ADDRESS_BYTES = 6
HEADER_BYTES = 14

_TYPE_IPV4 = b"\x08\x00"
_TYPE_ARP = b"\x08\x06"
_IPV4_PROTOCOL_AT = HEADER_BYTES + 9
_PROTOCOL_UDP = 17
_UDP_HEADER_BYTES = 8

# The kinds that are counted apart.
UDP, ARP, OTHER = "udp", "arp", "other"


def destination(frame: bytes) -> bytes:
    return frame[:ADDRESS_BYTES]


def source(frame: bytes) -> bytes:
    return frame[ADDRESS_BYTES : 2 * ADDRESS_BYTES]


def is_group(address: bytes) -> bool:
    """Broadcast or multicast."""
    return bool(address[0] & 1)


def kind(frame: bytes) -> str:
    """UDP (over IPv4), ARP or OTHER."""
    protocol = frame[2 * ADDRESS_BYTES : HEADER_BYTES]
    if protocol == _TYPE_ARP:
        return ARP
    if (
        protocol == _TYPE_IPV4
        and len(frame) > _IPV4_PROTOCOL_AT
        and frame[_IPV4_PROTOCOL_AT] == _PROTOCOL_UDP
    ):
        return UDP
    return OTHER


def payload_bytes(frame: bytes) -> int:
    """Bytes in the datagram that a UDP frame carries; 0 for any other frame.

    By the datagram's own length, as a short frame may be padded. A later fragment has none.
    """
    if kind(frame) != UDP:
        return 0
    udp_at = HEADER_BYTES + (frame[HEADER_BYTES] & 0x0F) * 4
    is_later_fragment = int.from_bytes(frame[HEADER_BYTES + 6 : HEADER_BYTES + 8], "big") & 0x1FFF
    if is_later_fragment or len(frame) < udp_at + _UDP_HEADER_BYTES:
        return 0
    return max(0, int.from_bytes(frame[udp_at + 4 : udp_at + 6], "big") - _UDP_HEADER_BYTES)
