"""`ascpi bench receive`: what it reports. The figures themselves are not judged here."""

import json
from pathlib import Path

import pytest

from ascpi import cli
from ascpi.bench import receive
from ascpi.bench.receive import Distribution, distribution


def test_percentiles_are_nearest_ranks() -> None:
    assert distribution([]) is None
    assert distribution([7]) == Distribution(1, 7, 7, 7, 7)
    assert distribution(list(range(200, 0, -1))) == Distribution(200, 100, 190, 198, 200)


def test_every_part_of_the_way_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(receive, "SETTLE_S", 1.0)
    path = tmp_path / "receive.json"
    words = ["bench", "receive", "--boards", "3", "--seconds", "2", "--poll-us", "500", "100"]
    assert cli.main([*words, "--json", str(path)]) == 0
    made = json.loads(path.read_text("utf-8"))
    assert made["poll_us"] == {"1": 500, "2": 100, "3": 500}
    figures = {(one["what"], one["poll_us"]): one["distribution"] for one in made["figures"]}
    expected = {(part, us) for part in ("sending", "send", "receiving") for us in (500, 100)}
    assert figures.keys() == {*expected, ("relay", None)}
    counts = {key: one["count"] for key, one in figures.items()}
    # Two of three boards send, and each packet has two receivers: nothing of it is lost.
    sent = counts["send", 500] + counts["send", 100]
    assert sent >= 3 * 4
    received = counts["receiving", 500] + counts["receiving", 100]
    assert abs(received - 2 * sent) <= 6
    assert abs(counts["relay", None] - received) <= 6
    for one in figures.values():
        assert one["median_us"] <= one["p95_us"] <= one["p99_us"] <= one["max_us"]
    assert min(figures[key]["median_us"] for key in expected) > 0
    shown = capsys.readouterr().out
    assert "receiving, poll_us 100" in shown


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--boards", "1"], "--boards 1 is out of range"),
        (["--seconds", "0.5"], "--seconds 0.5 is too short"),
        (["--seconds", "nan"], "--seconds nan is too short"),
        (["--poll-us", "7"], "--poll-us 7 is out of range"),
    ],
)
def test_what_cannot_be_measured_is_a_sentence(
    words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["bench", "receive", *words]) == 2
    assert sentence in capsys.readouterr().err
