"""What is written on the command line of `ascpi glyph`, in the core's units.

Each function gives a value or raises GlyphError: one sentence that names the option.
"""

from ascpi.glyphs.conversation import GlyphError
from ascpi.glyphs.report import ENDLESS
from ascpi.glyphs.roster_digest import Ident
from ascpi_core.fixed import BELOW_ONE, ONE, TURN
from ascpi_core.glyphs.glyph import ENERGY_MAXIMUM, LIFETIME_ENDLESS
from ascpi_core.glyphs.kind import VISIBLE_BYTES, Registry
from ascpi_core.ssep import WORD_MAXIMUM

COUNT_MAXIMUM = 0xFFFFFF
KIND_MAXIMUM = 255


def glyph_id(text: str) -> Ident:
    """(7, 129) from "7.129"."""
    node, dot, count = text.partition(".")
    if dot and _is_number(node) and _is_number(count):
        ident = int(node), int(count)
        if 1 <= ident[0] <= WORD_MAXIMUM and ident[1] <= COUNT_MAXIMUM:
            return ident
    raise GlyphError(
        f"{text!r} is no glyph's id: write the node of its birth, a point and the count, as in "
        "7.129; `ascpi glyph list` shows them"
    )


def kind_number(text: str, registry: Registry) -> int:
    """Of a type, from its name; a number stands for a type that this computer does not know."""
    kind = registry.by_name(text)
    if kind is not None:
        return kind.NUMBER
    if _is_number(text) and 1 <= int(text) <= KIND_MAXIMUM:
        return int(text)
    raise GlyphError(
        f"no type of glyph is called {text!r}: there are {', '.join(registry.names())}; one of "
        "your own needs its file in the folder that --glyphs names"
    )


def node_number(text: str) -> int:
    """A node's id."""
    if _is_number(text) and 1 <= int(text) <= WORD_MAXIMUM:
        return int(text)
    raise GlyphError(f"{text!r} is no node: write its id, a number from 1 on")


def theta(turns: float) -> int:
    """2^-28 turn from turns."""
    if not 0 <= turns < 1:
        raise GlyphError(f"--theta {turns:g} is no phase: give turns from 0 up to but not 1")
    return round(turns * TURN) % TURN


def fraction(value: float | None, option: str) -> int | None:
    """Q15 from a number below 1."""
    if value is None:
        return None
    if not 0 <= value < 1:
        raise GlyphError(
            f"{option} {value:g} is not allowed: give a number from 0 up to but not 1"
        )
    return min(BELOW_ONE, round(value * ONE))


def energy(quanta: int) -> int:
    if not 1 <= quanta <= ENERGY_MAXIMUM:
        raise GlyphError(f"--energy {quanta} is not allowed: give 1 to {ENERGY_MAXIMUM} quanta")
    return quanta


def lifetime(text: str) -> int:
    """Turns; or "endless"."""
    if text == ENDLESS:
        return LIFETIME_ENDLESS
    if _is_number(text) and 1 <= int(text) < LIFETIME_ENDLESS:
        return int(text)
    raise GlyphError(
        f"--lifetime {text} is not allowed: give 1 to {LIFETIME_ENDLESS - 1} turns, or {ENDLESS}"
    )


def octets(text: str) -> bytes:
    """Up to eight bytes from hexadecimal digits."""
    try:
        found = bytes.fromhex(text)
    except ValueError:
        found = None
    if found is None or len(found) > VISIBLE_BYTES:
        raise GlyphError(
            f"--bytes {text!r} is not allowed: give up to {2 * VISIBLE_BYTES} hexadecimal digits, "
            "two for each byte, as in 81000000"
        )
    return found


def seconds(value: float | None, default: float) -> float:
    if value is None:
        return default
    if not 0 < value < float("inf"):
        raise GlyphError(f"--seconds {value:g} is no time: give more than 0")
    return value


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()
