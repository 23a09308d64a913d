"""StandIn: a stand-in's process, started, given faults, and ended."""

from __future__ import annotations

import importlib.util
import json
import queue
import subprocess
import sys
import threading
import time
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

from ascpi.errors import AscpiError
from ascpi.flash.stand_in.faults import Faults

MOCK = "esp32_mock_bootloader"
START_DEADLINE_S = 30.0
STOP_DEADLINE_S = 10.0
FLASH_BYTES = 4 << 20


class StandInFailed(AscpiError):
    """A stand-in does not start, or does not do in time what it was told."""


def require_stand_in() -> None:
    """StandInFailed if this computer cannot run one."""
    if sys.platform != "linux":
        raise StandInFailed("stand-ins for boards need Linux: use a board, or a virtual one")
    if importlib.util.find_spec(MOCK) is None:
        raise StandInFailed(
            "stand-ins for boards need the package esp32-mock-bootloader: "
            "`pip install esp32-mock-bootloader`, or let `python3 tools/test.py` fetch it"
        )


class StandIn:
    """A board to plug in, in a `with`. `folder` keeps its flash, also for the next one there.

    `number`, 1 to 2^30 − 1: its id, and the last four bytes of its MAC, 02:a5:….
    `access_point`: its program finds a network, loopback; without one it only waits for it.
    """

    def __init__(
        self,
        folder: Path,
        chip: str = "esp32",
        number: int = 1,
        flash_bytes: int = FLASH_BYTES,
        access_point: bool = False,
    ) -> None:
        self.chip = chip
        self.number = number
        self.mac = "02:a5:" + number.to_bytes(4, "big").hex(":")
        self.port = str(folder / "port")
        self.flash = folder / "flash.bin"
        self.flash_bytes = flash_bytes
        self.events: list[dict[str, Any]] = []
        self._folder = folder
        self._access_point = access_point
        self._heard: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> StandIn:
        self.start()
        try:
            self.wait_for("ready")
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Begin to; `wait_for("ready")` is the end of it."""
        require_stand_in()
        words = ["--chip", self.chip, "--mac", self.mac, "--folder", str(self._folder)]
        words += ["--flash-bytes", str(self.flash_bytes)]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "ascpi.flash.stand_in.process", *words]
            + ([] if self._access_point else ["--no-air"]),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            # The user's Ctrl-C is for the program that has it plugged in.
            start_new_session=True,
        )
        assert self._process.stdout is not None
        threading.Thread(target=self._listen, args=(self._process.stdout,), daemon=True).start()

    def stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin is not None
        process.stdin.close()
        try:
            process.wait(STOP_DEADLINE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def break_it(self, **faults: Any) -> None:
        """From now on it has these faults (see Faults) and no others; returns when it has."""
        self._send({"faults": asdict(Faults(**faults))})
        self.wait_for("faults")

    def plug_in(self) -> None:
        """After its cable came out; its flash is as it was then."""
        self._send({"plug": True})
        self.wait_for("ready")

    def wait_for(self, event: str, deadline_s: float = START_DEADLINE_S) -> dict[str, Any]:
        """The next event of that name: ready, loader, boot, unplugged, faults."""
        end_s = time.monotonic() + deadline_s
        while True:
            try:
                heard = self._heard.get(timeout=max(0.0, end_s - time.monotonic()))
            except queue.Empty:
                raise StandInFailed(f"{self.port}: no {event} within {deadline_s} s") from None
            self.events.append(heard)
            if heard["event"] == event:
                return heard
            if heard["event"] == "end":
                raise StandInFailed(f"{self.port}: the stand-in has ended, before {event}")

    def _send(self, command: dict[str, object]) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()

    def _listen(self, stream: IO[str]) -> None:
        with stream:
            for line in stream:
                self._heard.put(json.loads(line))
        self._heard.put({"event": "end"})
