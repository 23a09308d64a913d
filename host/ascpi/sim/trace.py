"""Everything that happens in a simulated world, one line of text each: time in s, board, what.

The lines of a seed are the same to the byte in every run and on every CPython: their SHA-256 is
what two runs are compared by.
"""

import hashlib
from collections.abc import Callable, Sequence

from ascpi.sim.air import Way
from ascpi.sim.cast import Cast
from ascpi.sim.faults import Mix
from ascpi.sim.flash import FATES, Fate
from ascpi.sim.machine import Machine
from ascpi.sim.options import SimOptions
from ascpi_core.glyphs.glyph import Glyph
from ascpi_core.glyphs.glyph import glyph_name as name_of
from ascpi_core.layout import STANDINGS
from ascpi_core.ssep import DROP_REASONS

KIND_NAMES = (
    *("", "beacon", "offer", "accept", "commit", "done", "abort", "refuse", "glyph", "order"),
    "answer",
)

MILLION = 1_000_000


class Trace:
    """Gives lines to `write`, if there is one, and counts and digests them."""

    def __init__(self, write: Callable[[str], object] | None = None, is_on: bool = True) -> None:
        self.is_on = is_on
        self.lines = 0
        self._write = write
        self._hash = hashlib.sha256()

    @property
    def digest(self) -> str:
        """SHA-256 of all lines so far."""
        return self._hash.hexdigest()

    def _say(self, now_us: int, machine: Machine | None, words: str) -> None:
        board = "-" if machine is None else str(machine.node_id)
        line = f"{now_us // MILLION}.{now_us % MILLION:06d} {board} {words}\n"
        self.lines += 1
        self._hash.update(line.encode())
        if self._write is not None:
            self._write(line)

    def begin(self, options: SimOptions, seed: int, mix: Mix, cast: Cast) -> None:
        """What this world is."""
        if not self.is_on:
            return
        self._say(0, None, f"seed {seed}, {options.words()}")
        strengths = [
            f"{name}={value}" for name, value in vars(mix).items() if value and name != "names"
        ]
        self._say(0, None, f"faults {' '.join(mix.names) or 'none'}: {' '.join(strengths)}")
        field = "keyed" if cast.key else "open"
        self._say(0, None, f"{field} field, {len(cast.births)} glyphs")

    def note(self, now_us: int, machine: Machine | None, what: str, words: str) -> None:
        """A fault, a boot, an order."""
        if self.is_on:
            self._say(now_us, machine, f"{what} {words}".rstrip())

    def sent(
        self,
        now_us: int,
        machine: Machine,
        packet: bytes,
        ways: Sequence[tuple[int, list[Way]]],
    ) -> None:
        """A packet goes out, and what becomes of it at every receiver."""
        fates = " ".join(f"{node}:{_fate(now_us, ways_there)}" for node, ways_there in ways)
        self._say(now_us, machine, f"sends {packet_words(packet)} {packet.hex()} {fates}")

    def heard(self, now_us: int, machine: Machine, packet: bytes, status: int) -> None:
        """A packet was read."""
        words = "damaged" if packet[3] >= len(KIND_NAMES) else packet_words(packet)
        self._say(now_us, machine, f"hears {words} {DROP_REASONS[status]}")

    def wrote(self, now_us: int, machine: Machine, what: str, types: str, fate: Fate) -> None:
        """A write to the flash."""
        kept = f" after {fate.kept} bytes" if fate.kept else ""
        self._say(now_us, machine, f"{what} {types}: {FATES[fate.outcome]}{kept}")

    def ran(self, now_us: int, machine: Machine, glyph: Glyph) -> None:
        """A glyph had its step."""
        name = name_of(glyph.birth_node, glyph.birth_count)
        self._say(now_us, machine, f"runs {name} energy {glyph.energy} {glyph.state.hex()}")

    def stands(self, now_us: int, machine: Machine, glyph: Glyph, before: int) -> None:
        """A slot changed its standing."""
        name = name_of(glyph.birth_node, glyph.birth_count)
        standing = f"{STANDINGS[before]} → {STANDINGS[glyph.standing]}"
        self._say(now_us, machine, f"glyph {name} {standing}, hops {glyph.hops}")


def packet_words(packet: bytes) -> str:
    """Kind and number of a packet."""
    sender = int.from_bytes(packet[4:8], "little")
    sequence = int.from_bytes(packet[12:16], "little")
    kind = KIND_NAMES[packet[3]] if packet[3] < len(KIND_NAMES) else str(packet[3])
    return f"{kind} {sender}/{sequence}"


def _fate(now_us: int, ways: list[Way]) -> str:
    if not ways:
        return "lost"
    words = []
    for arrival_us, held_us, flipped in ways:
        held = f"(clogged {held_us})" if held_us else ""
        words.append(f"+{arrival_us - now_us}{held}{'(damaged)' if flipped else ''}")
    return ",".join(words)


NO_TRACE = Trace(is_on=False)
