"""What an installation shows of itself."""

import sys
from pathlib import Path

import _progress
import pytest


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("Collecting numpy==2.4.6 (from -r requirements.txt (line 6))", "collecting numpy 2.4.6"),
        ("  Downloading numpy-2.4.6-cp311-cp311-linux.whl (16 MB)", "downloading numpy 2.4.6"),
        ("  Using cached rich-15.0.0-py3-none-any.whl (310 kB)", "using cached rich 15.0.0"),
        ("Installing collected packages: mdurl, rich", "unpacking"),
        ("Successfully installed rich-15.0.0", None),
        ("", None),
    ],
)
def test_pips_lines_become_a_detail(line: str, shown: str | None) -> None:
    assert _progress.detail(line) == shown


@pytest.mark.skipif(sys.platform == "win32", reason="hands a descriptor on")
def test_a_failing_program_shows_its_last_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    program = "for i in range(99): print('line', i)\nraise SystemExit(3)"
    with (tmp_path / "lock").open("w") as lock:
        runner = _progress.Runner(tmp_path / "install.log", {}, lock.fileno())
        assert runner("trying", [sys.executable, "-c", program]) == 3
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "trying …" in shown.err
    assert "line 98" in shown.err
    assert "line 9\n" not in shown.err
    log = (tmp_path / "install.log").read_text()
    assert "line 9\n" in log
    assert "ended with 3" in log
