"""`ascpi bench lock`: its options, its report, and one short run of real boards."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from ascpi import cli
from ascpi.bench.lock import command, document, run
from ascpi.bench.lock.document import Run
from ascpi.bench.lock.figures import run_figures
from ascpi.bench.lock.limits import limits
from ascpi.bench.lock.options import Kill, LockOptions, parse_kill
from ascpi.bench.lock.plan import plan
from ascpi.bench.lock.plot import draw
from ascpi.bench.lock.recording import Recording
from ascpi.bench.progress import Progress
from tests.bench.lock.synthetic import recording

LOCK = ["bench", "lock"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--boards", "1"], "--boards 1 is out of range: give 2 to 32"),
        (["--boards", "33"], "--boards 33 is out of range"),
        (["--ppm", "-5"], "--ppm -5 is out of range: give 0 to"),
        (["--ppm", "nan"], "--ppm nan is out of range"),
        (["--seconds", "0"], "--seconds 0 is no time to see a lock"),
        (["--seconds", "inf"], "--seconds inf is no time"),
        (["--after", "-1"], "--after -1 is no time"),
        (["--runs", "0"], "--runs 0 is out of range"),
        (["--report-ms", "5"], "--report-ms 5 is out of range: give 20 to 250"),
        (["--kill", "two"], "is not ID@T[:DOWN]"),
        (["--kill", "9@30"], "there is no board 9; they are numbered 1 to 4"),
        (["--kill", "2@30:16"], "16 s without power is out of range"),
        (["--kill", "2@50", "--seconds", "60"], "give --seconds 70 or more"),
        (["--plot", "run.bmp"], "end it in .png, .svg, .pdf"),
        (["--plot", "nowhere/run.png"], "nowhere/run.png cannot be written"),
        (["--json", "nowhere/run.json"], "nowhere/run.json cannot be written"),
        (["--json", "."], ". cannot be written: it is a folder"),
    ],
)
def test_a_mistake_is_a_sentence_before_anything_runs(
    words: list[str],
    sentence: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def run_once(*_: object) -> Recording:
        raise AssertionError("nothing is to be started")

    monkeypatch.setattr(command, "run_once", run_once)
    assert cli.main([*LOCK, *words]) == 2
    assert sentence in capsys.readouterr().err


@pytest.mark.parametrize("words", [["--air", "vacuum"], ["--law", "murphy"], ["--seed", "x"]])
def test_what_is_not_to_choose_from(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main([*LOCK, *words])
    assert ended.value.code == 2
    assert words[0] in capsys.readouterr().err


def test_a_plot_without_matplotlib_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert cli.main([*LOCK, "--plot", "run.png"]) == 2
    assert "-m pip install 'matplotlib" in capsys.readouterr().err


def test_the_help_tells_of_the_json(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main([*LOCK, "--help"])
    shown = capsys.readouterr().out
    assert "docs/bench.md" in shown
    assert "lock_rate" in shown


def test_a_kill_in_words() -> None:
    assert parse_kill("2@40") == Kill(2, 40.0, 3.0)
    assert parse_kill("12@4.5:0.5") == Kill(12, 4.5, 0.5)


def options(**more: object) -> LockOptions:
    values = {"boards": 4, "air": "wifi", "ppm": 40.0, "seconds": 60.0, "seed": 1, **more}
    return LockOptions(**values)  # type: ignore[arg-type]


def test_the_seed_decides_the_boards() -> None:
    nodes = plan(options(), 5)
    assert nodes == plan(options(), 5)
    assert nodes != plan(options(), 6)
    assert sorted(node.ppm for node in nodes) == [-40, -13.333, 13.333, 40]
    assert [node.node_id for node in nodes] == [1, 2, 3, 4]
    assert {tuple(node.ppm for node in plan(options(), seed)) for seed in range(20)} > {
        tuple(node.ppm for node in nodes)
    }, "the order of the crystals is the seed's, too"
    assert all(0 <= node.phase < 1 and node.edges for node in nodes)


def test_the_law_is_only_named_where_it_is_asked_for() -> None:
    assert "law" not in plan(options(), 1)[0].settings
    assert plan(options(law="source"), 1)[0].settings["law"] == "source"


def test_limits_hold_for_what_they_are_made_for() -> None:
    wifi = {"rms_us": 50, "spread_p95_us": 200, "time_to_lock_s": 3, "lock_share": 1}
    assert limits(options()) == wifi
    assert limits(options(law="full")) == wifi
    assert limits(options(law="source")) == {}
    assert limits(options(ppm=60.0)) == {}
    assert limits(options(boards=5)) == {}
    assert limits(options(air="clean")) == {"rms_us": 30, "lock_share": 1}
    assert limits(options(air="powersave"))["rms_us"] == 2000
    assert limits(options(air="harsh"))["rms_us"] == 500
    assert limits(options(boards=8))["rms_us"] == 80
    assert limits(options(seconds=20.0)) == {"time_to_lock_s": 3, "lock_share": 1}
    assert limits(options(seconds=90.0, kill=Kill(2, 50, 3)))["others_moved_us"] == 1000


def run_of(offsets_us: list[float], **more: object) -> Run:
    made = recording(offsets_us, **more)  # type: ignore[arg-type]
    return Run(made, run_figures(made, 30))


FOUR = [-30.0, -10.0, 10.0, 30.0]


def test_runs_become_medians_the_worst_and_a_rate() -> None:
    lost = {"first_lock_us": None, "locked_since_us": None}
    wide = [2 * value for value in FOUR]
    wider = [3 * value for value in FOUR]
    runs = [run_of(FOUR), run_of(wide), run_of(wider), run_of(FOUR, **lost)]
    made = document.document(options(runs=4), runs, interrupted=False)
    assert made["lock_rate"] == "3 of 4"
    assert made["rms_us"] == pytest.approx(44.72, abs=0.01)
    assert made["worst"]["rms_us"] == pytest.approx(67.08, abs=0.01)  # type: ignore[index]
    assert made["worst"]["lock_share"] == 0.75  # type: ignore[index]
    assert made["passed"] is False, "a run did not lock"
    per_run = made["runs"]
    assert isinstance(per_run, list)
    assert [one["rms_us"] for one in per_run] == [22.3607, 44.7214, 67.082, None]
    json.dumps(made, allow_nan=False)


def test_limits_that_are_kept_pass() -> None:
    made = document.document(options(), [run_of(FOUR)], interrupted=False)
    assert made["passed"] is True
    assert made["limits"] == limits(options())


def test_a_missed_limit_fails() -> None:
    made = document.document(options(), [run_of([3 * value for value in FOUR])], interrupted=False)
    assert made["passed"] is False


def test_a_limit_without_a_figure_is_missed() -> None:
    runs = [run_of(FOUR, first_lock_us=None, locked_since_us=None)]
    made = document.document(options(air="clean"), runs, interrupted=False)
    assert made["passed"] is False
    rows = document.rows(options(air="clean"), runs)
    assert document.unmeasured(options(air="clean"), rows) == ["rms_us"]


def test_what_was_cut_short_does_not_count_beside_complete_runs() -> None:
    runs = [run_of(FOUR), run_of([9 * value for value in FOUR], complete=False)]
    assert document.counted(runs) == runs[:1]
    assert document.counted(runs[1:]) == runs[1:]


@pytest.mark.parametrize("ending", [".png", ".svg", ".pdf"])
def test_a_plot_is_drawn(tmp_path: Path, ending: str) -> None:
    pytest.importorskip("matplotlib")
    path = tmp_path / f"run{ending}"
    made = recording(FOUR, claim_us=25.0)
    draw(options(), made, run_figures(made, 30), path)
    magic = {".png": b"\x89PNG", ".svg": b"<?xml", ".pdf": b"%PDF"}[ending]
    assert path.read_bytes().startswith(magic)
    if ending == ".svg":
        text = path.read_text("utf-8")
        for word in ("locked after 1.00 s", "RMS 22 µs", "claims hold 50.0 %", "board 4", "(µs)"):
            assert word in text
        assert "outside its own claim" in text


def test_a_run_that_did_not_lock_is_drawn_too(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    path = tmp_path / "run.svg"
    made = recording([0.0, 400_000.0], first_lock_us=None, locked_since_us=None)
    draw(options(boards=2), made, run_figures(made, 30), path)
    assert "not locked" in path.read_text("utf-8")


def test_progress_off_a_terminal_is_whole_lines(capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress(plain=False)
    assert progress.due()
    progress.show("3 s left")
    assert not progress.due()
    progress.clear()
    assert capsys.readouterr().err == "3 s left\n"


def test_three_boards_lock(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Real boards for a few seconds: that every figure is there, not how good it is."""
    pytest.importorskip("matplotlib")
    report, plot = tmp_path / "run.json", tmp_path / "run.png"
    words = ["--boards", "3", "--air", "clean", "--seconds", "6", "--seed", "2"]
    code = cli.main([*LOCK, *words, "--json", str(report), "--plot", str(plot)])
    made = json.loads(report.read_text("utf-8"))
    (one,) = made["runs"]
    assert code == 0
    assert made["lock_rate"] == "1 of 1", one
    assert made["limits"] == {}
    assert 0 < made["time_to_lock_s"] < 5
    assert 0 < made["rms_us"] < 10_000
    assert made["edge_self_median_us"] < 5_000
    assert made["packets_per_s"] > 3
    assert made["busiest_second_packets"] >= made["packets_per_s"]
    assert one["window"]["as_asked"] is False
    assert {node["id"] for node in one["nodes"]} == {1, 2, 3}
    assert one["edges"]["count"] >= 3
    assert one["relay"]["relay"]["received"] > 10
    if sys.platform == "linux":
        assert all(0 < node["cpu"] < 1 for node in one["nodes"])
    assert plot.stat().st_size > 10_000
    shown = capsys.readouterr()
    assert "from the lock on: not steady past 30 s" in shown.out
    assert "s left" in shown.err


def test_ctrl_c_keeps_what_was_measured(tmp_path: Path) -> None:
    report = tmp_path / "run.json"
    words = ["--boards", "2", "--air", "clean", "--seconds", "600", "--json", str(report)]
    process = subprocess.Popen(
        [sys.executable, "-m", "ascpi", *LOCK, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        start_new_session=True,
    )
    try:
        assert process.stderr is not None
        deadline_s = time.monotonic() + 60
        while " s left" not in (line := process.stderr.readline()):
            assert line, "it ended by itself"
            assert time.monotonic() < deadline_s
        process.send_signal(signal.SIGINT)
        out, errors = process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 130, errors
    assert "interrupted; kept: 0 of 1 runs, and " in errors
    made = json.loads(report.read_text("utf-8"))
    assert made["interrupted"] is True
    assert made["runs"][0]["complete"] is False
    assert "2 boards" in out


def test_boards_that_say_nothing_are_a_sentence_with_their_words(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As with a firmware that does not know a setting yet."""
    made = plan(options(boards=2), 1)
    broken = [replace(node, settings={"law": "murphy"}) for node in made]
    monkeypatch.setattr(run, "plan", lambda *_: broken)
    monkeypatch.setattr(run, "START_DEADLINE_US", 2_000_000)
    assert cli.main([*LOCK, "--boards", "2"]) == 2
    said = capsys.readouterr().err
    assert "no report of board 1, 2 within 2 s" in said
    assert "murphy" in said
