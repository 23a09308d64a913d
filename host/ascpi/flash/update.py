"""`--app-only`: the program of a board that runs MicroPython already, file by file, by its REPL.

Only files that differ are written, each in one step (beside its place, then renamed). What is
ours and no longer part of the program goes, and so does a source that would hide a compiled file:
MicroPython prefers `node.py` to `node.mpy`. Configuration, epoch and the glyphs' journal are not
touched, nor are types of glyphs that are not among those flashed.
"""

import hashlib
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

from ascpi.errors import AscpiError
from ascpi.flash import first_words, outcome, user_types
from ascpi.flash.application import digest
from ascpi.flash.chips import CHIPS, Chip, chip_called
from ascpi.flash.errors import FlashError
from ascpi.flash.outcome import Outcome, Status, StatusListener
from ascpi.flash.supplies import Supplies
from ascpi.flash.targets import Target
from ascpi.flash.wishes import Wishes
from ascpi.ports.repl import Repl
from ascpi_core.settings import id_of

# The folders whose every module is ours.
FOLDERS = ("/ascpi_core", "/ascpi_board", "/ascpi_probe")
# What our compiler makes, and from which MicroPython on it is understood (1.23).
MPY_VERSION, MPY_SUBVERSION = 6, 3
_MODULES = (".py", ".mpy")
# Bits 10 to 13 of sys.implementation._mpy, in MicroPython's order; 0: no native code at all.
_ARCHITECTURES = (
    "", "x86", "x64", "armv6", "armv6m", "armv7m", "armv7em", "armv7emsp", "armv7emdp",
    "xtensa", "xtensawin", "rv32imc", "rv64imc",
)  # fmt: skip

_ASK = """
import sys, machine
print(getattr(sys.implementation, '_machine', ''))
print(getattr(sys.implementation, '_mpy', 0))
print(sys.platform)
print(':'.join(['%02x' % byte for byte in machine.unique_id()]))
try:
 import json
 with open('/ascpi.json') as file: given = json.load(file)
 print(given.get('id', 0))
 print(given.get('name', ''))
except (OSError, ValueError, AttributeError): print(0); print('')
"""
_DIGESTS = """
import hashlib, binascii
buffer = bytearray(1024)
view = memoryview(buffer)
for path in %r:
 try:
  with open(path, 'rb') as file:
   digest = hashlib.sha256()
   while True:
    count = file.readinto(buffer)
    if not count: break
    digest.update(view[:count])
  print(binascii.hexlify(digest.digest()).decode())
 except OSError: print('none')
"""
_LIST = """
import os
def walk(folder):
 try: entries = list(os.ilistdir(folder))
 except OSError: return
 for entry in entries:
  path = folder + '/' + entry[0]
  if entry[1] == 0x4000: walk(path)
  else: print(path)
for folder in %r: walk(folder)
"""


@dataclass(frozen=True)
class Running:
    """A board with MicroPython on it, as it describes itself. `mpy`: sys.implementation._mpy."""

    machine: str
    mpy: int
    platform: str
    mac: str
    node_id: int
    name: str

    @property
    def architecture(self) -> str:
        """What its native code would be, as mpy-cross calls it; empty if it takes none."""
        number = self.mpy >> 10 & 0x0F
        return _ARCHITECTURES[number] if number < len(_ARCHITECTURES) else "unknown"


def ask(repl: Repl) -> Running:
    """Who is there. FlashError if it is something else than a MicroPython of ours."""
    lines = repl.execute(_ASK).split("\n")
    if len(lines) < len(Running.__dataclass_fields__) or not lines[1].strip().isdigit():
        raise FlashError("what runs there does not describe itself as MicroPython does")
    machine, mpy, platform, mac, number, name = (line.strip() for line in lines[:6])
    node_id = int(number) or id_of(bytes.fromhex(mac.replace(":", "")))
    return Running(machine, int(mpy), platform, mac, node_id, name)


def chip_of(running: Running) -> Chip:
    """The chip to compile for. FlashError if what would be compiled does not run there."""
    version, sub = running.mpy & 0xFF, running.mpy >> 8 & 3
    if version != MPY_VERSION or sub < MPY_SUBVERSION:
        theirs = f"{version}.{sub}" if running.mpy else "none"
        raise FlashError(
            f"its MicroPython takes compiled files of version {theirs}, and ours are "
            f"{MPY_VERSION}.{MPY_SUBVERSION}: flash it as a whole, without --app-only"
        )
    if running.platform == "esp32":
        # "Generic ESP32S3 module with ESP32S3"
        return chip_called(running.machine.rpartition(" with ")[2])
    # No ESP32: a virtual board. What holds no native code runs on any, so any will do.
    for chip in CHIPS.values():
        if chip.architecture == running.architecture:
            return chip
    return next(iter(CHIPS.values()))


def differing(repl: Repl, wanted: Mapping[str, bytes]) -> list[str]:
    """The files of the program that are missing there, or are not the same."""
    # All in one call: each costs a board a tenth of a second.
    there = repl.execute(_DIGESTS % (list(wanted),)).split()
    return [
        path
        for (path, data), digest_there in zip(wanted.items(), there, strict=True)
        if digest_there != hashlib.sha256(data).hexdigest()
    ]


def superfluous(repl: Repl, wanted: Mapping[str, bytes]) -> list[str]:
    """Modules in our folders that are no part of the program: old, or hiding new ones."""
    folders = (*FOLDERS, user_types.BOARD_FOLDER.rstrip("/"))
    there = repl.execute(_LIST % (folders,)).split()
    hiding = user_types.replaced(tuple(wanted))
    return [
        path
        for path in there
        if (path.endswith(_MODULES) and path not in wanted and path.startswith(FOLDERS))
        or path in hiding
    ]


class Update:
    """One board's update; `run` it in a thread of its own, `cancel` it from another."""

    def __init__(
        self,
        target: Target,
        supplies: Supplies,
        on_status: StatusListener,
        wishes: Wishes,
        wait_s: float = first_words.DEADLINE_S,
    ) -> None:
        self.target = target
        self._supplies = supplies
        self._on_status = on_status
        self._wishes = wishes
        self._wait_s = wait_s
        self._cancelled = threading.Event()
        self._running = Running("", 0, "", "", 0, "")

    def cancel(self) -> None:
        """No further file is written; the next run writes the rest."""
        self._cancelled.set()

    def run(self) -> Outcome:
        began_s = time.monotonic()
        try:
            result = self._update()
        except AscpiError as error:
            text = str(error).removeprefix(f"{self.target.port}: ")
            result = self._outcome(outcome.FAILED, text)
        if self._cancelled.is_set() and not result.passed:
            result = self._outcome(outcome.ENDED, "interrupted; run the same command to go on")
        return replace(result, seconds=time.monotonic() - began_s)

    def _update(self) -> Outcome:
        self._show("connecting")
        with Repl(self.target.port) as repl:
            self._running = ask(repl)
            if not self.target.named and not self._wishes.owns(self._running.mac):
                repl.reset()
                return self._outcome(outcome.LEFT, f"{self._running.mac} is not in the fleet file")
            chip = chip_of(self._running)
            self._show("compiling")
            wanted = self._supplies.application(chip)
            self._show("comparing")
            new, old = differing(repl, wanted), superfluous(repl, wanted)
            self._change(repl, wanted, new, old)
            self._show("starting")
            # Whatever was found: to look, its program was interrupted.
            repl.reset()
        verdict = first_words.listen(
            self.target.port,
            self._running.mac,
            self._running.node_id,
            self._cancelled,
            self._wait_s,
        )
        changed = bool(new or old)
        what = (
            f"{len(new)} files written, {len(old)} removed"
            if changed
            else "its program is the same, nothing was written"
        )
        state = outcome.UPDATED if changed else outcome.CURRENT
        return replace(
            self._outcome(state if verdict.passed else outcome.FAILED, f"{what}; {verdict.text}"),
            epoch=verdict.epoch,
            digest=digest(wanted),
            written_bytes=sum(len(wanted[path]) for path in new),
        )

    def _change(
        self, repl: Repl, wanted: Mapping[str, bytes], new: list[str], old: list[str]
    ) -> None:
        for number, path in enumerate(new):
            self._go_on("writing", number, len(new))
            repl.write(path, wanted[path])
        for path in old:
            self._go_on("removing")
            repl.remove(path)

    def _go_on(self, stage: str, done: int = 0, total: int = 0) -> None:
        self._show(stage, done, total)
        if self._cancelled.is_set():
            raise FlashError("interrupted")

    def _outcome(self, state: str, text: str) -> Outcome:
        running = self._running
        return Outcome(self.target.port, state, text, running.mac, running.name, running.machine)

    def _show(self, stage: str, done: int = 0, total: int = 0) -> None:
        label = self._running.name or self._running.mac
        self._on_status(Status(self.target.port, label, stage, done, total))
