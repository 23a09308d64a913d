import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ascpi import paths
from ascpi.errors import AscpiError
from ascpi.virtual import command
from tests.virtual.lab import DEADLINE_S


def start(*words: str) -> subprocess.Popen[str]:
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(
            [str(paths.REPOSITORY / "host"), str(paths.REPOSITORY / "shared")]
        ),
    }
    program = "import sys; from ascpi.virtual import command as c; "
    return subprocess.Popen(
        [sys.executable, "-c", program + "sys.exit(c.run(c.parse(sys.argv[1:])))", *words],
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_port_comes_first_and_a_signal_ends_it_cleanly(
    tmp_path: Path, number: signal.Signals
) -> None:
    link, summary = tmp_path / "tty", tmp_path / "summary.json"
    flash = tmp_path / "flash"
    words = ["--id", "7", "--bind", "127.0.0.9:0", "--phase", "0.5", "--report-ms", "250"]
    words += ["--flash", str(flash), "--serial", str(link), "--json", str(summary)]
    with start(*words) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        assert first == f"serial port: {os.readlink(link)}\n"
        # A second line: the board lives.
        assert process.stdout.readline()
        process.send_signal(number)
        process.stdout.read()
        assert process.wait(DEADLINE_S) == 0
    assert not link.is_symlink()
    configuration = json.loads((flash / "ascpi.json").read_text())
    assert configuration["bind"] == "127.0.0.9:0"
    assert configuration["report_ms"] == 250
    assert json.loads(summary.read_text())["id"] == 7


def test_it_ends_after_its_seconds(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    begin_s = time.monotonic()
    assert command.run(command.parse(["--seconds", "0.3"])) == 0
    assert 0.3 <= time.monotonic() - begin_s < DEADLINE_S
    assert capsys.readouterr().out.startswith("serial port: /dev/")


def test_a_wrong_option_is_said_in_a_sentence() -> None:
    with pytest.raises(AscpiError, match="bind 'here' is no address"):
        command.run(command.parse(["--bind", "here"]))
    with pytest.raises(AscpiError, match="id 0 is out of range"):
        command.run(command.parse(["--id", "0"]))


def test_a_summary_that_cannot_be_written_is_said_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(AscpiError, match=r"summary .* cannot be written"):
        command.run(command.parse(["--seconds", "0", "--json", str(tmp_path / "no" / "file")]))
