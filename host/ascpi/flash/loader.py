"""A board's ROM loader, from this side: a worker process, with a deadline for each order.

What goes wrong becomes a sentence here (LoaderError), by the kind that the worker tells.
"""

from __future__ import annotations

import base64
import json
import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ascpi.flash.errors import FlashError
from ascpi.flash.plan import Region
from ascpi.flash.workers import Workers

# Of 7, each takes a second or two; esptool's own default.
ATTEMPTS = 7
START_DEADLINE_S = 30.0
CONNECT_DEADLINE_S = 60.0
READ_DEADLINE_S = 60.0
# esptool gives the chip 120 s for it.
ERASE_DEADLINE_S = 150.0
# Without any sign of progress; esptool gives a megabyte 40 s to be erased and written.
STALL_DEADLINE_S = 90.0
RESET_DEADLINE_S = 20.0

_SENTENCES = {
    "port": "{text}",
    "silent": "no answer from the chip's loader: hold its BOOT button, press EN (or RST) once, "
    "let go of BOOT, then try again",
    "lost": "the connection broke off while it was to {doing}; is the cable firm? Plug the board "
    "in again and run the same command: it mends what is half written",
    "noise": "the loader's answers are disturbed ({text}) while it was to {doing}; try another "
    "cable or a lower --baud, then run the same command again",
    "wrong": "verification failed, the flash holds other data than was written to it ({text}); "
    "run the same command again, and if that fails too, the flash or its supply is broken",
    "refused": "{text}; take another board",
}
KINDS = tuple(_SENTENCES)

_DOING = {
    "connect": "be found",
    "read": "be read",
    "erase": "be erased",
    "write": "be written",
    "verify": "be verified",
    "reset": "be reset",
}


class LoaderError(FlashError):
    """A board's loader cannot do what it was told; `kind` is one of KINDS or "deadline"."""

    def __init__(self, kind: str, sentence: str) -> None:
        super().__init__(sentence)
        self.kind = kind


@dataclass(frozen=True)
class Found:
    """A board at its loader: the chip as esptool names it, its MAC as aa:bb:…, its flash."""

    chip: str
    mac: str
    flash_bytes: int


# (stage "write" or "verify", region, bytes done, bytes in all), from whoever waits
Progress = Callable[[str, str, int, int], None]


class Loader:
    """One board's worker. `end` it, whatever happens; or use it in a `with`."""

    def __init__(
        self,
        workers: Workers,
        port: str,
        on_progress: Progress = lambda stage, region, done, total: None,
        on_note: Callable[[str], None] = lambda text: None,
    ) -> None:
        self.port = port
        self._on_progress = on_progress
        self._on_note = on_note
        self._answers: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self._depot = workers.depot
        self._channel = workers.new()
        threading.Thread(target=self._listen, name=f"worker {port}", daemon=True).start()

    def __enter__(self) -> Loader:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def connect(self, baud: int, attempts: int = ATTEMPTS) -> Found:
        """Call the loader; it answers at `baud`, or at 115200 with a note why."""
        answer = self._do(
            "connect", CONNECT_DEADLINE_S, port=self.port, baud=baud, attempts=attempts
        )
        return Found(answer["chip"], answer["mac"].lower(), answer["flash_bytes"])

    def read(self, offset: int, length: int) -> bytes:
        answer = self._do("read", READ_DEADLINE_S, offset=offset, length=length)
        return base64.b64decode(answer["data"])

    def erase(self) -> None:
        """The whole flash: it takes up to two minutes."""
        self._do("erase", ERASE_DEADLINE_S)

    def write(self, regions: Sequence[Region], skip_same: bool = True) -> None:
        """Write and verify; a region that the flash holds already is left as it is."""
        self._do("write", STALL_DEADLINE_S, regions=self._files(regions), skip_same=skip_same)

    def verify(self, regions: Sequence[Region]) -> None:
        self._do("verify", STALL_DEADLINE_S, regions=self._files(regions))

    def reset(self) -> None:
        """Start what is on the flash. The port is free from then on."""
        self._do("reset", RESET_DEADLINE_S)

    def end(self) -> None:
        """End the worker, if it has not ended yet; also from another thread: its order fails."""
        self._channel.end()

    def _files(self, regions: Sequence[Region]) -> list[dict[str, object]]:
        """Regions are handed over as files: they are megabytes."""
        return [
            {
                "name": region.name,
                "offset": region.offset,
                "file": str(self._depot.put(region.data)),
            }
            for region in regions
        ]

    def _do(self, order: str, deadline_s: float, **words: object) -> dict[str, Any]:
        """Give an order and wait; the deadline begins anew with each sign of progress."""
        writer = self._channel.writer
        try:
            writer.write(json.dumps({"order": order, **words}) + "\n")
            writer.flush()
        except (OSError, ValueError):
            raise self._ended(order) from None
        end_s = time.monotonic() + deadline_s
        while True:
            try:
                answer = self._answers.get(timeout=max(0.0, end_s - time.monotonic()))
            except queue.Empty:
                raise LoaderError(
                    "deadline",
                    f"{self.port}: the board was to {_DOING[order]}, and nothing happened for "
                    f"{deadline_s:.0f} s; unplug it, plug it in and run the same command again",
                ) from None
            if answer is None:
                raise self._ended(order)
            if "progress" in answer:
                step = answer["progress"]
                self._on_progress(step["stage"], step["region"], step["done"], step["of"])
                end_s = time.monotonic() + deadline_s
            elif "note" in answer:
                self._on_note(answer["note"])
            elif "failure" in answer:
                raise self._failure(order, **answer["failure"])
            elif "result" in answer:
                result: dict[str, Any] = answer["result"]
                return result

    def _failure(self, order: str, kind: str, text: str) -> LoaderError:
        sentence = _SENTENCES[kind].format(text=text, doing=_DOING[order])
        return LoaderError(kind, f"{self.port}: {sentence}")

    def _ended(self, order: str) -> LoaderError:
        return LoaderError(
            "deadline",
            f"{self.port}: the process that was to let the board {_DOING[order]} has ended; "
            "run the same command again",
        )

    def _listen(self) -> None:
        try:
            with self._channel.reader as lines:
                for line in lines:
                    answer = json.loads(line)
                    self._channel.pid = answer.get("pid", self._channel.pid)
                    self._answers.put(answer)
        finally:
            self._channel.tell_ended()
            self._answers.put(None)
