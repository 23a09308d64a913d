"""Records the trace: three nodes on bad air, with every clock wrapping, and one restart."""

import random
from typing import Any

from tests.runtimes.guest.trace import Stage

STEP_US = 20_000
SECONDS = 30
TICKS_MASK = (1 << 30) - 1

KEY = b"a key for three"

# What happens, in seconds of the run.
OFF_S, ON_S = 14, 20
STALL_S = 9
STALL_STEPS = 60

NODES = (
    # Wraps after 5 s, in the midst of locking.
    {"id": 11, "phase": 0.24, "dphi": 0.19, "kappa": 0.11, "ppm": 31, "ticks": -5_000_000},
    {"id": 5, "phase": 0.81, "dphi": 0.1, "kappa": 0.18, "ppm": -17, "ticks": 77},
    # Wraps after 24 s, locked, its clock measured.
    {"id": 900_000_001, "phase": 0.5, "dphi": 0.0, "kappa": 0.125, "ppm": 4, "ticks": -24_000_000},
)


def configuration() -> dict[str, Any]:
    nodes = []
    for number, node in enumerate(NODES):
        settings = {name: node[name] for name in ("id", "phase", "dphi", "kappa")}
        start = {"epoch": 3, "seed": 1000 + number, "ticks": int(node["ticks"]) & TICKS_MASK}
        nodes.append({"settings": settings | {"cluster": 314}, "start": start})
    return {"key": KEY.hex(), "nodes": nodes}


class Recorder:
    """Plays the air and writes down every call. `rows` is the trace."""

    def __init__(self) -> None:
        self.configuration = configuration()
        self.rows: list[list[Any]] = []
        self._stage = Stage(self.configuration)
        self._dice = random.Random(3)
        self._time_us = 0
        # (arrival, order, receiver, number of the packet)
        self._flying: list[tuple[int, int, int, int]] = []
        self._off = {2: False}
        self._stalled_until_us = 0

    def now(self, number: int) -> int:
        return self._now_at(number, self._time_us)

    def _now_at(self, number: int, time_us: int) -> int:
        node = NODES[number]
        return (int(node["ticks"]) + time_us + time_us * int(node["ppm"]) // 10**6) & TICKS_MASK

    def _call(self, what: str, number: int, *arguments: Any) -> list[Any]:
        row = self._stage.perform([what, number, *arguments])
        self.rows.append(row)
        return row

    def record(self) -> None:
        for step in range(SECONDS * 1_000_000 // STEP_US):
            self._time_us = step * STEP_US
            self._strike(step)
            self._deliver()
            for number in range(len(NODES)):
                if not self._absent(number):
                    self._turn(number)
            if step % 50 == 49:
                self._survey()

    def _absent(self, number: int) -> bool:
        return (number == 2 and self._off[2]) or (
            number == 1 and self._time_us < self._stalled_until_us
        )

    def _strike(self, step: int) -> None:
        """The run's events: a node that is switched off and on, one that stalls, noise."""
        second, rest = divmod(self._time_us, 1_000_000)
        if rest == 0 and second == OFF_S:
            self._off[2] = True
        if rest == 0 and second == ON_S:
            self._off[2] = False
            self._call("restart", 2, self.now(2), 4, 4000)
        if rest == 0 and second == STALL_S:
            self._stalled_until_us = self._time_us + STALL_STEPS * STEP_US
        if step % 70 == 69:
            self._call("noise", step % 2, self.now(step % 2), self._noise().hex(), "")

    def _noise(self) -> bytes:
        """Bytes of any length, or a packet of the trace with one byte spoilt."""
        length = self._dice.choice((0, 1, 63, 64, 64, 64, 65))
        if length != 64:
            return self._dice.randbytes(length)
        packet = bytearray(self._dice.choice(self._stage.packets))
        packet[self._dice.choice((0, 2, 3, 16, self._dice.randrange(64)))] ^= (
            1 << self._dice.randrange(8)
        )
        return bytes(packet)

    def _deliver(self) -> None:
        """What arrived within the last step, each at its own moment."""
        arrived = sorted(item for item in self._flying if item[0] <= self._time_us)
        self._flying = [item for item in self._flying if item[0] > self._time_us]
        for arrival_us, _, receiver, packet in arrived:
            if not self._absent(receiver):
                self._call("receive", receiver, self._now_at(receiver, arrival_us), packet, "")

    def _turn(self, number: int) -> None:
        now = self.now(number)
        node = self._stage.nodes[number]
        if node.next_deadline(now) == 0:
            self._call("tick", number, now)
            if node.transmission.due_in(now) <= 0:
                self._call("poll", number, now)
                self._send(number, len(self._stage.packets) - 1)
        while self._call("event", number, now)[2] != "none":
            pass
        self.rows.pop()

    def _send(self, sender: int, packet: int) -> None:
        """2 to 20 ms; one in ten is lost, one in thirty heard twice; the sender hears it too."""
        for receiver in range(len(NODES)):
            copies = 0 if self._dice.random() < 0.1 else 2 if self._dice.random() < 1 / 30 else 1
            for _ in range(copies):
                # Small delays are likelier than large ones; a few packets are overtaken.
                delay_us = 2000 + self._dice.randrange(self._dice.randrange(1, 18_000))
                delay_us += 400_000 * (self._dice.random() < 1 / 30)
                arrival_us = self._time_us + delay_us
                self._flying.append((arrival_us, len(self._flying), receiver, packet))

    def _survey(self) -> None:
        for number in range(len(NODES)):
            if not self._absent(number):
                now = self.now(number)
                self._call("deadline", number, now)
                self._call("until", number, now, self._dice.randrange(1 << 28))
                self._call("state", number, now)


def record() -> dict[str, Any]:
    recorder = Recorder()
    recorder.record()
    return recorder.configuration | {"rows": recorder.rows}
