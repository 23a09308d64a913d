"""The bytes of the packets that tell and ask: a glyph's description, orders and their answers.

Readers and writers as in `transfer_packets`. `layout` has the tables.
"""

from ..octets import (
    get_half,
    get_three,
    get_word,
    is_blank,
    is_node,
    put_half,
    put_three,
    put_word,
)
from ..wire import CODE_LARGEST, VERB_KILL, VERB_MOVE, VERB_SPAWN, WATCHED_BYTES
from .glyph import STANDINGS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .fields import Fields


def read_glyph(message: "Fields", packet: bytes | bytearray) -> bool:
    if (
        not is_node(packet, 18)
        or not packet[28]
        or packet[29] >= len(STANDINGS)
        or packet[39] > 0x0F
        or (packet[41] | packet[43]) > 0x7F
        or packet[55] > 0x3F
    ):
        return False
    message.get_birth(packet, 18)
    message.hops = get_three(packet, 25)
    message.kind = packet[28]
    message.standing = packet[29]
    message.energy = get_three(packet, 30)
    message.lifetime = get_three(packet, 33)
    message.theta = get_word(packet, 36)
    message.dphi = get_half(packet, 40)
    message.kappa = get_half(packet, 42)
    message.get_state(packet, 44, WATCHED_BYTES)
    message.peer = get_word(packet, 52)
    return True


def write_glyph(message: "Fields", packet: bytearray) -> int:
    message.put_birth(packet, 18)
    put_three(packet, 25, message.hops)
    packet[28] = message.kind
    packet[29] = message.standing
    put_three(packet, 30, message.energy)
    put_three(packet, 33, message.lifetime)
    put_word(packet, 36, message.theta)
    put_half(packet, 40, message.dphi)
    put_half(packet, 42, message.kappa)
    message.put_state(packet, 44, WATCHED_BYTES)
    put_word(packet, 52, message.peer)
    return 56


def read_order(message: "Fields", packet: bytes | bytearray) -> bool:
    if not is_node(packet, 18) or (packet[25] | packet[29]) > 0x3F:
        return False
    verb = packet[30]
    if verb == VERB_SPAWN:
        fits = _read_spawn(message, packet)
    elif verb == VERB_KILL:
        fits = _read_kill(message, packet)
    else:
        fits = verb == VERB_MOVE and _read_move(message, packet)
    if fits:
        message.to = get_word(packet, 18)
        message.to_epoch = get_word(packet, 22)
        message.number = get_word(packet, 26)
        message.verb = verb
    return fits


def _read_spawn(message: "Fields", packet: bytes | bytearray) -> bool:
    if (
        not packet[31]
        or packet[35] > 0x0F
        or (packet[37] | packet[39]) > 0x7F
        or not is_blank(packet, 54)
    ):
        return False
    message.kind = packet[31]
    message.theta = get_word(packet, 32)
    message.dphi = get_half(packet, 36)
    message.kappa = get_half(packet, 38)
    message.energy = get_three(packet, 40)
    message.lifetime = get_three(packet, 43)
    message.get_state(packet, 46, WATCHED_BYTES)
    return True


def _read_kill(message: "Fields", packet: bytes | bytearray) -> bool:
    if not is_node(packet, 31) or not is_blank(packet, 38):
        return False
    message.get_birth(packet, 31)
    return True


def _read_move(message: "Fields", packet: bytes | bytearray) -> bool:
    if not is_node(packet, 31) or not is_node(packet, 38) or not is_blank(packet, 42):
        return False
    message.get_birth(packet, 31)
    message.target = get_word(packet, 38)
    return True


def write_order(message: "Fields", packet: bytearray) -> int:
    put_word(packet, 18, message.to)
    put_word(packet, 22, message.to_epoch)
    put_word(packet, 26, message.number)
    packet[30] = message.verb
    if message.verb == VERB_SPAWN:
        packet[31] = message.kind
        put_word(packet, 32, message.theta)
        put_half(packet, 36, message.dphi)
        put_half(packet, 38, message.kappa)
        put_three(packet, 40, message.energy)
        put_three(packet, 43, message.lifetime)
        message.put_state(packet, 46, WATCHED_BYTES)
        return 54
    message.put_birth(packet, 31)
    if message.verb == VERB_KILL:
        return 38
    put_word(packet, 38, message.target)
    return 42


def read_answer(message: "Fields", packet: bytes | bytearray) -> bool:
    if (
        not is_node(packet, 18)
        or (packet[25] | packet[30]) > 0x3F
        or packet[26] > CODE_LARGEST
        or not is_blank(packet, 34)
    ):
        return False
    message.to = get_word(packet, 18)
    message.number = get_word(packet, 22)
    message.outcome = packet[26]
    message.get_birth(packet, 27)
    return True


def write_answer(message: "Fields", packet: bytearray) -> int:
    put_word(packet, 18, message.to)
    put_word(packet, 22, message.number)
    packet[26] = message.outcome
    message.put_birth(packet, 27)
    return 34
