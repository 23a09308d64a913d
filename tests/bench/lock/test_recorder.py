"""Lines in, a recording out."""

import math

import pytest

from ascpi.bench.lock.options import Kill
from ascpi.bench.lock.plan import PULSE_PIN
from ascpi.bench.lock.recorder import Recorder
from ascpi.truth import MonotonicClock
from ascpi.virtual import Edge
from tests.bench.lock.synthetic import nodes

START_US = 1_000_000
STEP_US = 100_000


def line(node_id: int, at_us: int, theta: float, more: str = "", **words: object) -> str:
    said = {
        "id": node_id,
        "epoch": 1,
        "up_ms": (at_us - START_US) // 1000,
        "ticks": at_us,
        "theta": f"{theta % 1.0:.9f}",
        "state": "locked",
        "band": "shared",
        "c": "1.0000",
        "err_us": 0,
        "peers": 1,
        "sent": (at_us - START_US) // 100_000,
        **words,
    }
    return f"ASCPI report {' '.join(f'{name}={value}' for name, value in said.items())} {more}"


def feed(recorder: Recorder, until_us: int, offsets_us: tuple[float, float], **words: str) -> None:
    """Two boards that run at the nominal rate, each so far ahead, from START_US on."""
    for at_us in range(START_US + STEP_US, until_us + 1, STEP_US):
        for node_id, offset_us in enumerate(offsets_us, start=1):
            theta = (at_us - START_US + offset_us) / 1e6
            recorder.take(node_id, line(node_id, at_us, theta, **words), at_us + 500)
        recorder.advance(at_us + 1000)


def made(kill: Kill | None = None) -> Recorder:
    return Recorder(3, nodes(2), {1: MonotonicClock(), 2: MonotonicClock()}, kill)


def test_deviations_are_from_the_mean_in_us() -> None:
    recorder = made()
    feed(recorder, START_US + 3_000_000, (-50, 50))
    recording = recorder.recording(START_US + 3_000_000, True, [], {}, ["a note"])
    assert recording.running_us == START_US
    assert recording.deviations_us[:, 0] == pytest.approx(-50, abs=0.01)
    assert recording.deviations_us[:, 1] == pytest.approx(50, abs=0.01)
    assert recording.locked_since_us is not None
    assert recording.reports[1].locked.all()
    assert recording.notes == ("a note",)


def test_all_run_once_the_last_is_up() -> None:
    recorder = made()
    recorder.take(1, line(1, 1_400_000, 0.0), 1_400_500)
    assert (recorder.silent, recorder.running_us) == ([2], None)
    recorder.take(2, line(2, 1_500_000, 0.0, up_ms=100), 1_500_500)
    assert (recorder.silent, recorder.running_us) == ([], 1_400_000)


@pytest.mark.parametrize(
    ("word", "claim_us"), [("123", 123.0), ("0", 0.0), ("unknown", math.nan), ("-5", math.nan)]
)
def test_claims(word: str, claim_us: float) -> None:
    recorder = made()
    feed(recorder, START_US + 300_000, (0, 0), claim_us=word)
    recording = recorder.recording(START_US + 300_000, True, [], {}, [])
    assert recording.reports[1].claim_us == pytest.approx(claim_us, nan_ok=True)


def test_a_node_without_the_word_claims_nothing() -> None:
    recorder = made()
    feed(recorder, START_US + 300_000, (0, 0))
    recording = recorder.recording(START_US + 300_000, True, [], {}, [])
    assert all(math.isnan(claim) for claim in recording.reports[1].claim_us)


def test_edges_are_late_against_the_mean_and_against_the_board() -> None:
    recorder = made()
    # Board 1 is 50 µs behind the mean, so its own 0 comes 50 µs after that of the mean.
    edge = Edge(START_US + 1_000_000 + 80, PULSE_PIN, 1)
    recorder.take_edges(1, [edge, Edge(edge.monotonic_us + 9, PULSE_PIN, 0), Edge(1, 9, 1)])
    feed(recorder, START_US + 2_000_000, (-50, 50))
    (seen,) = recorder.recording(START_US + 2_000_000, True, [], {}, []).edges
    assert seen.field_us == pytest.approx(80, abs=0.01)
    assert seen.self_us == pytest.approx(30, abs=0.01)


def test_packets_are_counted_on_over_a_restart() -> None:
    recorder = made()
    for number, (epoch, sent) in enumerate(((1, 5), (1, 9), (2, 1), (2, 4)), start=1):
        at_us = START_US + number * STEP_US
        recorder.take(1, line(1, at_us, 0.0, epoch=epoch, sent=sent), at_us)
        recorder.take(2, line(2, at_us, 0.0), at_us)
    recording = recorder.recording(START_US + 500_000, True, [], {}, [])
    assert list(recording.reports[1].sent) == [5, 9, 10, 13]


def test_a_power_cut_does_not_end_the_lock_before_it() -> None:
    recorder = made(Kill(2, 2.0, 1.0))
    feed(recorder, START_US + 2_000_000, (0, 0))
    cut_us = START_US + 2_000_000
    recorder.killed(cut_us)
    for at_us in range(cut_us + STEP_US, cut_us + 4_000_000, STEP_US):
        recorder.take(1, line(1, at_us, (at_us - START_US) / 1e6), at_us)
        if at_us == cut_us + 1_000_000:
            recorder.restarted(at_us)
        if at_us > cut_us + 2_000_000:
            recorder.take(2, line(2, at_us, (at_us - START_US) / 1e6, epoch=2), at_us)
        recorder.advance(at_us + 1000)
    recording = recorder.recording(cut_us + 4_000_000, True, [], {}, [])
    assert recording.lock_losses == 0
    assert recording.steady_end_us == cut_us
    assert recording.kill is not None
    assert recording.kill.rejoined_us == pytest.approx(cut_us + 2_100_000, abs=20_000)


def test_complaints_are_kept_but_not_all_of_them() -> None:
    recorder = made()
    for number in (1, 1, 2, 3, 4):
        recorder.take(1, f"ASCPI error trouble {number}", 0)
    recorder.take(2, "Traceback", 0)
    assert recorder.complaints == [f"board 1: trouble {number}" for number in (1, 2, 3)]
