"""Who is due: a glyph runs when Θ_local passes its θ, once in a turn.

Steering can push the phase back over θ, or across it in one step. A glyph is therefore armed in
the part of the turn that is far from its θ, and fires once: as θ is reached, or in the quarter of
a turn behind it if it was jumped over. A stall of more than that loses the turn; several lost
turns are not made up for.

How it then goes depends on the mode, which is the band of the coherence (`MODES`): each time that
it is due a glyph is a turn older, but not always may it run.

A step costs energy by its type's COST, before it begins; longer than ALLOT_US costs COST more for
each further ALLOT_US begun. What a glyph does not have it cannot pay: then all is spent, and it
ends. So it does when its lifetime is over. One that raises is stopped, and keeps what it has.

Allocates nothing as long as no glyph comes to an end or raises.
"""

from .. import events
from ..circle import HALF_TURN, TURN
from ..ticks import ticks_diff
from .glyph import ENDING, HELD, LIFETIME_ENDLESS, STOPPED
from .glyph import name as name_of
from .guard import act

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable

    from ..events import EventRing
    from .glyph import Glyph
    from .holding import Holding
    from .kind import Registry
    from .ledger import Ledger
    from .world import World

QUARTER_TURN = TURN // 4
FAR_TURN = TURN // 8 * 3
"""So far behind its θ a glyph is armed again: an eighth of a turn beyond where it would still
fire, for so much steering can take back in one step, and then it would run twice in a turn."""
_NEAR_AGAIN = QUARTER_TURN + HALF_TURN
_COUNT_MASK = 0x3FFFFFFF

ERROR_LETTERS = 100
"""What is kept of an error's text."""

_NO_TYPE = "this node has no type of number %d: give it its file, and start it anew"


class Mode:
    """How glyphs are scheduled in one band of the coherence."""

    def __init__(self, name: str, guests_run: bool, every: int, handoff_turns: int) -> None:
        self.name = name
        self.guests_run = guests_run
        """Whether glyphs run that were born elsewhere."""
        self.every = every
        """A glyph runs every so many times that it is due."""
        self.handoff_turns = handoff_turns
        """From one hand-off to the next, at least; 0: nothing moves."""


MODES = (
    Mode("loose", False, 1, 0),
    Mode("forming", True, 2, 0),
    Mode("symbolic", True, 1, 4),
    Mode("shared", True, 1, 1),
)
"""By `coherence.LOOSE` … `coherence.SHARED`."""


class Schedule:
    """Runs the glyphs of one node. `mode` is for the motor to set, `wants_flush` for it to clear.

    `errors` says of each glyph that was stopped since the boot, by its name, why.
    """

    def __init__(
        self,
        holding: "Holding",
        ledger: "Ledger",
        registry: "Registry",
        world: "World",
        node_id: int,
        events: "EventRing",
    ) -> None:
        self.mode = 0
        self.wants_flush = False
        """A glyph has come to its end or was stopped: its record is to be written."""
        self.errors: "dict[str, str]" = {}
        self.steps = 0
        """Steps of all glyphs since the boot, modulo 2^30."""
        self.overruns = 0
        """Steps that took longer than their type's ALLOT_US."""
        self.late = 0
        """How far past its θ the last glyph was run, in 2^-28 turn."""
        self._holding = holding
        self._ledger = ledger
        self._registry = registry
        self._world = world
        self._node_id = node_id
        self._events = events
        self._has_changed = False
        self._has_left = False

    def arc_until_due(self, theta: int) -> int:
        """How far Θ_local has to go, in 2^-28 turn, until `run` has something to do: 0 if now.

        A quarter turn at most: by then there may be a glyph that is armed.
        """
        nearest = QUARTER_TURN
        for glyph in self._holding.slots:
            if glyph.standing != HELD:
                continue
            past = (theta - glyph.theta) & 0xFFFFFFF
            if past < QUARTER_TURN:
                if glyph.armed:
                    return 0
            elif past < _NEAR_AGAIN:
                if past >= FAR_TURN:
                    glyph.armed = True
            elif glyph.armed and TURN - past < nearest:
                nearest = TURN - past
        return nearest

    def run(self, theta: int, clock: "Callable[[], int] | None") -> int:
        """Run the glyphs that are due now that Θ_local is `theta`; how many ran.

        `clock()` gives ticks in µs; None where steps take no time.
        """
        ran = 0
        self._world.theta = theta
        try:
            for glyph in self._holding.slots:
                if glyph.standing != HELD:
                    continue
                past = (theta - glyph.theta) & 0xFFFFFFF
                if past >= QUARTER_TURN:
                    if FAR_TURN <= past < _NEAR_AGAIN:
                        glyph.armed = True
                elif glyph.armed:
                    glyph.armed = False
                    self.late = past
                    if self._pass(glyph, clock):
                        ran += 1
        finally:
            # Also if a step was interrupted at the keyboard.
            self._sum_up()
        return ran

    def start(self, glyph: "Glyph") -> None:
        """Tell a HELD glyph's type that it was born here, has arrived, or is back after a reset.

        Stopped if that raises, or if this node does not have its type.
        """
        kind = self._registry.by_number(glyph.kind)
        if kind is None:
            failure = _NO_TYPE % glyph.kind
        else:
            failure = act(kind, glyph, self._world, True)
            self._has_changed = True
        if failure:
            self._stop(glyph, failure)
        self._sum_up()

    def _pass(self, glyph: "Glyph", clock: "Callable[[], int] | None") -> bool:
        """Θ_local has passed the glyph's θ; whether it ran."""
        passes = glyph.passes = (glyph.passes + 1) & _COUNT_MASK
        glyph.unsaved = True
        if glyph.lifetime == 0:
            self._end(glyph)
            return False
        if glyph.lifetime != LIFETIME_ENDLESS:
            glyph.lifetime -= 1
        mode = MODES[self.mode]
        ran = False
        if passes % mode.every == 0 and (mode.guests_run or glyph.birth_node == self._node_id):
            ran = self._step(glyph, clock)
        if glyph.lifetime == 0 and glyph.standing == HELD:
            self._end(glyph)
        return ran

    def _step(self, glyph: "Glyph", clock: "Callable[[], int] | None") -> bool:
        """Let it run, and have it pay for it; whether it could."""
        kind = self._registry.by_number(glyph.kind)
        if kind is None:
            self._stop(glyph, _NO_TYPE % glyph.kind)
            return False
        if glyph.energy < kind.COST:
            self._end(glyph)
            return False
        self._charge(glyph, kind.COST)
        glyph.coherence = self._world.coherence
        glyph.steps = (glyph.steps + 1) & _COUNT_MASK
        self.steps = (self.steps + 1) & _COUNT_MASK
        began = clock() if clock is not None else 0
        failure = act(kind, glyph, self._world, False)
        if failure:
            self._stop(glyph, failure)
        if clock is not None:
            took_us = ticks_diff(clock(), began)
            if took_us > kind.ALLOT_US:
                self._overrun(glyph, kind.COST, (took_us - 1) // kind.ALLOT_US)
        return True

    def _overrun(self, glyph: "Glyph", cost: int, further: int) -> None:
        """A step took longer, by `further` times its ALLOT_US begun."""
        self.overruns = (self.overruns + 1) & _COUNT_MASK
        # The product could leave 31 bits, the quotient cannot.
        if further <= glyph.energy // cost:
            self._charge(glyph, further * cost)
        elif glyph.standing == HELD:
            self._end(glyph)
        else:
            self._charge(glyph, glyph.energy)

    def _stop(self, glyph: "Glyph", failure: str) -> None:
        glyph.standing = STOPPED
        glyph.armed = False
        glyph.unsaved = True
        self.wants_flush = True
        self._events.push(events.GLYPH_STOPPED, glyph.birth_node, glyph.birth_count)
        errors = self.errors
        stopped = [
            name_of(one.birth_node, one.birth_count)
            for one in self._holding.slots
            if one.standing == STOPPED
        ]
        for known in list(errors):
            if known not in stopped:
                del errors[known]
        words = " ".join(failure.split())[:ERROR_LETTERS]
        errors[name_of(glyph.birth_node, glyph.birth_count)] = words

    def _end(self, glyph: "Glyph") -> None:
        self._charge(glyph, glyph.energy)
        glyph.standing = ENDING
        glyph.armed = False
        self.wants_flush = True
        self._has_left = True
        self._events.push(events.GLYPH_ENDED, glyph.birth_node, glyph.birth_count)

    def _charge(self, glyph: "Glyph", quanta: int) -> None:
        glyph.energy -= quanta
        self._ledger.spent += quanta
        self._holding.energy -= quanta
        self._has_changed = True

    def _sum_up(self) -> None:
        """What is told of all glyphs together, once for all that happened to them."""
        if self._has_left:
            self._holding.touch()
        elif self._has_changed:
            self._holding.average()
        self._has_changed = False
        self._has_left = False
