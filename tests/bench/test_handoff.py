"""The air's diary and the boards' phases, read for hand-offs; and what cannot be asked for."""

import numpy as np
import pytest

from ascpi.air.trace import HEAD_BYTES, Passage
from ascpi.bench.command import BENCHES
from ascpi.bench.handoff.figures import handoff_figures, rows
from ascpi.bench.handoff.options import HandOffOptions
from ascpi.bench.handoff.transfers import Transfer, transfers
from ascpi.bench.lock.recording import Recording
from ascpi.cluster import BOARD, NodePlan
from ascpi.errors import AscpiError
from ascpi_core.glyphs.messages import Message
from ascpi_core.ssep import PACKET_BYTES
from tests.core.motors import Party, id_of

SECOND_US = 1_000_000


class Diary:
    """Two hand-offs' packets as the air would write them down: each once for each receiver."""

    def __init__(self) -> None:
        self.passages: list[Passage] = []
        self._sequence = 0

    def add(self, packets: list[bytes], at_us: int) -> list[bytes]:
        for packet in packets:
            message = Message()
            message.decode(packet)
            self._sequence += 1
            message.sequence = self._sequence
            numbered = bytearray(PACKET_BYTES)
            message.encode(numbered)
            head = bytes(numbered[:HEAD_BYTES])
            for receiver in (1, 2, 3):
                self.passages.append(Passage(0, receiver, at_us, at_us, at_us + receiver, head))
        return packets


@pytest.fixture
def handed() -> tuple[list[Transfer], tuple[int, int]]:
    diary = Diary()
    sender, receiver = Party(3), Party(7)
    glyph = sender.bear()
    sender.offer(glyph, receiver)
    diary.add(sender.speak(), 1_000)
    sender.wait(60_000)
    receiver.hear(*diary.add(sender.speak(), 61_000))
    receiver.flush()
    sender.hear(*diary.add(receiver.speak(), 70_000))
    sender.flush()
    receiver.hear(*diary.add(sender.speak(), 82_000))
    receiver.flush()
    diary.add(receiver.speak(), 90_000)
    name = id_of(glyph)
    other = receiver.bear()
    receiver.offer(other, Party(9))
    diary.add(receiver.speak(), 95_000)
    diary.passages.append(Passage(0, 1, 5, 5, 6, b"\xcf\x80\x02\x01".ljust(HEAD_BYTES, b"\0")))
    return transfers(diary.passages), name


def test_a_transfer_is_found_with_all_its_times(
    handed: tuple[list[Transfer], tuple[int, int]],
) -> None:
    (first, second), name = handed
    assert (first.sender, first.receiver, first.glyph) == (3, 7, name)
    assert (first.offered_us, first.accepted_us, first.committed_us, first.done_us) == (
        1_000,
        70_000,
        82_000,
        90_000,
    )
    assert (first.offers, first.commits, first.took_us) == (2, 1, 89_000)
    assert (second.sender, second.took_us, second.offers) == (7, None, 1)


def recording(deviations_us: list[tuple[float, float]]) -> Recording:
    instants = np.arange(len(deviations_us), dtype=np.int64) * 50_000
    nodes = tuple(NodePlan(number, f"{number}", BOARD, 0.0, 0.0) for number in (3, 7))
    table = np.array(deviations_us, np.float64)
    end_us = len(deviations_us) * 50_000
    return Recording(
        1, nodes, 0, end_us, True, instants, table, table, table[:, 0], {}, (), 0, 0, 0
    )


def test_figures_of_a_run() -> None:
    quiet = [(0.0, 10.0)] * 400
    at_us = 10 * SECOND_US
    for instant in range(200, 210):
        quiet[instant] = (0.0, -80.0)
    transfer = Transfer(3, 7, (3, 1), at_us - 30_000, at_us - 20_000, at_us - 10_000, at_us, False)
    lost = Transfer(3, 7, (3, 2), at_us + 1, at_us + 2, at_us + 3, None, False)
    figures = handoff_figures([transfer, lost], recording(quiet))
    assert figures.took_ms == (30.0,)
    assert figures.disturbances_us == (90.0,)
    assert max(figures.calm_us) == 0.0
    assert figures.unfinished == 1
    table = {row.key: row for row in rows(figures)}
    assert table["disturbance_us"].passed
    assert not table["unfinished"].passed
    assert table["handoff_p99_ms"].value == 30.0


def test_nothing_measured_is_no_figure() -> None:
    table = {row.key: row for row in rows(handoff_figures([], recording([(0.0, 0.0)] * 10)))}
    assert np.isnan(table["handoff_ms"].value)
    assert table["handoffs"].value == 0


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"boards": 1}, "--boards 1 is out of range: give 2 to 16"),
        ({"comets": 0}, "--comets 0 is out of range"),
        ({"seconds": 1.0}, "--seconds 1 is too short"),
        ({"after_s": -1.0}, "--after -1 is out of range"),
        ({"ppm": 1e9}, "--ppm 1e+09 is out of range"),
    ],
)
def test_what_cannot_be_asked_for(wrong: dict[str, float], said: str) -> None:
    asked: dict[str, object] = {
        "boards": 4,
        "air": "wifi",
        "comets": 4,
        "seconds": 60.0,
        "seed": 1,
        "ppm": 40.0,
        "after_s": 30.0,
    }
    with pytest.raises(AscpiError, match=said.replace("+", r"\+")):
        HandOffOptions(**{**asked, **wrong})  # type: ignore[arg-type]


def test_it_is_one_of_the_benches() -> None:
    assert "handoff" in BENCHES
