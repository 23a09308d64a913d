"""Checks on what is written, sent and run, rather than on where glyphs are: see `checker`."""

from dataclasses import dataclass

from ascpi.sim.checker import Checker, shown
from ascpi.sim.machine import Machine
from ascpi.sim.probe import COUNTING_KINDS
from ascpi.sim.shadow import ARRIVED, BORN, COMMITTED, ENDED, LEFT, Name, Record
from ascpi_core.fixed import TURN
from ascpi_core.glyphs.glyph import Glyph
from ascpi_core.glyphs.kind import get_word
from ascpi_core.glyphs.lifecycle import FREE
from ascpi_core.layout import COUNTS
from ascpi_core.phase import LOCKED
from ascpi_core.ssep import KIND_ACCEPT

HALF_TURN = TURN // 2
HALF_SECOND_US = 500_000


@dataclass
class Run:
    """When and where a glyph ran last, how far that board's turns were, and its count then."""

    true_us: int
    node_id: int
    epoch: int
    turns: int
    is_locked: bool


class Course:
    """Follows glyphs' runs and counts, energy on its way, and nonces."""

    def __init__(self, checker: Checker) -> None:
        self.checker = checker
        self.handoffs = 0
        self.glyph_turns = 0
        self.rolled_back = 0
        """Most steps that one power cut took back."""
        self.runs: dict[Name, Run] = {}
        self.counts: dict[Name, int] = {}
        self._arrived: dict[tuple[Name, int], bool] = {}
        self._nonces: dict[tuple[int, int], tuple[Name, int, int]] = {}

    # What is written

    def wrote(self, machine: Machine, records: list[Record], now_us: int) -> None:
        """These records became durable, and the shadow has them."""
        checker = self.checker
        checker.now_us = now_us
        for record in records:
            if record.type == BORN:
                checker.born(record.name)
            elif record.type == ENDED:
                checker.ended(record.name)
            elif record.type == ARRIVED:
                key = (record.name, record.entry.hops - 1)
                if key not in self._arrived:
                    self.handoffs += 1
                self._arrived[key] = True
            checker.touched.append(record.name)
        if any(record.type in (ARRIVED, COMMITTED) for record in records):
            self.weigh()

    def weigh(self) -> None:
        """What all boards together have sent and not received is on its way."""
        if self.checker.amnesty.is_granted:
            return
        away = 0
        on_the_way = 0
        for machine in self.checker.machines:
            shadow = machine.shadow
            away += shadow.sent - shadow.received
            for name, entry in shadow.glyphs.items():
                if entry.standing == LEFT and (name, entry.hops) not in self._arrived:
                    on_the_way += entry.energy
        if away != on_the_way:
            self.checker.fail(
                "energy", f"sent − received = {away}, and {on_the_way} quanta are on their way"
            )

    def booted(self, machine: Machine, now_us: int) -> None:
        """A board has read its journal: is it what the flash says?"""
        motor = machine.motor
        if motor is None or not machine.flash.is_readable:
            return
        self.checker.now_us = now_us
        shadow = machine.shadow
        ledger = motor.holding.ledger
        read = (ledger.born, ledger.received, ledger.spent, ledger.sent)
        true = (shadow.born, shadow.received, shadow.spent, shadow.sent)
        if read != true:
            self._misread(machine, f"sums {read} and not {true}")
        found = 0
        for glyph in motor.holding.slots:
            if glyph.standing == FREE:
                continue
            found += 1
            name = (glyph.birth_node, glyph.birth_count)
            entry = shadow.glyphs.get(name)
            if entry is None:
                self._misread(machine, f"glyph {shown(name)}, which is not there")
                continue
            if (glyph.energy, glyph.hops) != (entry.energy, entry.hops):
                self._misread(machine, f"glyph {shown(name)} with another energy or hops")
            if COUNTS[glyph.standing] != entry.counts:
                self._misread(machine, f"glyph {shown(name)} as {glyph.standing}")
            if entry.counts and entry.kind in COUNTING_KINDS:
                if bytes(glyph.state[:4]) != entry.state[:4]:
                    self._misread(machine, f"glyph {shown(name)} with another count")
                self._restore_count(name, get_word(entry.state, 0))
        if found != len(shadow.glyphs):
            self._misread(machine, f"{found} glyphs of {len(shadow.glyphs)}")

    def _restore_count(self, name: Name, count: int) -> None:
        known = self.counts.get(name, 0)
        if count > known and not self.checker.amnesty.covers(name):
            self.checker.fail("count", f"glyph {shown(name)} read {count} after {known}")
        self.rolled_back = max(self.rolled_back, known - count)
        self.counts[name] = count

    def _misread(self, machine: Machine, what: str) -> None:
        self.checker.fail("flash", f"node {machine.node_id} read {what}")

    # What runs

    def ran(self, machine: Machine, glyph: Glyph, before: int, after: int, now_us: int) -> None:
        """A glyph had its step on this board."""
        checker = self.checker
        checker.now_us = now_us
        self.glyph_turns += 1
        name = (glyph.birth_node, glyph.birth_count)
        node = machine.node
        assert node is not None
        run = Run(
            now_us, machine.node_id, machine.epoch, machine.turns, node.field.lock.state == LOCKED
        )
        last = self.runs.get(name)
        self.runs[name] = run
        if last is not None and not checker.amnesty.covers(name) and self._is_again(last, run):
            gap_us = now_us - last.true_us
            checker.fail("turn", f"glyph {shown(name)} ran again after {gap_us} µs")
        if glyph.kind in COUNTING_KINDS and not checker.amnesty.covers(name):
            known = self.counts.get(name, 0)
            if before != known:
                checker.fail("count", f"glyph {shown(name)} counts on from {before}, not {known}")
            elif after != before + 1:
                checker.fail("count", f"glyph {shown(name)} counted from {before} to {after}")
        self.counts[name] = after

    def _is_again(self, last: Run, run: Run) -> bool:
        """Whether two runs lie in one turn. On one board its own phase tells; on two, true time
        does while both are locked, and else nothing."""
        if last.node_id == run.node_id and last.epoch == run.epoch:
            return run.turns - last.turns < HALF_TURN
        return last.is_locked and run.is_locked and run.true_us - last.true_us < HALF_SECOND_US

    # What is sent

    def sent(self, machine: Machine, packet: bytes, now_us: int) -> None:
        """A packet that is no beacon goes out: an accept must have a nonce of its own."""
        if packet[3] != KIND_ACCEPT or machine.restored_us >= 0:
            return
        word = int.from_bytes
        key = (word(packet[36:40], "little"), word(packet[40:44], "little"))
        name = (word(packet[22:26], "little"), word(packet[26:29], "little"))
        meant = (name, word(packet[29:32], "little"), word(packet[18:22], "little"))
        if self._nonces.setdefault(key, meant) != meant:
            self.checker.now_us = now_us
            self.checker.fail("nonce", f"node {machine.node_id} gave nonce {key[1]} twice")
