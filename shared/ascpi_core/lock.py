"""The state of a node's lock: four states, four events, and the table of what leads where.

alone      hears nobody and has never been locked, or gave up
acquiring  hears others and moves towards them
locked     its phase is the cluster's, to LOCK_ARC, and has been for SETTLE_STEPS steps
holdover   was locked and then lost everybody: it keeps the phase, at the rate it was steered to

A node in the last two states is an *authority*: whoever is not locked follows it, and it does
not follow those. Who is in holdover follows the locked, and is locked again when it has settled
with them. So whoever comes moves and the cluster stays, even a cluster of one.
"""

from .unit import ONE, from_ratio

ALONE = 0
ACQUIRING = 1
LOCKED = 2
HOLDOVER = 3
STATES = ("alone", "acquiring", "locked", "holdover")

AUTHORITY = LOCKED
"""This state and those above it are authorities."""

HEARD = 0
DESERTED = 1
SETTLED = 2
STRAYED = 3
EVENTS = ("heard", "deserted", "settled", "strayed")

RANKS = (0, 0, 2, 1)
"""Of each state: of the nodes present those of the highest rank count for the cluster's phase."""

# One row a state, one column an event.
TRANSITIONS = (
    (ACQUIRING, ALONE, ALONE, ALONE),
    (ACQUIRING, ALONE, LOCKED, ACQUIRING),
    (LOCKED, HOLDOVER, LOCKED, ACQUIRING),
    (HOLDOVER, HOLDOVER, LOCKED, ACQUIRING),
)

SETTLE_STEPS = 10
"""Supervision steps (0.5 s by default) within LOCK_ARC until a node calls itself locked."""

SETTLE_BLINDLY_STEPS = 60
"""Likewise (3 s) where no peer has echoed a packet of ours: perhaps none ever will."""

LOCK_ARC = (1 << 28) // 256
"""Largest |phase error| to become locked: 3.9 ms at 1 turn/s; a lock means 0.01 turn."""

SETTLE_AGREEMENT = from_ratio(9, 10)
"""Resultant length (Q15) from which phases count as agreeing: all within about 0.07 turn rms."""

STRAY_ARC = (1 << 28) // 32
"""|phase error| at which a lock is lost: eight times LOCK_ARC, so that it does not flicker."""


class Lock:
    """The present state. Feed `heard`/`deserted` by presence, `judge` once a supervision step."""

    def __init__(self) -> None:
        self.state = ALONE
        self._settled_steps = 0

    def on(self, event: int) -> None:
        """Follow the table."""
        state = TRANSITIONS[self.state][event]
        if state != self.state:
            self.state = state
            self._settled_steps = 0

    def judge(self, error: int, agreement: int = ONE, measured: bool = True) -> None:
        """Settle or stray by the phase error (2^-28 turn) of one supervision step.

        `measured`: the delay to some peer is known; until then much of an error may be delay.

        `agreement` is the resultant length (Q15) of the phases that count. Whoever stands at the
        mean of phases that do not agree, or has the lowest id among them, has no error either.
        """
        if error < 0:
            error = -error
        if self.state >= AUTHORITY and error > STRAY_ARC:
            self.on(STRAYED)
        elif self.state == LOCKED:
            return
        elif error > LOCK_ARC or agreement < SETTLE_AGREEMENT:
            self._settled_steps = 0
        else:
            self._settled_steps += 1
            if self._settled_steps >= (SETTLE_STEPS if measured else SETTLE_BLINDLY_STEPS):
                self.on(SETTLED)
