"""`ascpi bench estimators`: the packets, the estimators and the command. Figures that are compared
have the margin that a few hundred pairs need: with 300, an RMS is known to 4 %."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ascpi import cli
from ascpi.air.preset import PRESETS
from ascpi.bench.estimators import lines, roundtrips, studies, yardstick
from ascpi.bench.estimators.blocks import Bests, Fit, Fitter, Plan, best, watched
from ascpi.bench.estimators.contest import block_fits, contest, scored, times_us, trip_fits
from ascpi.bench.estimators.core import core_fits
from ascpi.bench.estimators.exchange import Exchange, Floats, Setting, draw, draw_both
from ascpi.bench.estimators.integer import Integer, checked, halved, logarithm
from ascpi.bench.estimators.soft import Soft
from ascpi.bench.estimators.watchful import Watchful

PAIRS = 300
MINUTE_US = 60e6
WIFI = Setting(PRESETS["wifi"], poll_us=200, pairs=PAIRS, seconds=65.0)


@pytest.fixture(scope="module")
def wifi() -> Exchange:
    return draw(WIFI)


def rms_us(exchange: Exchange, fitter: Fitter, at_us: float = MINUTE_US) -> float:
    fits = block_fits(exchange, Plan(), fitter, [at_us])
    return scored(exchange, fits)[0].rms_us


def bests(at_s: list[float], value_us: list[float], sign: int) -> Bests:
    return Bests(1e6 * np.array([at_s]), np.array([value_us]), sign)


def straight(skew_ppm: float, delay_us: float) -> tuple[Bests, Bests]:
    """Sixteen points each way, exactly on their lines, up to time 0."""
    at_s = [-4.0 * index for index in range(16, 0, -1)]
    line = [skew_ppm * each for each in at_s]
    low = bests(at_s, [value - delay_us for value in line], 1)
    high = bests(at_s, [value + delay_us for value in line], -1)
    return low, high


def test_the_same_setting_gives_the_same_packets() -> None:
    small = replace(WIFI, pairs=5, seconds=3.0)
    first, second = draw(small), draw(small)
    assert np.array_equal(first.echoed.value_us, second.echoed.value_us)
    assert not np.array_equal(first.heard.at_us, draw(replace(small, seed=2)).heard.at_us)


@pytest.mark.parametrize("air", PRESETS)
def test_noise_has_one_sign(air: str) -> None:
    """What was heard is too low and what was echoed too high, by the least delay or more."""
    for exchange in draw_both(Setting(PRESETS[air], pairs=20, seconds=20.0, drift_ppm=5.0)):
        for points, sign in ((exchange.heard, -1), (exchange.echoed, 1), (exchange.answered, 1)):
            known = np.isfinite(points.known_us)
            above_us = sign * (points.value_us - exchange.clocks.offset_us(points.at_us))
            # Two timestamps of whole µs, and up to 90 ppm of a delay of 0.1 s.
            assert above_us[known].min() >= PRESETS[air].base_delay_us - 12
            assert known.mean() > 0.4


def test_an_echo_is_of_the_fastest_packet(wifi: Exchange) -> None:
    def late_us(name: str) -> float:
        points = getattr(wifi, name)
        known = np.isfinite(points.known_us)
        late: Floats = points.value_us - wifi.clocks.offset_us(points.at_us)
        return float(late[known].mean())

    # The least of 7 exponentials of 3 ms, less often fewer: 0.5 ms above the rest instead of 3.
    assert late_us("answered") - late_us("echoed") > 2_000


def test_each_sees_the_other_s_clock_reversed() -> None:
    one, other = draw_both(replace(WIFI, pairs=5, seconds=3.0, step_ppm=20.0, drift_ppm=5.0))
    at_us = np.full((5, 1), 2e6)
    assert one.clocks.offset_us(at_us) == pytest.approx(-other.clocks.offset_us(at_us))
    assert one.clocks.skew_at(2e6) == pytest.approx(-other.clocks.skew_at(2e6))


def test_lost_packets_are_as_many_as_the_air_says() -> None:
    harsh = draw(Setting(PRESETS["harsh"], pairs=50, seconds=20.0))
    assert np.isinf(harsh.heard.known_us).mean() == pytest.approx(0.3, abs=0.02)


def test_a_block_keeps_its_best_point(wifi: Exchange) -> None:
    skew = 1e-6 * wifi.clocks.skew_ppm
    block = best(wifi.heard, 1, 8e6, 12e6, skew)
    inside = (wifi.heard.known_us >= 8e6) & (wifi.heard.known_us < 12e6)
    level = wifi.heard.value_us - skew[:, None] * wifi.heard.at_us
    assert block.level(skew)[:, 0] == pytest.approx(np.where(inside, level, -np.inf).max(1))


def test_blocks_double_until_they_are_long_enough(wifi: Exchange) -> None:
    counts, lengths = [], []

    def fitter(heard: Bests, echoed: Bests, now_us: float, chosen: Floats) -> Fit:
        counts.append(heard.at_us.shape[1])
        return lines.two_envelopes(heard, echoed, now_us, chosen)

    plan = Plan(count=8, block_us=4e6, first_us=1e6)
    for _, length_us, _ in watched(wifi, plan, fitter, 60e6):
        lengths.append(length_us)
    assert counts[:9] == [1, 2, 3, 4, 5, 6, 7, 8, 5]
    assert max(counts) == 8
    assert sorted(set(lengths)) == [1e6, 2e6, 4e6]


@pytest.mark.parametrize("skew_ppm", [-70.0, 0.0, 33.3])
@pytest.mark.parametrize(
    "make",
    [
        lambda: lines.LeastSquares(1, weighted=False),
        lambda: lines.LeastSquares(3, weighted=True),
        lambda: lines.corridor,
        lambda: Soft(0.0),
        lambda: Soft(92.0),
    ],
)
def test_points_on_two_lines_give_the_line_between(make: object, skew_ppm: float) -> None:
    fitter = make()  # type: ignore[operator]
    low, high = straight(skew_ppm, 2_500.0)
    fit = fitter(low, high, 0.0, np.array([1e-6 * skew_ppm]))
    # The corridor holds its slope by (4 s)² in (60 s)²: 0.3 ppm of 70.
    assert fit.offset_us[0] == pytest.approx(0.0, abs=20.0)
    assert 1e6 * fit.skew[0] == pytest.approx(skew_ppm, abs=0.5)


@pytest.mark.parametrize("skew_ppm", [-70.0, 0.0, 33.3])
def test_the_integer_grid_walks_to_the_slope(skew_ppm: float) -> None:
    low, high = straight(skew_ppm, 2_500.0)
    integer = Integer(1)
    for _ in range(16):
        fit = integer(low, high, 0.0, np.zeros(1))
    # Slopes are 0.06 ppm apart and steps at least two of them: 4 to 8 µs in the middle of 64 s.
    assert fit.offset_us[0] == pytest.approx(0.0, abs=12.0)
    assert 1e6 * fit.skew[0] == pytest.approx(skew_ppm, abs=0.3)
    assert fit.bound_us[0] < 60


def test_without_an_echo_nothing_is_claimed() -> None:
    low, _ = straight(10.0, 2_500.0)
    nothing = Bests(low.at_us, np.full_like(low.value_us, np.nan), -1)
    fit = Integer(1)(low, nothing, 0.0, np.zeros(1))
    assert np.isinf(fit.bound_us[0])
    # The delay is taken to be 0, so the offset is too low by it; the grid has only begun.
    assert fit.offset_us[0] == pytest.approx(-2_500.0, abs=500)


def test_logarithm_and_halving() -> None:
    values = np.unique(np.geomspace(1, (1 << 30) - 1, 5000).astype(np.int64))
    assert np.abs(logarithm(values) / 1024 - np.log2(values)).max() < 0.01
    distance = np.arange(0, 1024)
    exact = 8192 * 0.5 ** (distance / 64)
    # A chord of 2^-x lies up to 6.2 % above it; then whole numbers.
    assert np.abs(halved(distance, 6, 13) - exact).max() <= 0.0615 * 8192 / 1.41 + 1
    assert halved(np.array([1 << 20]), 6, 13)[0] == 0


def test_what_does_not_fit_a_small_integer_is_refused() -> None:
    assert checked(np.array([(1 << 30) - 1]))[0] == (1 << 30) - 1
    with pytest.raises(OverflowError, match="1073741824"):
        checked(np.array([5, 1 << 30]))


@pytest.mark.parametrize("air", PRESETS)
def test_no_air_overflows_and_bounds_hold(air: str) -> None:
    exchange = draw(Setting(PRESETS[air], poll_us=200, pairs=PAIRS, seconds=65.0, seed=3))
    for fitter in (Integer(PAIRS), Watchful(PAIRS)):
        fits = block_fits(exchange, Plan(), fitter, [30e6, MINUTE_US])
        for score in scored(exchange, fits):
            # 95 % is claimed; of 300 pairs 3 % is three standard deviations.
            assert score.coverage is not None
            assert score.coverage >= 0.92
            assert score.bound_us is not None
            assert score.bound_us < 6 * score.rms_us + 30


def test_integers_lose_nothing(wifi: Exchange) -> None:
    assert rms_us(wifi, Integer(PAIRS)) < 1.05 * rms_us(wifi, Soft(92.0))


def test_soft_edges_are_the_best_where_receivers_poll(wifi: Exchange) -> None:
    """By a third or more before corridors, fifteen times before round trips."""
    integer_us = rms_us(wifi, Integer(PAIRS))
    assert integer_us < 50
    assert rms_us(wifi, lines.corridor) > 1.3 * integer_us
    assert rms_us(wifi, lines.LeastSquares(1, weighted=False)) > 1.05 * integer_us
    for estimator in (roundtrips.mean_of_100, roundtrips.fastest_of_8, roundtrips.smoothed):
        fits = trip_fits(wifi, estimator, [MINUTE_US])
        assert scored(wifi, fits)[0].rms_us > 10 * integer_us


def test_nobody_is_better_than_the_yardstick(wifi: Exchange) -> None:
    pairs = 40
    fits = block_fits(wifi, Plan(), Soft(92.0), [MINUTE_US])
    judge = yardstick.Yardstick(WIFI)
    known = {MINUTE_US: judge(wifi, MINUTE_US, fits[MINUTE_US], pairs)}
    fit = fits[MINUTE_US]
    same = Fit(fit.offset_us[:pairs], fit.skew[:pairs], fit.bound_us[:pairs])
    # The two are of the same pairs, so 40 are enough for a comparison.
    assert scored(wifi, known)[0].rms_us < scored(wifi, {MINUTE_US: same})[0].rms_us
    assert not yardstick.possible(Setting(PRESETS["powersave"]))


def test_the_density_is_one() -> None:
    for name in ("clean", "wifi", "harsh"):
        setting = Setting(PRESETS[name], poll_us=500)
        total = np.exp(yardstick.density(setting).astype(np.float64)).sum()
        assert total == pytest.approx(1.0, abs=2e-3)


def test_the_core_is_heard_packet_by_packet(wifi: Exchange) -> None:
    fits = core_fits(wifi, [20e6, MINUTE_US], 20)
    scores = scored(wifi, fits)
    assert len(fits[MINUTE_US].offset_us) == 20
    # Anything that has worked at all is below what the fastest round trip gives.
    assert scores[1].rms_us < 300


def test_a_jump_is_noticed() -> None:
    rows = list(studies.step(replace(WIFI, pairs=60)))
    assert rows[0]["since_s"] == pytest.approx(-4.5, abs=0.1)
    late = next(row for row in rows if float(row["since_s"] or 0) > 35)
    assert float(late["watchful_rms_us"] or 0) < 0.85 * float(late["integer_rms_us"] or 0)
    assert float(late["watchful_coverage"] or 0) > float(late["integer_coverage"] or 0)


def test_nodes_at_the_mean_of_true_offsets_are_at_one_place() -> None:
    zero = np.zeros(6)
    assert studies.apart(zero, zero, 4) == 0
    # Node 0 alone is wrong, about all three others alike: a node's place moves by 3/4 of it.
    forth = np.array([40.0, 40.0, 40.0, 0.0, 0.0, 0.0])
    places = np.array([30.0, 0.0, 0.0, 0.0])
    assert studies.apart(forth, zero, 4) == pytest.approx(float(np.std(places)))


def test_contest_lists_every_candidate() -> None:
    setting = replace(WIFI, pairs=20)
    seen: list[str] = []
    results = contest(setting, 2, 2, lambda result: seen.append(result.candidate.key))
    assert [result.candidate.key for result in results] == seen
    assert {"mean", "kalman", "envelopes", "corridor", "integer", "core", "yardstick"} <= set(seen)
    assert len(results[0].scores) == len(times_us(setting)) == 5


def test_the_command_writes_table_and_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "estimators.json"
    options = ["--pairs", "20", "--core", "0", "--yardstick", "0", "--poll-us", "0", "500"]
    assert cli.main(["bench", "estimators", *options, "--json", str(path)]) == 0
    made = json.loads(path.read_text("utf-8"))
    shown = capsys.readouterr().out
    assert "receivers look every 500 µs" in shown
    assert "integer" in shown
    assert made["options"]["poll_us"] == [0, 500]
    assert {row["poll_us"] for row in made["rows"]} == {0, 500}
    assert all(score["rms_us"] > 0 for row in made["rows"] for score in row["scores"])


@pytest.mark.parametrize("study", ["field", "bounds"])
def test_studies_print_rows(
    study: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "study.json"
    options = ["--study", study, "--pairs", "30", "--poll-us", "200", "--core", "0"]
    assert cli.main(["bench", "estimators", *options, "--json", str(path)]) == 0
    rows = json.loads(path.read_text("utf-8"))["rows"]
    assert len(rows) > 10
    assert rows[0]["estimator"] in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--pairs", "3"], "--pairs 3: give a number from 10 to 20000"),
        (["--nodes", "1"], "--nodes 1: give a number from 2 to 64"),
        (["--rate", "nan"], "--rate nan: give a number from 0.5 to 50"),
        (["--poll-us", "0", "-5"], "--poll-us -5: give a number from 0 to 10000"),
        (["--study", "step", "--plot", "x.png"], "--plot draws the contest; step has only"),
        (["--plot", "x.gif"], "end it in .png, .svg, .pdf"),
    ],
)
def test_mistakes_are_said_in_a_sentence(
    options: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["bench", "estimators", *options]) == 2
    assert sentence in capsys.readouterr().err


def test_the_plot_is_drawn(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("matplotlib")
    path = tmp_path / "estimators.svg"
    options = ["--pairs", "20", "--core", "0", "--yardstick", "0", "--poll-us", "200"]
    assert cli.main(["bench", "estimators", *options, "--plot", str(path)]) == 0
    assert "polled every 200" in path.read_text("utf-8")
    assert "corridor" in capsys.readouterr().out
