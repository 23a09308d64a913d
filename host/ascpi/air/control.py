"""Faults struck from outside: JSON lines in, one JSON line in answer to each.

    {"partition": [["127.0.0.2"], [3, 4]]}   cut the air between groups; [] heals it
    {"loss": 0.3}                            lose that much on every link; null: as the preset says
    {"loss": 1, "from": 1, "to": 2}          … on one link, one way
    {"preset": "harsh"}                      another air from now on
    {"stats": true}                          answers with the relay's report

A station is named by its number, "ADDR:PORT" or "ADDR".
"""

import json
import queue
import socket
import sys
import threading
from collections.abc import Callable
from typing import IO, Any

from ascpi.air.noise import PER_MILLION
from ascpi.air.preset import PRESETS
from ascpi.air.relay import Relay


class ControlError(Exception):
    """What is wrong with a command, in one sentence: it becomes the answer."""


class Control:
    """Wakes the relay's `select` for a command, the end of the input, or a signal.

    A thread reads the input, since `select` takes nothing but sockets on Windows.
    """

    def __init__(self, source: IO[str] | None = None, answers: IO[str] | None = None) -> None:
        self.wake, self._waker = socket.socketpair()
        self.wake.setblocking(False)
        self._waker.setblocking(False)
        self.stopped = False
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._answers = answers if answers is not None else sys.stdout
        if source is not None:
            threading.Thread(target=self._read, args=(source,), daemon=True).start()

    def close(self) -> None:
        self.wake.close()
        self._waker.close()

    def stop(self) -> None:
        """End the serving; may be called from a signal handler or another thread."""
        self.stopped = True
        self._call()

    def answer_all(self, relay: Relay) -> None:
        try:
            self.wake.recv(4096)
        except BlockingIOError:
            return
        while not self._lines.empty():
            print(json.dumps(answer(relay, self._lines.get())), file=self._answers, flush=True)

    def _read(self, source: IO[str]) -> None:
        for line in source:
            if line.strip():
                self._lines.put(line)
                self._call()
        self.stop()

    def _call(self) -> None:
        try:
            self._waker.send(b"!")
        except OSError:
            # Full: it is awake anyhow. Closed: nobody is left to be woken.
            return


def answer(relay: Relay, line: str) -> dict[str, Any]:
    try:
        command = json.loads(line)
        if not isinstance(command, dict):
            raise ControlError("a command is a JSON object")
        chosen = [name for name in COMMANDS if name in command]
        if len(chosen) != 1:
            raise ControlError(f"a command has one of {', '.join(COMMANDS)}")
        return COMMANDS[chosen[0]](relay, command)
    except ControlError as error:
        return {"error": str(error)}
    except ValueError as error:
        return {"error": f"not understood: {error}"}


def _partition(relay: Relay, command: dict[str, Any]) -> dict[str, Any]:
    groups = command["partition"]
    if not isinstance(groups, list) or not all(isinstance(group, list) for group in groups):
        raise ControlError("partition takes a list of groups, each a list of stations")
    for name in (name for group in groups for name in group):
        _station_name(name)
    relay.partition(groups)
    return {"ok": True, "groups": relay.stations.resolve(groups)}


def _loss(relay: Relay, command: dict[str, Any]) -> dict[str, Any]:
    per_million = _per_million(command["loss"])
    if ("from" in command) != ("to" in command):
        raise ControlError("the loss of one link needs both from and to")
    if "from" not in command:
        relay.air.lose(per_million)
        return {"ok": True}
    links = [
        (sender.number, receiver.number)
        for sender in relay.stations.named(_station_name(command["from"]))
        for receiver in relay.stations.named(_station_name(command["to"]))
        if sender is not receiver
    ]
    if not links:
        raise ControlError("no such link: has each of the two stations sent something?")
    for sender_number, receiver_number in links:
        relay.air.lose_on(sender_number, receiver_number, per_million)
    return {"ok": True, "links": links}


def _preset(relay: Relay, command: dict[str, Any]) -> dict[str, Any]:
    preset = PRESETS.get(str(command["preset"]))
    if preset is None:
        raise ControlError(f"a preset is one of {', '.join(PRESETS)}")
    relay.air.preset = preset
    return {"ok": True}


def _stats(relay: Relay, command: dict[str, Any]) -> dict[str, Any]:
    return {"ok": True, "stats": relay.report()}


def _station_name(name: object) -> int | str:
    if isinstance(name, bool) or not isinstance(name, int | str):
        raise ControlError(f'a station is a number, "ADDR:PORT" or "ADDR", not {name!r}')
    return name


def _per_million(ratio: object) -> int | None:
    if ratio is None:
        return None
    if isinstance(ratio, bool) or not isinstance(ratio, int | float) or not 0 <= ratio <= 1:
        raise ControlError("loss is a number of 0 … 1, or null")
    return round(ratio * PER_MILLION)


COMMANDS: dict[str, Callable[[Relay, dict[str, Any]], dict[str, Any]]] = {
    "partition": _partition,
    "loss": _loss,
    "preset": _preset,
    "stats": _stats,
}
