"""`--app-only`: the program of a board that runs MicroPython already, by its REPL.

A program lies in a folder of its own, named for what is in it. A new one is written beside the
one that runs, looked at there, hash by hash, and then taken for it by one rename: whatever is cut
off at whatever moment, the board starts the old one or the new one, whole. The new one is on
trial until it has run for 10 s (`firmware/main.py`). Programs before these two go. Configuration,
epoch and the glyphs' journal are not touched, nor are types of glyphs that are not among those
flashed.

A board from before programs had folders has its modules in /ascpi_core and /ascpi_board, and a
/main.py that starts them. That /main.py is kept in a folder of its own, as one more program: so
the new one is on trial there, too, and what ran before stays until the next update.
"""

import hashlib
import json
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ascpi.errors import AscpiError
from ascpi.flash import first_words, outcome, user_types
from ascpi.flash.application import MAIN_PATH, PROGRAM_FOLDER, RUN_PATH, digest
from ascpi.flash.chips import CHIPS, Chip, chip_called
from ascpi.flash.configuration import CONFIGURATION_PATH, configuration
from ascpi.flash.errors import FlashError
from ascpi.flash.outcome import Outcome, Status, StatusListener
from ascpi.flash.supplies import Supplies
from ascpi.flash.targets import Target
from ascpi.flash.wishes import Wishes
from ascpi.ports.repl import Repl
from ascpi_core.settings import id_of

UNTRIED = "untried"
"""Behind the names of a new program and the one before it: the board is to try the new one."""
TRYING = "trying"
"""The same, once it has been started: found so at the next start, it has failed."""
# What our compiler makes, and from which MicroPython on it is understood (1.23).
MPY_VERSION, MPY_SUBVERSION = 6, 3
_MODULES = (".py", ".mpy")
# What a write that was cut off leaves behind.
_HALF = ".new"
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
for entry in list(os.ilistdir('/')):
 if entry[1] == 0x4000 and (entry[0].startswith(%r) or entry[0] == %r): walk('/' + entry[0])
"""
_TIDY = """
import os
def tidy(folder):
 for entry in list(os.ilistdir(folder)):
  if entry[1] == 0x4000: tidy(folder + '/' + entry[0])
 try: os.rmdir(folder)
 except OSError: pass
for entry in list(os.ilistdir('/')):
 if entry[1] == 0x4000 and entry[0].startswith(%r): tidy('/' + entry[0])
"""
FORMER = f"{PROGRAM_FOLDER}former"
"""The folder that stands for the program from before there were such folders."""
_FORMER_FOLDERS = (f"/{FORMER}/", "/ascpi_core/", "/ascpi_board/")
_FORMER_BOOT = f"""\
def main():
    with open("/ascpi_run") as file:
        words = file.read().split()
    if words[2:] == ["failed"]:
        new = words[1]
        print("ASCPI note the new program, %s, did not run: this is the one before it" % new)
    with open("/{FORMER}/main.py") as file:
        exec(file.read(), {{"__name__": "__main__"}})
"""
_RUNS = """
try:
 with open(%r) as file: print(file.read())
except OSError: print()
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


def running_program(repl: Repl) -> tuple[str, ...]:
    """What /ascpi_run says: the folder of the program that runs; while a new one is on trial the
    one before it, too, and how the trial stands. Empty: a board that has no such file."""
    return tuple(repl.execute(_RUNS % (RUN_PATH,)).split())


def proven(running: tuple[str, ...]) -> str:
    """Of the programs that /ascpi_run names, the one that has shown that it runs."""
    on_trial = len(running) > 2 and running[2] in (UNTRIED, TRYING)
    return running[1] if on_trial else running[0]


def former_program(repl: Repl) -> dict[str, bytes]:
    """What makes one more program of one that has no folder of its own; nothing if there is none.

    To be asked only of a board that has no /ascpi_run: then its /main.py is still the former one.
    """
    there = repl.execute(_LIST % ("ascpi_board", "")).split()
    if not there or repl.digest(MAIN_PATH) is None:
        return {}
    main = repl.read(MAIN_PATH)
    if RUN_PATH.encode() in main:
        return {}  # it would start itself
    return {f"/{FORMER}/main.py": main, f"/{FORMER}/ascpi_boot.py": _FORMER_BOOT.encode()}


def superfluous(repl: Repl, wanted: Mapping[str, bytes], running: tuple[str, ...]) -> list[str]:
    """Modules in our folders that are neither of this program nor of one that /ascpi_run names,
    and sources that would hide a type that is wanted."""
    folder = user_types.BOARD_FOLDER.strip("/")
    there = repl.execute(_LIST % (PROGRAM_FOLDER, folder)).split()
    hiding = user_types.replaced(tuple(wanted))
    kept = tuple(f"/{name}/" for name in running[:2])
    if FORMER in running[:2]:
        kept += _FORMER_FOLDERS
    return [
        path
        for path in there
        if path in hiding
        or (
            path.endswith((*_MODULES, _HALF))
            and path not in wanted
            and path.startswith(f"/{PROGRAM_FOLDER}")
            and not path.startswith(kept)
        )
    ]


def keep_on_trial(repl: Repl) -> None:
    """A program on trial that was interrupted for us has not failed by that, however we end."""
    running = running_program(repl)
    if running[2:] == (TRYING,):
        repl.write(RUN_PATH, " ".join([*running[:2], UNTRIED]).encode())


@dataclass(frozen=True)
class NewSettings:
    """What /ascpi.json is to be, and the names of what differs there."""

    content: bytes
    names: tuple[str, ...]


def differing_settings(
    repl: Repl, running: Running, chip: Chip, wishes: Wishes
) -> NewSettings | None:
    """What is wanted of a board, against what it has; None: it is to stay as it is.

    A fleet file says all of a board's settings; options are put over those that it has. A network
    of another name needs a password of its own. FlashError that names all mistakes together.
    """
    given = wishes.settings(running.mac)
    if given is None:
        return None
    there = _settings_there(repl)
    content = configuration(over(there, given) if wishes.merges else given, chip, running.mac)
    wanted = json.loads(content)
    return NewSettings(content, tuple(_differing_names(there, wanted)))


def over(there: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Some settings put over others, tables by their names."""
    result = dict(there)
    for name, value in given.items():
        before = result.get(name)
        if isinstance(value, Mapping) and isinstance(before, dict):
            if name == "wifi" and value.get("ssid", before.get("ssid")) != before.get("ssid"):
                before = {key: kept for key, kept in before.items() if key != "password"}
            result[name] = {**before, **value}
        else:
            result[name] = value
    return result


def _settings_there(repl: Repl) -> dict[str, Any]:
    """What the board has; nothing if it has none, or what is there is no table."""
    if repl.digest(CONFIGURATION_PATH) is None:
        return {}
    try:
        found = json.loads(repl.read(CONFIGURATION_PATH))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _differing_names(
    there: Mapping[str, Any], wanted: Mapping[str, Any], where: str = ""
) -> Iterator[str]:
    for name in sorted(there.keys() | wanted.keys()):
        before, after = there.get(name), wanted.get(name)
        if isinstance(before, dict) and isinstance(after, dict):
            yield from _differing_names(before, after, f"{name}.")
        elif before != after:
            yield where + name


class Update:
    """One board's update; `run` it in a thread of its own, `cancel` it from another."""

    def __init__(
        self,
        target: Target,
        supplies: Supplies,
        on_status: StatusListener,
        wishes: Wishes,
        wait_s: float = first_words.DEADLINE_S,
        settings_only: bool = False,
    ) -> None:
        self.target = target
        self._settings_only = settings_only
        self._supplies = supplies
        self._on_status = on_status
        self._wishes = wishes
        self._wait_s = wait_s
        self._cancelled = threading.Event()
        self._running = Running("", 0, "", "", 0, "")

    def cancel(self) -> None:
        """Nothing further is written; the next run writes the rest."""
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
        with Repl(self.target.port, self._cancelled) as repl:
            self._running = ask(repl)
            keep_on_trial(repl)
            if not self.target.named and not self._wishes.owns(self._running.mac):
                return self._outcome(outcome.LEFT, f"{self._running.mac} is not in the fleet file")
            chip = chip_of(self._running)
            if self._settings_only:
                return self._write_settings(repl, chip)
            self._show("compiling")
            wanted = self._supplies.application(chip)
            self._show("comparing")
            running = running_program(repl)
            former = former_program(repl) if RUN_PATH in wanted and not running else {}
            if former:
                running = (FORMER,)
            new = differing(repl, wanted)
            if RUN_PATH in new and running[:1] == (wanted[RUN_PATH].decode(),):
                new.remove(RUN_PATH)  # it is on trial already
            old = superfluous(repl, wanted, running)
            others = self._other_settings(repl, chip)
            for path, data in former.items():
                self._go_on("writing")
                repl.write(path, data)
            self._change(repl, wanted, new, old, running)
            self._show("starting")
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
        if others:
            what += (
                f"; its settings are others than those given ({', '.join(others)}): "
                "--settings-only writes them"
            )
        state = outcome.UPDATED if changed else outcome.CURRENT
        return replace(
            self._outcome(state if verdict.passed else outcome.FAILED, f"{what}; {verdict.text}"),
            epoch=verdict.epoch,
            digest=digest(wanted),
            written_bytes=sum(len(wanted[path]) for path in new),
        )

    def _other_settings(self, repl: Repl, chip: Chip) -> tuple[str, ...]:
        """Names of settings that are not as given. What is wrong with those that are given, who
        writes them hears."""
        try:
            wanted = differing_settings(repl, self._running, chip, self._wishes)
        except FlashError:
            return ()
        return wanted.names if wanted is not None else ()

    def _write_settings(self, repl: Repl, chip: Chip) -> Outcome:
        """In one step; its program stays."""
        self._show("comparing")
        wanted = differing_settings(repl, self._running, chip, self._wishes)
        names = wanted.names if wanted is not None else ()
        if wanted is not None and names:
            self._go_on("writing")
            repl.write(CONFIGURATION_PATH, wanted.content)
        self._show("starting")
        what = f"{', '.join(names)} written" if names else "its settings are the same"
        state = outcome.UPDATED if names else outcome.CURRENT
        written_bytes = len(wanted.content) if wanted is not None and names else 0
        return replace(self._outcome(state, what), written_bytes=written_bytes)

    def _change(
        self,
        repl: Repl,
        wanted: Mapping[str, bytes],
        new: list[str],
        old: list[str],
        running: tuple[str, ...],
    ) -> None:
        """Old programs go first, for their room. What makes the board take the new one, and the
        first file that it runs, come last: until then it starts what it has. Of a board that has
        no program to fall back to what it starts is what is old: there it goes in the end."""
        if running:
            self._remove(repl, old)
        if new or old:
            # A folder with nothing in it takes 8 KiB all the same.
            repl.execute(_TIDY % (PROGRAM_FOLDER,))
        last = [path for path in (RUN_PATH, MAIN_PATH) if path in new]
        beside = {path: wanted[path] for path in new if path not in last}
        for number, path in enumerate(beside):
            self._go_on("writing", number, len(new))
            repl.write(path, beside[path])
        spoiled = differing(repl, beside) if beside else []
        if spoiled:
            raise FlashError(
                f"{spoiled[0]} is not on the board as it was written; its old program stays: "
                "try again, with another cable"
            )
        for path in last:
            self._go_on("writing", len(beside), len(new))
            data = wanted[path]
            before = proven(running).encode() if running else b""
            if path == RUN_PATH and before and before != data:
                data = b" ".join([data, before, UNTRIED.encode()])
            repl.write(path, data)
        if not running and old:
            self._remove(repl, old)
            repl.execute(_TIDY % (PROGRAM_FOLDER,))

    def _remove(self, repl: Repl, paths: list[str]) -> None:
        for path in paths:
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
