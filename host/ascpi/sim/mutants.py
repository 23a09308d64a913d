"""Hand-offs that are broken on purpose: a checker that cannot fail is no checker.

Each is the core's own class with one thing changed. `ascpi sim --mutant NAME` has to catch it.
"""

from ascpi.errors import AscpiError
from ascpi_core.fixed import ticks_add
from ascpi_core.glyphs.glyph import Glyph, fingerprint
from ascpi_core.glyphs.handoff import HANDED, LOST, HandOff
from ascpi_core.glyphs.journal import Journal
from ascpi_core.glyphs.lifecycle import (
    ARRIVING,
    COMMITTING,
    DEPARTING,
    HELD,
    OFFERED,
    ON_ABORT,
    ON_LOST,
    ON_WRITTEN,
    PREPARED,
    PREPARING,
)
from ascpi_core.glyphs.messages import Message
from ascpi_core.glyphs.motor import Motor
from ascpi_core.ssep import KIND_ABORT, KIND_DONE

_FOR_EVER_US = 1 << 28
_PATIENCE = 5
"""Repetitions after which the impatient give up: some 2 s."""


def say_done(hand_off: HandOff, message: Message, outcome: int) -> None:
    """Answer a commit."""
    hand_off.replies.add(
        KIND_DONE, message.node_id, message.identity, message.nonce, message.check, outcome
    )


class ActivatesOnPrepare(HandOff):
    """The receiver runs a glyph as soon as it has prepared for it."""

    def written(self, glyph: Glyph) -> bool:
        if super().written(glyph):
            return True
        if glyph.standing != PREPARED:
            return False
        glyph.standing = ARRIVING
        return self.holding.move(glyph, ON_WRITTEN)


class ForgetsFence(HandOff):
    """A stale copy goes on running."""

    def learn(self, glyph: Glyph, node_id: int, hops: int) -> bool:
        return not HELD <= glyph.standing <= OFFERED and super().learn(glyph, node_id, hops)


class AcksBeforeJournal(HandOff):
    """The receiver says done before it has written that the glyph has arrived."""

    def on_commit(self, message: Message) -> None:
        super().on_commit(message)
        for glyph in self.holding.slots:
            if glyph.standing == ARRIVING and glyph.nonce == message.nonce:
                say_done(self, message, HANDED)


class AcceptsBeforeJournal(HandOff):
    """The receiver accepts without having written that it has prepared."""

    def on_offer(self, message: Message, now: int) -> None:
        super().on_offer(message, now)
        for glyph in self.holding.slots:
            if glyph.standing == PREPARING:
                self.holding.move(glyph, ON_WRITTEN)


class LosesEnergyOnAbort(HandOff):
    """An offer that comes to nothing costs the glyph a quantum, and nobody writes it down."""

    def withdraw(self, glyph: Glyph) -> bool:
        ended = super().withdraw(glyph)
        if ended and glyph.energy:
            glyph.energy -= 1
            self.holding.touch()
        return ended


class DropsDuplicateCommit(HandOff):
    """A commit that is heard again gets no answer; nor does hearsay help, which else would."""

    def learn(self, glyph: Glyph, node_id: int, hops: int) -> bool:
        return glyph.standing != DEPARTING and super().learn(glyph, node_id, hops)

    def on_commit(self, message: Message) -> None:
        if message.identity == self.journal.identity and not self._waits_for(message):
            return
        super().on_commit(message)

    def _waits_for(self, message: Message) -> bool:
        return any(
            glyph.standing == PREPARED and glyph.nonce == message.nonce
            for glyph in self.holding.slots
        )


class NeverRetries(HandOff):
    """Everything is said once."""

    def said(self, glyph: Glyph, now: int) -> None:
        super().said(glyph, now)
        glyph.due_ticks = ticks_add(now, _FOR_EVER_US)

    def soon(self, glyph: Glyph, now: int) -> None:
        """Nothing."""


class ResumesAfterTimeout(HandOff):
    """The sender takes a committed glyph back when nobody says done for a while."""

    def next_due(self, now: int) -> Glyph | None:
        for glyph in self.holding.slots:
            if glyph.standing == DEPARTING and glyph.attempts > _PATIENCE:
                self.holding.move(glyph, ON_LOST)
        return super().next_due(now)


class ExpiresPrepared(HandOff):
    """The receiver gives up what it has prepared when no commit comes for a while."""

    def next_due(self, now: int) -> Glyph | None:
        for glyph in self.holding.slots:
            if glyph.standing == PREPARED and glyph.attempts > _PATIENCE:
                self.holding.move(glyph, ON_ABORT)
        return super().next_due(now)


class CommitsBeforeJournal(HandOff):
    """The sender commits before it has written that it does."""

    def on_accept(self, message: Message, now: int) -> None:
        super().on_accept(message, now)
        for glyph in self.holding.slots:
            if glyph.standing == COMMITTING and glyph.nonce == message.nonce:
                glyph.attempts = 0

    def next_due(self, now: int) -> Glyph | None:
        for glyph in self.holding.slots:
            if glyph.standing == COMMITTING and not glyph.attempts:
                return glyph
        return super().next_due(now)

    def due_in(self, now: int) -> int:
        for glyph in self.holding.slots:
            if glyph.standing == COMMITTING and not glyph.attempts:
                return 0
        return super().due_in(now)

    def describe(self, glyph: Glyph, message: Message) -> None:
        standing = glyph.standing
        if standing == COMMITTING:
            glyph.standing = DEPARTING
        super().describe(glyph, message)
        glyph.standing = standing


class TakesHandedForLost(HandOff):
    """A receiver that does not know a nonce any more says that the glyph is lost."""

    def on_commit(self, message: Message) -> None:
        if any(glyph.nonce == message.nonce for glyph in self.holding.slots):
            super().on_commit(message)
            return
        say_done(self, message, LOST)


class AnswersBlindly(HandOff):
    """A node that could not read its journal aborts, or calls lost, what it does not know of."""

    def on_accept(self, message: Message, now: int) -> None:
        super().on_accept(message, now)
        if not self.journal.readable:
            check = fingerprint(message.birth_node, message.birth_count, message.hops) & 0xFFFF
            self.replies.add(
                KIND_ABORT, message.node_id, message.identity, message.nonce, check, 0
            )

    def on_commit(self, message: Message) -> None:
        super().on_commit(message)
        if not self.journal.readable:
            say_done(self, message, LOST)


class ReusesNonces(Journal):
    """Nonces begin anew with every boot."""

    def load(self, now: int) -> None:
        super().load(now)
        self._given = 0

    def next_nonce(self) -> int:
        super().next_nonce()
        self._given += 1
        return self._given


class RunsOnArrival(Motor):
    """A glyph that arrives just behind its θ runs again, although it had its turn."""

    def flush(self, now: int) -> int:
        arriving = [glyph for glyph in self.holding.slots if glyph.standing == ARRIVING]
        count = super().flush(now)
        for glyph in arriving:
            if glyph.standing == HELD:
                glyph.armed = True
        return count


class RunsWhileOffered(Motor):
    """A glyph goes on running while it is offered."""

    def run(self, now: int, clock: object = None) -> int:
        offered = [glyph for glyph in self.holding.slots if glyph.standing == OFFERED]
        for glyph in offered:
            glyph.standing = HELD
        count = super().run(now)
        for glyph in offered:
            if glyph.standing == HELD:
                glyph.standing = OFFERED
        return count

    def time_until_due(self, now: int) -> int:
        offered = [glyph for glyph in self.holding.slots if glyph.standing == OFFERED]
        for glyph in offered:
            glyph.standing = HELD
        due_us = super().time_until_due(now)
        for glyph in offered:
            glyph.standing = OFFERED
        return due_us


HAND_OFFS: dict[str, type[HandOff]] = {
    "activates-on-prepare": ActivatesOnPrepare,
    "forgets-fence": ForgetsFence,
    "acks-before-journal": AcksBeforeJournal,
    "accepts-before-journal": AcceptsBeforeJournal,
    "commits-before-journal": CommitsBeforeJournal,
    "loses-energy-on-abort": LosesEnergyOnAbort,
    "drops-duplicate-commit": DropsDuplicateCommit,
    "never-retries": NeverRetries,
    "resumes-after-timeout": ResumesAfterTimeout,
    "expires-prepared": ExpiresPrepared,
    "takes-handed-for-lost": TakesHandedForLost,
    "answers-blindly": AnswersBlindly,
}
JOURNALS: dict[str, type[Journal]] = {"reuses-nonces": ReusesNonces}
MOTORS: dict[str, type[Motor]] = {
    "runs-on-arrival": RunsOnArrival,
    "runs-while-offered": RunsWhileOffered,
}

_ALL: dict[str, type] = {**HAND_OFFS, **JOURNALS, **MOTORS}
MUTANTS = {name: (broken.__doc__ or "").strip() for name, broken in _ALL.items()}
"""What each one does, by name."""


def motor_of(mutant: str) -> type[Motor]:
    """The motor that boards have; "" for the real one."""
    if mutant in MOTORS:
        return MOTORS[mutant]
    if mutant in HAND_OFFS:
        return type("MutantMotor", (Motor,), {"hand_off_class": HAND_OFFS[mutant]})
    if mutant in JOURNALS:
        return type("MutantMotor", (Motor,), {"journal_class": JOURNALS[mutant]})
    if mutant:
        raise AscpiError(f"{mutant} is no mutant; give one of: {', '.join(MUTANTS)}")
    return Motor
