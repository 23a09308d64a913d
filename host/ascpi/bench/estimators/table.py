"""How results are shown: a line as soon as it is known."""

from collections.abc import Iterable, Iterator

from ascpi.bench.estimators.contest import TIMES_S, Result
from ascpi.bench.estimators.exchange import Setting
from ascpi.bench.estimators.studies import Figure, Row

KEY_WIDTH = 10
NUMBER_WIDTH = 8
DETAIL_S = 60.0
"""When the 99th percentile and the skew are shown."""


def heading(setting: Setting, air: str) -> str:
    late = "" if setting.late else ", never late"
    drift = f", drift ±{setting.drift_ppm:g} ppm" if setting.drift_ppm else ""
    return (
        f"{setting.pairs} pairs in a field of {setting.nodes}, air “{air}”{late}, "
        f"{setting.rate_hz:g} packets/s, crystals ±{setting.crystal_ppm:g} ppm{drift}, "
        f"seed {setting.seed}"
    )


def show_header(setting: Setting) -> None:
    times = "".join(
        f"{f'{time_s:g} s':>{NUMBER_WIDTH}}" for time_s in TIMES_S if time_s <= setting.seconds
    )
    print(f"{'':<{KEY_WIDTH}}{'RMS error of the offset in µs after':^{6 * NUMBER_WIDTH}}")
    print(
        f"{'':<{KEY_WIDTH}}{times}{'p99':>{NUMBER_WIDTH}}{'ppm':>7}{'ints':>6}{'fit':>6}"
        f"   (p99 and ppm after {DETAIL_S:g} s; fit: operations)"
    )


def show_result(result: Result) -> None:
    candidate = result.candidate
    times = "".join(f"{score.rms_us:{NUMBER_WIDTH}.0f}" for score in result.scores)
    detail = next(score for score in result.scores if score.time_s == DETAIL_S)
    numbers = candidate.numbers or ""
    fit = candidate.fit_operations or ""
    print(
        f"{candidate.key:<{KEY_WIDTH}}{times}{detail.p99_us:{NUMBER_WIDTH}.0f}"
        f"{detail.skew_ppm:7.2f}{numbers:>6}{fit:>6}   {candidate.meaning}",
        flush=True,
    )


def show_rows(rows: Iterable[Row]) -> Iterator[Row]:
    """Each row as it comes, under the names of its figures."""
    known: list[str] = []
    for row in rows:
        if not known:
            known = list(row)
            print("  ".join(f"{name:>9}" for name in known))
        print("  ".join(f"{_word(row[name]):>{max(9, len(name))}}" for name in known), flush=True)
        yield row


def _word(figure: Figure) -> str:
    if figure is None:
        return "–"
    if isinstance(figure, str):
        return figure
    if figure == int(figure):
        return f"{figure:.0f}"
    return f"{figure:.3f}" if abs(figure) < 2 else f"{figure:.1f}"
