"""`ascpi bench`: what it reports and when it fails. The figures themselves are not judged here."""

import json
from pathlib import Path

import pytest

from ascpi import cli
from ascpi.bench import codec, command, firmware, receive
from ascpi.bench.duel import command as duel
from ascpi.bench.lock import command as lock
from ascpi.bench.row import Row, number, report, show


def test_a_limit_is_a_maximum_or_a_minimum() -> None:
    assert Row("a", "", (1.0, 9.0, 2.0), 2).passed
    assert not Row("a", "", (1.0, 9.0, 3.0), 2).passed
    assert Row("a", "", (3.0,), 2, least=True).passed
    assert not Row("a", "", (1.0,), 2, least=True).passed
    assert Row("a", "", (1.0,)).passed


def test_the_report_has_medians_ranges_and_limits() -> None:
    made = report([Row("a", "", (1.0, 9.0, 2.0), 3), Row("b", "", (4.0,))])
    assert made == {
        "a": 2.0,
        "b": 4.0,
        "ranges": {"a": [1.0, 9.0], "b": [4.0, 4.0]},
        "limits": {"a": 3},
        "passed": True,
    }


def test_a_missed_limit_is_said_beside_its_figure(capsys: pytest.CaptureFixture[str]) -> None:
    show([Row("slow_loops", "a call", (700.0,), 600)], plain=True)
    line = " ".join(capsys.readouterr().out.splitlines()[-1].split())
    assert line == "slow_loops 700 700 … 700 ≤ 600 FAILED a call"


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (0.01834, "0.0183"), (21.67, "21.7"), (413.7, "414"), (2.77e7, "27.7 M")],
)
def test_numbers_have_three_digits(value: float, text: str) -> None:
    assert number(value) == text


def test_firmware_reports_every_figure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One pass, on the real MicroPython; whether limits are kept is not for a busy machine."""
    path = tmp_path / "bench.json"
    code = cli.main(["bench", "firmware", "--plain", "--passes", "1", "--json", str(path)])
    made = json.loads(path.read_text("utf-8"))
    shown = capsys.readouterr().out
    for key in ("receive_loops", "receive_tagged_loops", "tick_loops"):
        assert made[key] > 50
        assert key in shown
    assert made["receive_alloc_bytes"] == 0
    assert made["yardstick_us"] > 0
    assert made["limits"] == {
        "receive_loops": 400,
        "receive_tagged_loops": 600,
        "receive_message_loops": 600,
        "tick_loops": 600,
        "clocks_loops": 600,
        "tick_glyphs_loops": 600,
        "glyphs_look_loops": 400,
        "glyphs_run_loops": 1200,
        "receive_alloc_bytes": 0,
    }
    assert code == (0 if made["passed"] else 1)


def test_codec_reports_every_figure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(codec, "BULK_PACKETS", 5000)
    monkeypatch.setattr(codec, "SINGLE_PACKETS", 100)
    monkeypatch.setattr(codec, "PASSES", 2)
    path = tmp_path / "bench.json"
    cli.main(["bench", "codec", "--json", str(path)])
    made = json.loads(path.read_text("utf-8"))
    assert made["bulk_decode_per_s"] > made["decode_per_s"] > 0
    assert "bulk_encode_per_s" in capsys.readouterr().out


def test_a_missed_limit_is_exit_code_1(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codec, "run", lambda arguments: ({}, False))
    assert cli.main(["bench", "codec"]) == 1


def test_no_passes_is_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["bench", "firmware", "--passes", "0"]) == 2
    assert "measures nothing" in capsys.readouterr().err


def test_every_bench_has_a_name() -> None:
    named = {"firmware": firmware, "codec": codec, "duel": duel, "lock": lock, "receive": receive}
    assert named.items() <= command.BENCHES.items()
