"""Safety, checked after every event: the sentences here are what must never be false.

| check | says |
|---|---|
| twice | at most one board counts a glyph as its own, whichever board loses its power next |
| lost | every glyph that was born and has not ended is on a board that would still have it then |
| energy | every board has born + received = held + spent + sent; all sent arrives or is underway |
| flash | what a board knows of its glyphs after a boot is what its flash says |
| count | a counter goes on from where it was, or after a power cut from where the flash had it |
| turn | no glyph runs twice in one turn |
| nonce | no nonce stands for two transfers |
| forged | no packet that was damaged on the way is taken |
| raised | no node raises, and no glyph but the one that is made for it |
| digest | a beacon's count and digest of glyphs are those of the glyphs held |

"Whichever board loses its power next" makes it strict: for each board there are two truths, what
it has in memory and what its flash would give back, and the sentence has to hold for both. So it
is enough that a power cut *would* lose a glyph; the cut need not come.

A backup that is put back, and an erased flash, are stronger than any protocol: what they must do
is excused (`amnesty`), for the glyphs concerned and no others.
"""

from collections.abc import Callable
from dataclasses import dataclass

from ascpi.sim.amnesty import Amnesty
from ascpi.sim.machine import Machine
from ascpi.sim.probe import Stumbler
from ascpi.sim.shadow import LEFT, Name
from ascpi_core.glyphs.glyph import Glyph, GlyphTable, fingerprint
from ascpi_core.glyphs.lifecycle import DEPARTING, ENDING, FREE, RESUMING, STOPPED
from ascpi_core.layout import COUNTS

NOTHING, LEAVING, COUNTING, DYING = range(4)
"""How a board has a glyph: not, or only in part; it was its own and is on its way; it is its own;
it is about to end."""

_HOW = [COUNTING if counts else NOTHING for counts in COUNTS]
_HOW[DEPARTING] = _HOW[RESUMING] = LEAVING
_HOW[ENDING] = DYING


CHECKS = (
    "twice",
    "lost",
    "energy",
    "flash",
    "count",
    "turn",
    "nonce",
    "forged",
    "raised",
    "digest",
)

DIGEST_MASK = (1 << 30) - 1


@dataclass(frozen=True)
class Violation:
    """A sentence that was false, and when."""

    check: str
    true_us: int
    words: str


class Slot:
    """What was last seen of one slot."""

    __slots__ = ("energy", "name", "since_us", "standing")

    def __init__(self) -> None:
        self.standing = FREE
        self.name: Name = (0, 0)
        self.energy = 0
        self.since_us = 0


class Checker:
    """Looks at the machines that an event touched, and at the glyphs that changed there."""

    def __init__(self, machines: list[Machine]) -> None:
        self.machines = machines
        self.violations: list[Violation] = []
        self.now_us = 0
        self.alive: dict[Name, int] = {}
        """Glyphs that were born and have not ended, durably, and when."""
        self.amnesty = Amnesty()
        self.slots: dict[int, list[Slot]] = {machine.node_id: [] for machine in machines}
        self.on_change: Callable[[Machine, Glyph, int], None] | None = None
        """Told of each slot that changed, and where its glyph stood before."""
        self.touched: list[Name] = []
        """Glyphs of which something was written: to be judged when the event is over."""
        self._said: dict[tuple[str, str], bool] = {}

    def fail(self, check: str, words: str) -> None:
        """Note a violation by one of CHECKS; the same one once only."""
        assert check in CHECKS, check
        if (check, words) not in self._said:
            self._said[check, words] = True
            self.violations.append(Violation(check, self.now_us, words))

    # After an event

    def look(self, machine: Machine, now_us: int) -> None:
        """A machine with power did something: look at what changed, and at its balance."""
        self.now_us = now_us
        motor = machine.motor
        if motor is None:
            return
        seen = self.slots[machine.node_id]
        held = 0
        changed = self.touched
        for index, glyph in enumerate(motor.holding.slots):
            if index == len(seen):
                seen.append(Slot())
            slot = seen[index]
            standing = glyph.standing
            if COUNTS[standing]:
                held += glyph.energy
            if standing != slot.standing or slot.name != (glyph.birth_node, glyph.birth_count):
                if self.on_change is not None:
                    self.on_change(machine, glyph, self._before(slot, glyph))
                self._changed(slot, glyph, changed)
        ledger = motor.holding.ledger
        off = ledger.born + ledger.received - held - ledger.spent - ledger.sent
        if off:
            self.fail("energy", f"node {machine.node_id}: born + received − the rest = {off}")
        elif motor.holding.energy != held:
            self.fail("energy", f"node {machine.node_id} tells another energy than it holds")
        if changed:
            self._add_up(machine, motor.holding)
            self.touched = []
            for name in changed:
                self.judge(name)

    def _changed(self, slot: Slot, glyph: Glyph, changed: list[Name]) -> None:
        name = (glyph.birth_node, glyph.birth_count)
        if slot.standing != FREE:
            changed.append(slot.name)
        if glyph.standing != FREE and name not in changed:
            changed.append(name)
        if glyph.standing == STOPPED and glyph.kind != Stumbler.NUMBER:
            self.fail("raised", f"glyph {shown(name)} of kind {glyph.kind} was stopped")
        slot.standing = glyph.standing
        slot.name = name
        slot.since_us = self.now_us

    def _add_up(self, machine: Machine, holding: GlyphTable) -> None:
        """What others are told of all glyphs together, worked out anew."""
        marks = [
            fingerprint(glyph.birth_node, glyph.birth_count, glyph.hops)
            for glyph in holding.slots
            if COUNTS[glyph.standing]
        ]
        if holding.digest != sum(marks) & DIGEST_MASK or holding.count != len(marks):
            self.fail("digest", f"node {machine.node_id} tells a digest of other glyphs")

    def _before(self, slot: Slot, glyph: Glyph) -> int:
        """Where this very glyph stood."""
        same = slot.name == (glyph.birth_node, glyph.birth_count)
        return slot.standing if same else FREE

    def forget(self, machine: Machine) -> None:
        """It has lost its power, or has it again: what its memory held is no more."""
        names = dict.fromkeys([*self.names(machine), *self.touched])
        self.touched = []
        self.slots[machine.node_id] = []
        for name in names:
            self.judge(name)

    def names(self, machine: Machine) -> list[Name]:
        """Of all glyphs that it has in memory or on its flash."""
        found = dict.fromkeys(machine.shadow.glyphs)
        for slot in self.slots[machine.node_id]:
            if slot.standing != FREE:
                found[slot.name] = None
        return list(found)

    # One glyph

    def in_memory(self, machine: Machine, name: Name) -> int:
        """How a machine with power has it; twice in one memory is a violation of its own."""
        how = NOTHING
        for slot in self.slots[machine.node_id]:
            if slot.name == name and slot.standing != FREE:
                if how == COUNTING and COUNTS[slot.standing]:
                    self.fail("twice", f"glyph {shown(name)} twice on node {machine.node_id}")
                how = max(how, _HOW[slot.standing])
        return how

    def on_flash(self, machine: Machine, name: Name) -> int:
        """How it would have it after a power cut."""
        entry = machine.shadow.glyphs.get(name)
        if entry is None:
            return NOTHING
        if entry.counts:
            return COUNTING
        return LEAVING if entry.standing == LEFT else NOTHING

    def judge(self, name: Name) -> None:
        """Whether this glyph is where it may be, and nowhere else."""
        owners: list[int] = []
        is_safe = is_dying = False
        for machine in self.machines:
            flash = self.on_flash(machine, name)
            # Without power, or unread, only the flash has a say.
            knows = machine.motor is not None and machine.flash.is_readable
            memory = self.in_memory(machine, name) if knows else flash
            if memory == COUNTING or flash == COUNTING:
                owners.append(machine.node_id)
            is_dying = is_dying or memory == DYING
            is_safe = is_safe or (memory in (LEAVING, COUNTING) and flash in (LEAVING, COUNTING))
        if len(owners) > 1 and not self.amnesty.may_double(name, self.now_us):
            self.fail("twice", f"glyph {shown(name)} is on nodes {words(owners)}")
        if name in self.alive and not (is_safe or is_dying) and not self.amnesty.covers(name):
            where = f"only on node {owners[0]}, and not for sure" if owners else "on no board"
            self.fail("lost", f"glyph {shown(name)} is {where}")

    def born(self, name: Name) -> None:
        """It is on a flash: it must be somewhere from now on."""
        self.alive[name] = self.now_us

    def ended(self, name: Name) -> None:
        """Its end is on a flash."""
        self.alive.pop(name, None)

    def running(self, name: Name) -> list[int]:
        """Boards with power that count it as their own."""
        return [
            machine.node_id
            for machine in self.machines
            if machine.motor is not None and self.in_memory(machine, name) == COUNTING
        ]


def shown(name: Name) -> str:
    """A glyph's id as people read it."""
    return f"{name[0]}.{name[1]}"


def words(nodes: list[int]) -> str:
    """Numbers in a sentence."""
    return " and ".join(str(node) for node in nodes)
