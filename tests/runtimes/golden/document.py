"""The parts of docs/ssep.md that follow from the core's tables, so that they cannot drift."""

import re
from collections.abc import Iterable, Sequence

from ascpi.paths import REPOSITORY
from ascpi_core.layout import BEACON, DROP_MEANINGS, HEADER, KILL, MOVE, ORDER, SPAWN, TABLES, TAG
from ascpi_core.phase import BAND_NAMES, LOCK_STATES
from ascpi_core.ssep import DROP_REASONS, EXTENSION_ECHO
from tests.runtimes.golden import packets

PATH = REPOSITORY / "docs" / "ssep.md"

BLOCK = re.compile(r"(<!-- made: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)

# (name, offset, bytes, smallest, largest, meaning)
Row = tuple[str, int, int, int, int, str]


def power(value: int) -> str:
    """A bound as people write it."""
    for bits in range(14, 33):
        if value == (1 << bits) - 1:
            return f"2^{bits} − 1"
        if value == 1 << bits:
            return f"2^{bits}"
    return str(value)


def table(*rows: Sequence[str]) -> str:
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * len(rows[0]), *lines[1:]]) + "\n"


def place(offset: int, width: int) -> str:
    return str(offset) if width == 1 else f"{offset}–{offset + width - 1}"


def fields(rows: Iterable[Row]) -> str:
    body = []
    for name, offset, width, low, high, meaning in rows:
        span = f"{low:#x}" if low == high and width > 1 else power(low)
        if low != high:
            span += f" … {power(high)}"
        if width > 4:
            span = "any bytes"
        body.append((place(offset, width), f"`{name}`", str(width), span, meaning))
    return table(("bytes", "field", "length", "range", "unit and meaning"), *body)


def messages() -> dict[str, str]:
    """The packets of glyphs. What orders have in common has a table of its own."""
    made = {name: fields(rows) for name, kind, verb, rows in TABLES if not verb}
    orders = {"order": ORDER, "spawn": SPAWN, "kill": KILL}
    return made | {name: fields(rows) for name, rows in (orders | {"move": MOVE}).items()}


def tag() -> str:
    name, offset, width, meaning = TAG
    return table(
        ("bytes", "field", "length", "meaning"),
        (place(offset, width), f"`{name}`", str(width), meaning),
    )


def reasons() -> str:
    rows = [
        (str(code), f"`{DROP_REASONS[code]}`", DROP_MEANINGS[code])
        for code in range(len(DROP_REASONS))
    ]
    return table(("code", "name", "meaning"), *rows)


def modes() -> str:
    return table(
        ("value", "bits 0–1, band", "bits 2–3, state of the lock"),
        *((str(n), BAND_NAMES[n], LOCK_STATES[n]) for n in range(4)),
    )


def example() -> str:
    """The document's packet: its bytes, and each field with what they say."""
    packet = packets.signed(packets.pack(packets.EXAMPLE), packets.EXAMPLE_KEY)
    lines = [packet[start : start + 16].hex(" ") for start in range(0, 64, 16)]
    rows = []
    for name, offset, width, *_ in [*HEADER, *BEACON]:
        raw = packet[offset : offset + width]
        value = int.from_bytes(raw, "little")
        rows.append((place(offset, width), f"`{name}`", f"`{raw.hex(' ')}`", said(name, value)))
    rows.append((place(56, 8), "`tag`", f"`{packet[56:].hex(' ')}`", "right under the key"))
    body = table(("bytes", "field", "hex", "value"), *rows)
    return "```\n" + "\n".join(lines) + "\n```\n\n" + body


def said(name: str, value: int) -> str:
    if name == "theta":
        return f"{value} · 2^-28 = {value / 2**28:.6f} turn"
    if name in ("dphi", "kappa", "coherence"):
        return f"{value} · 2^-15 = {value / 2**15:.4f}"
    if name in ("timestamp", "echo_timestamp", "echo_age"):
        return f"{value} µs"
    if name == "mode":
        extension = "an echo" if value >> 4 == EXTENSION_ECHO else f"extension {value >> 4}"
        return f"{value}: {BAND_NAMES[value & 3]}, {LOCK_STATES[(value >> 2) & 3]}, {extension}"
    if name == "address":
        return f"region {value >> 8}, field {value & 255}"
    if name == "magic":
        return "π"
    return str(value)


def blocks() -> dict[str, str]:
    return {
        "head": fields(HEADER),
        "beacon": fields(BEACON),
        **messages(),
        "tag": tag(),
        "modes": modes(),
        "reasons": reasons(),
        "example": example(),
    }


def with_blocks() -> str:
    """The document as it stands, with every block made anew."""
    made = blocks()
    text = PATH.read_text("utf-8")
    missing = made.keys() - {match[2] for match in BLOCK.finditer(text)}
    if missing:
        raise ValueError(f"{PATH} has no block for {', '.join(sorted(missing))}")
    return BLOCK.sub(lambda match: match[1] + made[match[2]] + match[3], text)
