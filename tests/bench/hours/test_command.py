"""`ascpi bench hours`: what it says, writes and refuses."""

import json
from pathlib import Path

import pytest

from ascpi import cli
from ascpi.bench.hours import command, workers
from ascpi.bench.hours.document import EveryRow, document
from ascpi.bench.hours.limits import LIMITS, WILD_LIMITS, limits
from ascpi.bench.hours.options import HoursOptions, Wild
from ascpi.bench.hours.result import Result, result
from ascpi.interruption import Interruption

SHORT = ["bench", "hours", "--plain", "--hours", "0.012", "--boards", "3", "--after", "10"]


def test_a_short_run_reports_every_figure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, picture = tmp_path / "hours.json", tmp_path / "hours.png"
    code = cli.main([*SHORT, "--json", str(path), "--plot", str(picture)])
    made = json.loads(path.read_text("utf-8"))
    shown = capsys.readouterr()
    assert code == 0
    assert made["bench"] == "hours"
    assert made["limits"] == {}
    assert made["options"]["boards"] == 3
    for key in ("rms_us", "p95_us", "worst_us", "spread_p95_us", "packets_per_s"):
        assert made[key] > 0
        assert key in shown.out
    assert made["bytes_per_s"] == pytest.approx(64 * made["packets_per_s"], abs=0.01)
    run = made["runs"][0]
    assert run["complete"] is True
    assert run["seconds"] == pytest.approx(43.2)
    assert [node["id"] for node in run["nodes"]] == [1, 2, 3]
    assert run["worst"]["id"] in (1, 2, 3)
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert "virtual minutes" in shown.err


def test_a_wild_run_tells_how_far_the_others_moved(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, picture = tmp_path / "wild.json", tmp_path / "wild.svg"
    words = ["bench", "hours", "--wild", "phase", "--wild-minute", "0.7", "--after", "5"]
    code = cli.main([*words, "--plain", "--json", str(path), "--plot", str(picture)])
    made = json.loads(path.read_text("utf-8"))
    assert code == 0
    assert made["options"]["boards"] == 5
    assert made["options"]["hours"] == pytest.approx(102 / 3600)
    for key in ("moved_us", "moved_calm_us", "moved_apart_us", "honest_worst_us", "calm_worst_us"):
        assert made[key] > 0
    assert "the others moved by" in capsys.readouterr().out
    assert "<svg" in picture.read_text("utf-8")


def test_several_runs_in_several_processes_are_those_of_one_by_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    options = HoursOptions(hours=0.004, boards=2, after_s=5)
    shown: list[tuple[int, int]] = []

    def runs(processors: int) -> list[Result]:
        monkeypatch.setattr(workers, "processors", lambda: processors)
        return workers.run_all(options, [4, 5, 6], lambda *told: shown.append(told), lambda: False)

    alone, together = runs(1), runs(2)
    assert [one.seed for one in together] == [4, 5, 6]
    for one, other in zip(alone, together, strict=True):
        assert one.run.figures == other.run.figures
    assert shown[-1] == (3, 3 * options.end_us)


def test_what_was_run_until_an_interruption_is_kept(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def ended(options: HoursOptions, seed: int, tell: object) -> Result | None:
        interruptions[0].asked = True
        return result(options, seed, lambda now_us: now_us < 30_000_000)

    interruptions: list[Interruption] = []

    class Watched(Interruption):
        def __init__(self) -> None:
            super().__init__()
            interruptions.append(self)

    monkeypatch.setattr(command, "Interruption", Watched)
    monkeypatch.setattr(workers, "result", ended)
    monkeypatch.setattr(workers, "processors", lambda: 1)
    path = tmp_path / "hours.json"
    assert cli.main([*SHORT, "--runs", "3", "--json", str(path)]) == 130
    made = json.loads(path.read_text("utf-8"))
    assert made["interrupted"] is True
    assert [run["complete"] for run in made["runs"]] == [False]
    assert "interrupted; 0 of 3 runs are complete" in capsys.readouterr().err


def test_the_law_is_the_nodes_setting(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([*SHORT, "--law", "source"]) == 0
    assert "law source" in capsys.readouterr().out


def test_a_limit_is_every_run_s() -> None:
    assert not EveryRow("a", "", (1.0, 1.0, 9.0), 2).passed
    assert EveryRow("a", "", (1.0, 1.0, 2.0), 2).passed
    assert not EveryRow("a", "", (1.0, 1.0, 0.5), 1, True).passed
    assert EveryRow("a", "", (9.0,)).passed


def test_limits_hold_for_the_default_field_and_easier_ones() -> None:
    assert limits(HoursOptions()) == LIMITS
    assert limits(HoursOptions(boards=4, air="clean", poll_us=0)) == LIMITS
    harder = [
        HoursOptions(boards=9),
        HoursOptions(air="harsh"),
        HoursOptions(ppm=41),
        HoursOptions(temperature_ppm=6),
        HoursOptions(temperature_period_s=599),
        HoursOptions(poll_us=201),
        HoursOptions(law="source"),
        HoursOptions(after_s=59),
        HoursOptions(boards=4, wild=Wild("phase")),
        HoursOptions(boards=5, wild=Wild("phase", minute=2.9)),
    ]
    assert [limits(options) for options in harder] == [{}] * len(harder)
    assert limits(HoursOptions(boards=5, wild=Wild("phase"))) == WILD_LIMITS


def test_a_field_that_never_locks_misses_its_limits() -> None:
    options = HoursOptions(hours=0.02, boards=2)
    one = result(HoursOptions(hours=0.002, boards=2, after_s=5), 1, lambda now_us: True)
    assert one is not None
    lost = Result(
        one.seed,
        True,
        one.seconds,
        one.crystals_ppm,
        {},
        type(one.run)(None, 0, 1.0, None),
        None,
        one.curves,
    )
    made = document(options, [lost], interrupted=False)
    assert made["passed"] is False
    assert made["lock_share"] == 0


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--boards", "1"], "--boards 1 is out of range: give 2 to 500"),
        (["--hours", "0.01"], "end before the figures begin, at 60 s"),
        (["--hours", "nan"], "--hours nan is out of range"),
        (["--ppm", "1000"], "--ppm 1000 is out of range"),
        (["--poll-us", "-1"], "--poll-us -1 is out of range"),
        (["--runs", "0"], "--runs 0 is out of range"),
        (["--wild", "rate", "--boards", "2"], "--boards 2 is out of range: give 3"),
        (["--wild", "rate", "--wild-minute", "1"], "--wild-minute 1 is out of range: give 1.5"),
        (["--wild", "rate", "--hours", "0.02"], "watched for 60 s: give 0.0667 or more"),
        (["--wild", "chase", "--wild-ahead-us", "600000"], "--wild-ahead-us 600000 is out of"),
        (["--plot", "picture.txt"], "end it in .png"),
    ],
)
def test_mistakes_are_a_sentence(
    words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["bench", "hours", *words]) == 2
    assert sentence in capsys.readouterr().err
