"""The bytes of the packets that move a glyph: offer, accept, commit, done, abort, refuse.

Of each kind a reader, which is False and changes nothing if a field lies outside its range, and a
writer, which returns where the fields end. `layout` has the tables.
"""

from ..octets import (
    get_half,
    get_three,
    get_word,
    is_blank,
    is_node,
    is_unit,
    put_half,
    put_three,
    put_word,
)
from ..wire import CODE_LARGEST
from .glyph import STATE_BYTES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .fields import Fields


def read_offer(message: "Fields", packet: bytes | bytearray) -> bool:
    if (
        not is_node(packet, 18)
        or not is_node(packet, 22)
        or not packet[29]
        or (packet[31] | packet[33]) > 0x7F
        or packet[37] > 0x0F
        or not is_unit(packet, 44)
        or packet[52] > 0x3F
    ):
        return False
    message.to = get_word(packet, 18)
    message.get_birth(packet, 22)
    message.kind = packet[29]
    message.dphi = get_half(packet, 30)
    message.kappa = get_half(packet, 32)
    message.theta = get_word(packet, 34)
    message.energy = get_three(packet, 38)
    message.lifetime = get_three(packet, 41)
    message.coherence = get_half(packet, 44)
    message.hops = get_three(packet, 46)
    message.number = get_word(packet, 49)
    message.sender_energy = get_three(packet, 53)
    return True


def write_offer(message: "Fields", packet: bytearray) -> int:
    put_word(packet, 18, message.to)
    message.put_birth(packet, 22)
    packet[29] = message.kind
    put_half(packet, 30, message.dphi)
    put_half(packet, 32, message.kappa)
    put_word(packet, 34, message.theta)
    put_three(packet, 38, message.energy)
    put_three(packet, 41, message.lifetime)
    put_half(packet, 44, message.coherence)
    put_three(packet, 46, message.hops)
    put_word(packet, 49, message.number)
    put_three(packet, 53, message.sender_energy)
    return 56


def read_accept(message: "Fields", packet: bytes | bytearray) -> bool:
    if (
        not is_node(packet, 18)
        or not is_node(packet, 22)
        or (packet[35] | packet[39] | packet[43]) > 0x3F
        or not is_blank(packet, 44)
    ):
        return False
    message.to = get_word(packet, 18)
    message.get_birth(packet, 22)
    message.hops = get_three(packet, 29)
    message.number = get_word(packet, 32)
    message.identity = get_word(packet, 36)
    message.nonce = get_word(packet, 40)
    return True


def write_accept(message: "Fields", packet: bytearray) -> int:
    put_word(packet, 18, message.to)
    message.put_birth(packet, 22)
    put_three(packet, 29, message.hops)
    put_word(packet, 32, message.number)
    put_word(packet, 36, message.identity)
    put_word(packet, 40, message.nonce)
    return 44


def _is_transfer(packet: bytes | bytearray) -> bool:
    return is_node(packet, 18) and (packet[25] | packet[29]) <= 0x3F


def _get_transfer(message: "Fields", packet: bytes | bytearray) -> None:
    message.to = get_word(packet, 18)
    message.identity = get_word(packet, 22)
    message.nonce = get_word(packet, 26)
    message.check = get_half(packet, 30)


def _put_transfer(message: "Fields", packet: bytearray) -> None:
    put_word(packet, 18, message.to)
    put_word(packet, 22, message.identity)
    put_word(packet, 26, message.nonce)
    put_half(packet, 30, message.check)


def read_commit(message: "Fields", packet: bytes | bytearray) -> bool:
    if not _is_transfer(packet):
        return False
    _get_transfer(message, packet)
    message.get_state(packet, 32, STATE_BYTES)
    return True


def write_commit(message: "Fields", packet: bytearray) -> int:
    _put_transfer(message, packet)
    message.put_state(packet, 32, STATE_BYTES)
    return 56


def read_done(message: "Fields", packet: bytes | bytearray) -> bool:
    if not _is_transfer(packet) or packet[32] > CODE_LARGEST or not is_blank(packet, 33):
        return False
    _get_transfer(message, packet)
    message.outcome = packet[32]
    return True


def write_done(message: "Fields", packet: bytearray) -> int:
    _put_transfer(message, packet)
    packet[32] = message.outcome
    return 33


def read_abort(message: "Fields", packet: bytes | bytearray) -> bool:
    if not _is_transfer(packet) or packet[32] > CODE_LARGEST or not is_blank(packet, 33):
        return False
    _get_transfer(message, packet)
    message.reason = packet[32]
    return True


def write_abort(message: "Fields", packet: bytearray) -> int:
    _put_transfer(message, packet)
    packet[32] = message.reason
    return 33


def read_refuse(message: "Fields", packet: bytes | bytearray) -> bool:
    if (
        not is_node(packet, 18)
        or not is_node(packet, 22)
        or packet[32] > 0x3F
        or packet[33] > CODE_LARGEST
        or not is_blank(packet, 34)
    ):
        return False
    message.to = get_word(packet, 18)
    message.get_birth(packet, 22)
    message.number = get_word(packet, 29)
    message.reason = packet[33]
    return True


def write_refuse(message: "Fields", packet: bytearray) -> int:
    put_word(packet, 18, message.to)
    message.put_birth(packet, 22)
    put_word(packet, 29, message.number)
    packet[33] = message.reason
    return 34
