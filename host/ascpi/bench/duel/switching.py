"""The switch's process as its parent sees it: started with the devices, asked, ended."""

import json
import select
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

from ascpi.errors import AscpiError

# A busy machine starts a Python in a second or two; an answer is a matter of milliseconds.
START_DEADLINE_S = 20.0
ANSWER_DEADLINE_S = 5.0
STOP_DEADLINE_S = 5.0


class Switching:
    """Use it in a `with`: frames are carried from its entry to its exit."""

    def __init__(self, preset: str, seed: int, taps: Sequence[int]) -> None:
        self._taps = tuple(taps)
        self._command = [sys.executable, "-m", "ascpi.bench.duel.switch_process"]
        self._command += ["--preset", preset, "--seed", str(seed)]
        self._command += ["--taps", ",".join(str(tap) for tap in taps)]
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Switching":
        self._process = subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=self._taps,
            start_new_session=True,
        )
        try:
            self.report(START_DEADLINE_S)
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def report(self, deadline_s: float = ANSWER_DEADLINE_S) -> dict[str, Any]:
        """What it has done so far: counts, fates, lateness."""
        process = self._process
        assert process is not None, "the switch is not running"
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(b"report\n")
            process.stdin.flush()
        except OSError:
            raise AscpiError(self._last_words()) from None
        # A line is written whole: where its beginning is, its end is.
        if not select.select([process.stdout], [], [], deadline_s)[0]:
            raise AscpiError(f"the switch did not answer within {deadline_s:.0f} s: try again")
        line = process.stdout.readline()
        if not line:
            raise AscpiError(self._last_words())
        answer: dict[str, Any] = json.loads(line)
        return answer

    def stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        for stream in (process.stdin, process.stdout):
            assert stream is not None
            try:
                stream.close()
            except OSError:
                continue  # it has ended already, and a last word to it with it
        try:
            process.wait(STOP_DEADLINE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        assert process.stderr is not None
        process.stderr.close()

    def _last_words(self) -> str:
        assert self._process is not None
        assert self._process.stderr is not None
        try:
            code = self._process.wait(ANSWER_DEADLINE_S)
        except subprocess.TimeoutExpired:
            return "the switch does not answer any more: try again"
        words = self._process.stderr.read().decode("utf-8", "replace").split("\n")
        said = next((word for word in reversed(words) if word.strip()), "it said nothing")
        return f"the switch has ended with {code}: {said}"
