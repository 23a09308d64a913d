"""Many jobs side by side: shown, asked about, and ended in order."""

import threading
from dataclasses import dataclass, field

import pytest

from ascpi.flash.outcome import ENDED, FAILED, FLASHED, Outcome, Status
from ascpi.flash.party import Party
from ascpi.flash.targets import Target

DEADLINE_S = 10.0


@dataclass
class Work:
    """A job that asks, waits for `go`, fails by a mistake of ours, or is just done."""

    party: Party
    target: Target
    question: str = ""
    go: threading.Event | None = None
    mistake: bool = False
    answers: list[bool] = field(default_factory=list)

    def run(self) -> Outcome:
        self.party.status(Status(self.target.port, "", "working"))
        if self.mistake:
            raise ZeroDivisionError("oh")
        if self.question:
            self.answers.append(self.party.ask(self.question))
        if self.go is not None:
            assert self.go.wait(DEADLINE_S)
            return Outcome(self.target.port, ENDED, "ended")
        return Outcome(self.target.port, FLASHED, "well")

    def cancel(self) -> None:
        if self.go is not None:
            self.go.set()


class Display:
    """Interrupts when it has seen the status of `interrupt_at`."""

    def __init__(self, answer: bool = True, interrupt_at: str = "") -> None:
        self.seen: list[str] = []
        self.asked: list[str] = []
        self._answer = answer
        self._interrupt_at = interrupt_at

    def show(self, status: Status) -> None:
        self.seen.append(status.port)
        if status.port == self._interrupt_at:
            raise KeyboardInterrupt

    def ask(self, question: str) -> bool:
        self.asked.append(question)
        return self._answer

    def end(self, outcome: Outcome) -> None:
        self.seen.append(f"{outcome.port} {outcome.state}")


def test_outcomes_come_in_the_order_of_the_works() -> None:
    party, display = Party(), Display(answer=False)
    works = [Work(party, Target("a"), question="overwrite?"), Work(party, Target("b"))]
    outcomes = party.run(works, display)
    assert [outcome.port for outcome in outcomes] == ["a", "b"]
    assert display.asked == ["overwrite?"]
    assert works[0].answers == [False]
    assert {"a", "b", "a flashed", "b flashed"} == set(display.seen)


def test_a_mistake_of_ours_harms_only_one(capsys: pytest.CaptureFixture[str]) -> None:
    party = Party()
    works = [Work(party, Target("a"), mistake=True), Work(party, Target("b"))]
    first, second = party.run(works, Display())
    assert (first.state, first.text) == (FAILED, "unexpected: ZeroDivisionError('oh')")
    assert second.state == FLASHED
    assert "ZeroDivisionError: oh" in capsys.readouterr().err


def test_an_interrupt_ends_all_that_still_run() -> None:
    party = Party()
    works = [
        Work(party, Target("a"), go=threading.Event()),
        Work(party, Target("b"), go=threading.Event()),
    ]
    outcomes = party.run(works, Display(interrupt_at="b"))
    assert [outcome.state for outcome in outcomes] == [ENDED, ENDED]


def test_an_interrupt_answers_who_is_asking() -> None:
    """The question was never shown: the job gets a no, and ends."""
    party = Party()
    asking = Work(party, Target("a"), question="overwrite?")
    outcomes = party.run([asking], Display(interrupt_at="a"))
    assert asking.answers == [False]
    assert len(outcomes) == 1
