"""One process installs at a time, whatever becomes of the others."""

import subprocess
import sys
from pathlib import Path

import _lock
import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="inherited locks are POSIX's")


def quiet(elapsed_s: float) -> None:
    pass


def test_a_second_holder_waits_until_the_deadline(tmp_path: Path) -> None:
    file = tmp_path / "lock"
    waited: list[float] = []
    with (
        _lock.locked(file, 1.0, quiet),
        pytest.raises(_lock.LockError, match="another process has held"),
        _lock.locked(file, 0.3, waited.append),
    ):
        pass
    assert waited
    assert waited[0] < 0.1


def test_the_lock_is_free_again_after_an_error(tmp_path: Path) -> None:
    file = tmp_path / "lock"
    with pytest.raises(ZeroDivisionError), _lock.locked(file, 0.0, quiet):
        raise ZeroDivisionError
    with _lock.locked(file, 0.0, quiet):
        pass


def test_its_text_outlives_the_holder(tmp_path: Path) -> None:
    file = tmp_path / "lock"
    with _lock.locked(file, 0.0, quiet) as lock:
        assert lock.text() == ""
        lock.write("installing, and a long line about it")
        lock.write("installing")
    with _lock.locked(file, 0.0, quiet) as lock:
        assert lock.text() == "installing"


def test_a_child_that_outlives_the_holder_keeps_the_lock(tmp_path: Path) -> None:
    """An orphaned pip must not share .venv with the next installation."""
    file = tmp_path / "lock"
    with _lock.locked(file, 0.0, quiet) as lock:
        child = subprocess.Popen(
            [sys.executable, "-c", "input()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(lock.descriptor,),
        )
    with pytest.raises(_lock.LockError), _lock.locked(file, 0.2, quiet):
        pass
    child.communicate(b"\n", timeout=10)
    with _lock.locked(file, 5.0, quiet):
        pass
