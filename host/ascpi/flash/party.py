"""Many boards side by side: a thread for each, one place where they are shown and asked about."""

import queue
import threading
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from ascpi.flash.outcome import ENDED, FAILED, Outcome, Status
from ascpi.flash.targets import Target

# How long jobs may take to end that were told to: their workers, their REPL calls.
END_DEADLINE_S = 15.0
# How soon who waits for an answer notices that the party is over.
_LOOK_S = 0.2


class Work(Protocol):
    """A job or an update."""

    target: Target

    def run(self) -> Outcome: ...
    def cancel(self) -> None: ...


class Display(Protocol):
    """Where a party is shown; everything is called from one thread."""

    def show(self, status: Status) -> None: ...
    def ask(self, question: str) -> bool: ...
    def end(self, outcome: Outcome) -> None: ...


@dataclass(frozen=True)
class _Question:
    text: str
    answer: "queue.SimpleQueue[bool]"


class Party:
    """`status` and `ask` are for the jobs, from their threads; `run` plays it to the end."""

    def __init__(self) -> None:
        self._news: queue.SimpleQueue[Status | _Question | Outcome] = queue.SimpleQueue()
        self._over = threading.Event()

    def status(self, status: Status) -> None:
        self._news.put(status)

    def ask(self, question: str) -> bool:
        """Wait for an answer; no, once the party is over."""
        answer: queue.SimpleQueue[bool] = queue.SimpleQueue()
        self._news.put(_Question(question, answer))
        while not self._over.is_set():
            try:
                return answer.get(timeout=_LOOK_S)
            except queue.Empty:
                continue  # people take their time
        return False

    def run(self, works: Sequence[Work], display: Display) -> list[Outcome]:
        """All outcomes, in the order of the works. KeyboardInterrupt ends those that still run."""
        outcomes: dict[str, Outcome] = {}
        threads = [self._thread(work) for work in works]
        try:
            while len(outcomes) < len(works):
                self._take(self._news.get(), outcomes, display)
        except KeyboardInterrupt:
            self._end(works, threads)
            while not self._news.empty():
                news = self._news.get()
                if isinstance(news, Outcome):
                    outcomes[news.port] = news
        return [
            outcomes.get(work.target.port)
            or Outcome(work.target.port, ENDED, "interrupted; run the same command to go on")
            for work in works
        ]

    def _thread(self, work: Work) -> threading.Thread:
        def run() -> None:
            port = work.target.port
            try:
                self._news.put(work.run())
            except Exception as error:  # noqa: BLE001  a mistake of ours; the others go on
                traceback.print_exc()
                self._news.put(Outcome(port, FAILED, f"unexpected: {error!r}"))

        thread = threading.Thread(target=run, name=f"board {work.target.port}", daemon=True)
        thread.start()
        return thread

    def _take(
        self,
        news: "Status | _Question | Outcome",
        outcomes: dict[str, Outcome],
        display: Display,
    ) -> None:
        if isinstance(news, Status):
            display.show(news)
        elif isinstance(news, Outcome):
            outcomes[news.port] = news
            display.end(news)
        else:
            answer = False
            try:
                answer = display.ask(news.text)
            finally:
                news.answer.put(answer)

    def _end(self, works: Sequence[Work], threads: Sequence[threading.Thread]) -> None:
        self._over.set()
        enders = [threading.Thread(target=work.cancel, daemon=True) for work in works]
        for ender in enders:
            ender.start()
        end_s = time.monotonic() + END_DEADLINE_S
        for thread in [*enders, *threads]:
            thread.join(max(0.0, end_s - time.monotonic()))
