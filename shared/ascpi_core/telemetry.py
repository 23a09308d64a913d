"""Telemetry: one line of text a report, for a person to read and a program to parse.

    ASCPI report id=7 epoch=3 up_ms=12000 ticks=123456789 theta=0.123456789 state=locked …
    ASCPI event boot id=7 epoch=3 mac=0a:1b:2c:3d:4e:5f version=0.1.0 micropython=1.25.0 …
    ASCPI event joined peer=5
    ASCPI note text to the end of the line
    ASCPI error text to the end of the line

Words of the form name=value, without spaces in the value; new ones may come, so a reader passes
over what it does not know. `ticks` and `theta` belong together exactly. Making a line allocates:
it is for once in a while, not for the control loop.
"""

from . import VERSION
from .lines import TELEMETRY_PREFIX
from .peers import (
    EVENT_BAND_CHANGED,
    EVENT_COLLISION,
    EVENT_GLYPH_BORN,
    EVENT_NAMES,
    EVENT_STATE_CHANGED,
)
from .phase import BAND_NAMES, LOCK_STATES
from .ssep import ACCEPTED, CLAIM_UNKNOWN, DROP_OWN, DROP_REASONS
from .topology import TOPOLOGY_NAMES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .node import Node


def decimals(value: int, scale_bits: int, digits: int) -> str:
    """value · 2^−scale_bits as a decimal with so many digits, rounded to nearest."""
    scale = 10**digits
    scaled = (abs(value) * scale * 2 + (1 << scale_bits)) >> (scale_bits + 1)
    fraction = str(scaled % scale)
    whole = "%d.%s%s" % (scaled // scale, "0" * (digits - len(fraction)), fraction)
    return "-" + whole if value < 0 else whole


def report_line(node: "Node", now: int, up_ms: int, extra: str = "") -> str:
    """The state of a node at ticks `now`, `up_ms` after its start; `extra` goes to the end."""
    reception = node.reception
    field = node.field
    means = node.means()
    claim_us = field.claim_us()
    words = [
        TELEMETRY_PREFIX,
        "report",
        "id=%d" % node.node_id,
        "epoch=%d" % node.transmission.epoch,
        "up_ms=%d" % up_ms,
        "ticks=%d" % now,
        "theta=" + decimals(node.theta(now), 28, 9),
        "state=" + LOCK_STATES[field.lock.state],
        "band=" + BAND_NAMES[field.band],
        "c=" + decimals(field.coherence, 15, 4),
        "err_us=%d" % node.error_us(),
        "claim_us=" + ("unknown" if claim_us == CLAIM_UNKNOWN else str(claim_us)),
        "peers=%d" % len(field.membership.present),
        "dphi=" + decimals(means.dphi(), 15, 4),
        "kappa=" + decimals(means.kappa(), 15, 4),
        "topology=" + TOPOLOGY_NAMES[field.topology.number],
        "field=" + ("open" if node.is_open else "keyed"),
        "heard=%d" % reception.counters[ACCEPTED],
        "sent=%d" % node.transmission.sequence,
        "refused=%d" % reception.refused(),
    ]
    why = refusal_reasons(reception.counters)
    if why:
        words.append("why=" + why)
    if node.motor is not None:
        from .glyphs.telemetry import report_words  # only where there are any: it takes memory

        words.append(report_words(node.motor))
    if extra:
        words.append(extra)
    return " ".join(words)


def boot_line(node_id: int, epoch: int, mac: bytes, micropython: str, extra: str = "") -> str:
    """Who is starting: the first line that a program can read after a reset."""
    words = "%s event boot id=%d epoch=%d mac=%s version=%s micropython=%s" % (
        TELEMETRY_PREFIX,
        node_id,
        epoch,
        ":".join(["%02x" % byte for byte in mac]),
        VERSION,
        micropython,
    )
    return words + " " + extra if extra else words


def refusal_reasons(counters: "list[int]") -> str:
    """The refusals so far as reason:count,reason:count; empty if there are none."""
    return ",".join(
        [
            "%s:%d" % (DROP_REASONS[code], count)
            for code, count in enumerate(counters)
            if count and code not in (ACCEPTED, DROP_OWN)
        ]
    )


def node_event_line(node: "Node") -> str:
    """The event that `node.events.pop` took out, with what the node knows of it besides."""
    ring = node.events
    line = event_line(ring.event, ring.subject, ring.birth_count)
    if node.motor is None or ring.event < EVENT_GLYPH_BORN:
        return line
    from .glyphs.telemetry import event_words

    return (line + " " + event_words(node.motor, ring.subject, ring.birth_count)).rstrip()


def event_line(event: int, subject: int, birth_count: int = 0) -> str:
    """One event of a node, as `EventRing.pop` gives it."""
    name = EVENT_NAMES[event]
    if event >= EVENT_GLYPH_BORN:
        return "%s event %s glyph=%d.%d" % (TELEMETRY_PREFIX, name, subject, birth_count)
    if event == EVENT_STATE_CHANGED:
        return "%s event %s to=%s" % (TELEMETRY_PREFIX, name, LOCK_STATES[subject])
    if event == EVENT_BAND_CHANGED:
        return "%s event %s to=%s" % (TELEMETRY_PREFIX, name, BAND_NAMES[subject])
    if event == EVENT_COLLISION:
        return "%s event %s peer=%d more than one node sends with this id; give each its own" % (
            TELEMETRY_PREFIX,
            name,
            subject,
        )
    return "%s event %s peer=%d" % (TELEMETRY_PREFIX, name, subject)
