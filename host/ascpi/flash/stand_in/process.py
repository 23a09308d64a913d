"""The process of a stand-in: a loader, then a board, then a loader …

Its standard input takes lines of JSON (`{"faults": {…}}`, `{"plug": true}`), its standard output
tells in lines of JSON what it does. It ends when its standard input does.
"""

import argparse
import json
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

from ascpi.flash.chips import CHIPS
from ascpi.flash.stand_in import running
from ascpi.flash.stand_in.faults import NEVER, Faults
from ascpi.flash.stand_in.line import Line
from ascpi.flash.stand_in.loader import Connection, serve, take_identity
from ascpi.flash.stand_in.memory import Memory, make_flash

_COMMAND_BYTES = 65536
_ID_BITS = 30


class _Unplugged(Exception):
    """The cable is out."""


class StandInProcess:
    def __init__(self, chip: str, mac: bytes, folder: Path, flash_bytes: int, air: bool) -> None:
        self._chip = CHIPS[chip]
        self._folder = folder
        self._air = air
        self._node_id = int.from_bytes(mac[2:], "big") & ((1 << _ID_BITS) - 1)
        make_flash(folder / "flash.bin", flash_bytes)
        self._memory = Memory(folder / "flash.bin")
        self._faults = Faults()
        self._plugged = True
        self._commands = b""
        self._connection: Connection | None = None
        self._line: Line | None = None
        take_identity(chip, mac, len(self._memory.data))

    def run(self) -> NoReturn:
        while True:
            self._line = Line(self._folder / "port")
            self._tell("ready", port=str(self._folder / "port"))
            try:
                self._use(self._line)
            except _Unplugged:
                self._line.unplug()
                self._line = None
                self._tell("unplugged")
            while not self._plugged:
                self._wait([], None)

    def _use(self, line: Line) -> NoReturn:
        """What a board with power does."""
        first = b""
        while True:
            self._tell("loader")
            self._connection = Connection(line, lambda: self._faults, self._look, first)
            serve(self._connection, self._chip.name, self._memory)
            first = self._connection.rest
            self._connection = None
            files = running.find_files(self._memory, self._chip)
            if files is not None and not self._faults.mute:
                first = self._boot(line, files, first)

    def _boot(self, line: Line, files: dict[str, bytes], first: bytes) -> bytes:
        self._tell("boot", files=sorted(files))
        board = running.Running(self._node_id, self._folder, self._memory, self._chip)
        try:
            board.start(files, self._air)
            return board.exchange(line, lambda others: self._wait(others, None), first)
        finally:
            board.stop()

    def _look(self, timeout_s: float) -> None:
        """Wait as the loader, for bytes of the port or for orders."""
        connection, limit = self._connection, self._faults.dies_after_bytes
        if connection is not None and limit != NEVER and connection.received_bytes >= limit:
            self._faults = replace(self._faults, dies_after_bytes=NEVER)
            self._plugged = False
            raise _Unplugged
        self._wait([], timeout_s)

    def _wait(self, others: list[int], timeout_s: float | None) -> None:
        control = sys.stdin.fileno()
        if self._line is None or control in self._line.wait([control, *others], timeout_s):
            self._obey()

    def _obey(self) -> None:
        data = os.read(sys.stdin.fileno(), _COMMAND_BYTES)
        if not data:
            sys.exit(0)
        *lines, self._commands = (self._commands + data).split(b"\n")
        for line in lines:
            command = json.loads(line)
            if "faults" in command:
                self._faults = Faults(**command["faults"])
                self._memory.stuck_byte = self._faults.stuck_byte
                self._tell("faults")
            if "plug" in command:
                self._plugged = command["plug"]
                if self._line is not None and not self._plugged:
                    raise _Unplugged

    def _tell(self, event: str, **words: object) -> None:
        print(json.dumps({"event": event, **words}), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="A board without hardware, for a flasher.")
    parser.add_argument("--chip", choices=tuple(CHIPS), default="esp32")
    parser.add_argument("--mac", default="02:a5:00:00:00:01", help="02:a5: and its id, 4 bytes")
    parser.add_argument("--folder", type=Path, required=True, help="for its port and its flash")
    parser.add_argument("--flash-bytes", type=int, default=4 << 20, help="a power of 2")
    parser.add_argument("--no-air", action="store_true", help="no access point, and no broadcast")
    chosen = parser.parse_args()
    chosen.folder.mkdir(parents=True, exist_ok=True)
    mac = bytes.fromhex(chosen.mac.replace(":", ""))
    StandInProcess(chosen.chip, mac, chosen.folder, chosen.flash_bytes, not chosen.no_air).run()


if __name__ == "__main__":
    main()
