"""The switch as a process: frames out of TAP devices, and into others when they are due.

    python -m ascpi.bench.duel.switch_process --preset wifi --seed 1 --taps 5,6,7,8

Each line on stdin is answered by a line of figures on stdout; it ends where stdin ends. In a
process of its own, as nothing else may take its time: it sleeps until shortly before a frame is
due, watches clock and devices from there on, and says how late it was nevertheless.
"""

import argparse
import gc
import json
import os
import select
import sys
from dataclasses import asdict

from ascpi.air.lateness import Lateness
from ascpi.air.model import Air
from ascpi.air.preset import PRESETS
from ascpi.air.punctual import (
    SPIN_US,
    ask_for_precedence,
    ask_for_sharp_timers,
    monotonic_us,
)
from ascpi.bench.duel.switch import Switch

LONGEST_SLEEP_US = 100_000
# As long as a device that takes 1500 bytes of payload can make a frame, with a VLAN's tag.
LARGEST_FRAME = 1_522
# Frames read from a device in one go before those that are due are sent.
READ_BATCH = 16


class SwitchProcess:
    def __init__(self, switch: Switch, taps: list[int], precedence: bool) -> None:
        self._switch = switch
        self._port_of = {tap: port for port, tap in enumerate(taps, start=1)}
        self._tap_of = {port: tap for tap, port in self._port_of.items()}
        self._lateness = Lateness()
        self._refused = 0
        self._precedence = precedence

    def serve(self) -> None:
        orders = sys.stdin.fileno()
        watched = [orders, *self._port_of]
        while True:
            ready, _, _ = select.select(watched, [], [], self._sleep_s())
            for fd in ready:
                if fd != orders:
                    self._receive(fd)
            self._send_due()
            if orders in ready:
                if not os.read(orders, 4096):
                    return
                print(json.dumps(self.report()), flush=True)

    def report(self) -> dict[str, object]:
        return {
            "counts": {kind: asdict(count) for kind, count in self._switch.counts.items()},
            "fates": asdict(self._switch.air.counters),
            "lateness": asdict(self._lateness.summary()),
            "refused": self._refused,
            "precedence": self._precedence,
        }

    def _sleep_s(self) -> float:
        due_us = self._switch.next_due_us()
        if due_us is None:
            return LONGEST_SLEEP_US / 1e6
        return min(max(0, due_us - SPIN_US - monotonic_us()), LONGEST_SLEEP_US) / 1e6

    def _receive(self, tap: int) -> None:
        port = self._port_of[tap]
        for _ in range(READ_BATCH):
            try:
                frame = os.read(tap, LARGEST_FRAME)
            except BlockingIOError:
                return
            self._switch.accept(monotonic_us(), port, frame)

    def _send_due(self) -> None:
        while (delivery := self._switch.due(monotonic_us())) is not None:
            try:
                os.write(self._tap_of[delivery.port], delivery.frame)
            except OSError:
                # The device's queue is full: lost, as on any air.
                self._refused += 1
            self._lateness.add(monotonic_us() - delivery.due_us)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--preset", choices=PRESETS, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--taps", required=True)
    arguments = parser.parse_args()
    taps = [int(word) for word in arguments.taps.split(",")]
    switch = Switch(Air(PRESETS[arguments.preset], arguments.seed), len(taps))
    ask_for_sharp_timers()
    process = SwitchProcess(switch, taps, ask_for_precedence())
    # Nothing here makes cycles, and a collection would be late for some frame.
    gc.disable()
    process.serve()


if __name__ == "__main__":
    main()
