"""Faults on command, for tests with real boards. Only with "harness": true in the configuration.

Commands come as lines on the serial line; each is answered by a line of telemetry.

    who               who this board is, and which faults it has at present
    ping N            N and the ticks: the host learns this board's clock
    loss N            lose so many of a million packets that arrive; 0: none
    deaf ID,ID,…      hear nothing of these nodes; none: of all again
    wifi off, wifi on leave the network, or come back to it
    clock STEP_US     put this board's clock on (or back) by so much

Ctrl-C stays the REPL's: it never arrives here. A reset takes every fault back.
"""

import asyncio
import select
import sys
import time

import machine

from ascpi_core import VERSION
from ascpi_core.fixed import TICKS_HALF, TICKS_MASK, Prng, const, ticks_add, ticks_diff
from ascpi_core.lines import TELEMETRY_PREFIX, error_line

from .clock import clock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    class Packets(Protocol):
        """What brings packets and takes them: the board's transport."""

        @property
        def is_open(self) -> bool: ...
        def read(self, packet: bytearray) -> "int | None": ...
        def send(self, packet: bytearray) -> bool: ...
        def set_radio(self, on: bool) -> None: ...


_COMMANDS_MS = const(10)
_LINE_LONGEST = const(200)
_MILLION = const(1_000_000)
_NODE_ID_OFFSET = const(4)


class FaultyLink:
    """A transport between which and the node packets are lost. Allocates nothing a packet."""

    def __init__(self, link: "Packets", seed: int) -> None:
        self.deaf_to: "list[int]" = []
        self.loss_per_million = 0
        self.radio = True
        self._link = link
        self._chance = Prng(seed)

    @property
    def is_open(self) -> bool:
        """Whether datagrams can come and go."""
        return self._link.is_open

    def read(self, packet: bytearray) -> "int | None":
        """As the transport's; what is to be lost is taken, so that nothing queues up."""
        while True:
            length = self._link.read(packet)
            if not length or not self._loses(packet):
                return length

    def send(self, packet: bytearray) -> bool:
        """As the transport's: what is sent is lost by who receives it."""
        return self._link.send(packet)

    def set_radio(self, on: bool) -> None:
        """Off the air, or back again."""
        self.radio = on
        self._link.set_radio(on)

    def _loses(self, packet: bytearray) -> bool:
        if self.deaf_to:
            first = _NODE_ID_OFFSET
            sender = packet[first] | packet[first + 1] << 8 | packet[first + 2] << 16
            # Two bits of the last byte: a foreign packet may have them, a node's id has not.
            sender |= (packet[first + 3] & 0x3F) << 24
            for node_id in self.deaf_to:
                if node_id == sender:
                    return True
        share = self.loss_per_million
        # Two steps of 16 and 14 bits: a product of both would be no small integer.
        return share > 0 and self._chance.below(1000) * 1000 + self._chance.below(1000) < share


class SteppedClock:
    """A clock that is ahead of another by `step_us`."""

    def __init__(self, ticks_us: "Callable[[], int]") -> None:
        self.step_us = 0
        self._ticks_us = ticks_us

    def ticks_us(self) -> int:
        """Ticks of the stepped clock."""
        return ticks_add(self._ticks_us(), self.step_us)

    def step(self, step_us: int) -> None:
        """Put it on by `step_us`, |step_us| < 2^29."""
        self.step_us = ticks_diff((self.step_us + step_us) & TICKS_MASK, 0)


class Harness:
    """The commands, as a task; `link` in the place of the board's transport."""

    def __init__(self, node_id: int, epoch: int, link: "Packets", seed: int) -> None:
        self.link = FaultyLink(link, seed)
        self._node_id = node_id
        self._epoch = epoch
        self._clock = SteppedClock(time.ticks_us)
        self._commands = {
            "who": self._who,
            "ping": self._ping,
            "loss": self._loss,
            "deaf": self._deaf,
            "wifi": self._wifi,
            "clock": self._step,
        }

    async def run(self) -> None:
        """Heed commands for ever. Nobody is waited for."""
        poller = select.poll()
        poller.register(sys.stdin, select.POLLIN)
        line = ""
        while True:
            while poller.poll(0):
                letter = sys.stdin.read(1)
                if not letter:
                    break
                if letter in "\r\n":
                    self._heed(line)
                    line = ""
                elif len(line) < _LINE_LONGEST:
                    line += letter
            await asyncio.sleep_ms(_COMMANDS_MS)

    def _heed(self, line: str) -> None:
        words = line.split()
        if not words:
            return
        command = self._commands.get(words[0])
        if command is None:
            answer = "%r is no command; there are %s" % (
                words[0],
                ", ".join(sorted(self._commands)),
            )
            print(error_line("harness: " + answer))
            return
        try:
            print("%s event harness %s %s" % (TELEMETRY_PREFIX, words[0], command(words[1:])))
        except ValueError as error:
            print(error_line("harness: %s: %s" % (words[0], error)))

    def _who(self, words: "list[str]") -> str:
        link = self.link
        return "id=%d epoch=%d mac=%s version=%s loss=%d deaf=%s wifi=%s step_us=%d" % (
            self._node_id,
            self._epoch,
            ":".join(["%02x" % byte for byte in machine.unique_id()]),
            VERSION,
            link.loss_per_million,
            _ids(link.deaf_to),
            "on" if link.radio else "off",
            self._clock.step_us,
        )

    def _ping(self, words: "list[str]") -> str:
        ticks = self._clock.ticks_us()
        return "n=%d ticks=%d" % (_number(words, 0, TICKS_MASK), ticks)

    def _loss(self, words: "list[str]") -> str:
        self.link.loss_per_million = _number(words, 0, _MILLION)
        return "per_million=%d" % self.link.loss_per_million

    def _deaf(self, words: "list[str]") -> str:
        if len(words) != 1:
            raise ValueError("give ids with commas between them, or none")
        ids = []
        if words[0] != "none":
            for word in words[0].split(","):
                ids.append(_number([word], 1, TICKS_MASK))
        self.link.deaf_to = ids
        return "ids=%s" % _ids(ids)

    def _wifi(self, words: "list[str]") -> str:
        if len(words) != 1 or words[0] not in ("on", "off"):
            raise ValueError("give on or off")
        self.link.set_radio(words[0] == "on")
        return "now=" + words[0]

    def _step(self, words: "list[str]") -> str:
        self._clock.step(_number(words, 1 - TICKS_HALF, TICKS_HALF - 1))
        clock.ticks_us = self._clock.ticks_us
        return "step_us=%d" % self._clock.step_us


def _number(words: "list[str]", low: int, high: int) -> int:
    """The one word as a number. ValueError."""
    wanted = "give a whole number from %d to %d" % (low, high)
    if len(words) != 1:
        raise ValueError(wanted)
    try:
        number = int(words[0])
    except ValueError:
        raise ValueError(wanted)
    if not low <= number <= high:
        raise ValueError(wanted)
    return number


def _ids(ids: "list[int]") -> str:
    return ",".join([str(node_id) for node_id in ids]) or "none"
