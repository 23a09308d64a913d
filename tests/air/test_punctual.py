"""What the system is asked for so that the air is on time."""

import os
import subprocess
import sys

import pytest

from ascpi.air.punctual import monotonic_us, spin_until

ASK = """
import os
from ascpi.air.punctual import ask_for_precedence, ask_for_sharp_timers
ask_for_sharp_timers()
granted = ask_for_precedence()
policy = os.sched_getscheduler(0) & ~os.SCHED_RESET_ON_FORK
assert (policy == os.SCHED_FIFO) == granted, (policy, granted)
assert open("/proc/self/timerslack_ns").read().strip() in ("0", "1")
"""


def test_a_spin_never_ends_early() -> None:
    for wait_us in (0, 1, 200):
        due_us = monotonic_us() + wait_us
        spin_until(due_us)
        assert monotonic_us() >= due_us


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can be asked")
def test_what_is_asked_for_is_had_or_refused_in_silence() -> None:
    """Timers cannot be refused. Real-time threads have no slack to set, so 0 counts as well."""
    done = subprocess.run(
        [sys.executable, "-c", ASK], capture_output=True, text=True, timeout=30, env=os.environ
    )
    assert (done.returncode, done.stderr) == (0, "")
