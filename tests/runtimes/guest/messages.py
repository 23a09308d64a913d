"""Checks of messages.json: packets of glyphs, both ways, and what is not taken over."""

from binascii import unhexlify

from ascpi_core.glyphs.messages import Message
from ascpi_core.ssep import ACCEPTED, DROP_REASONS, examine_head
from tests.runtimes.guest.packets import text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

STATE_BYTES = 24
FIELDS = (
    "message_kind node_id epoch sequence cluster to birth_node birth_count kind dphi kappa "
    "theta energy lifetime coherence hops number sender_energy identity nonce check outcome "
    "reason standing peer to_epoch verb target"
)
KEPT = FIELDS.split(" ")


def filled() -> Message:
    """One whose every field is something that no vector would make it by accident."""
    message = Message()
    for number in range(len(KEPT)):
        setattr(message, KEPT[number], 1000 + number)
    for index in range(STATE_BYTES):
        message.state[index] = 200 + index
    return message


def fields_of(message: Message, names: "list[str]") -> "list[list[Any]]":
    """Their values; of the state all 24 bytes."""
    return [
        [name, text_of(message.state) if name == "state" else getattr(message, name)]
        for name in names
    ]


def decoded(case: "dict[str, Any]") -> "list[Any]":
    """A valid packet: the refusal codes of both steps, and every field that it has."""
    packet = unhexlify(case["hex"])
    message = filled()
    codes: list[Any] = [examine_head(packet, len(packet), case["fields"]["cluster"])]
    codes.append(message.decode(packet))
    return codes + fields_of(message, sorted(case["fields"]))


def wanted_fields(case: "dict[str, Any]") -> "list[Any]":
    """What `decoded` should give: of the state the bytes that are carried, and then zeros."""
    fields = dict(case["fields"])
    if "state" in fields:
        fields["state"] += "0" * (2 * STATE_BYTES - len(fields["state"]))
    return [ACCEPTED, ACCEPTED] + [[name, fields[name]] for name in sorted(fields)]


def encoded(case: "dict[str, Any]") -> str:
    """The packet, made from the fields, into a buffer that was full of something else."""
    message = filled()
    for name in case["fields"]:
        value = case["fields"][name]
        if name == "state":
            for index, octet in enumerate(unhexlify(value)):
                message.state[index] = octet
        else:
            setattr(message, name, value)
    packet = bytearray(b"\xff" * 64)
    message.encode(packet)
    return text_of(packet)


def refused(case: "dict[str, Any]") -> str:
    """An invalid packet: what is said to it."""
    return DROP_REASONS[filled().decode(unhexlify(case["hex"]))]
