"""What a field in virtual time can be asked for. What nodes make of it is tested in tests/core."""

from collections.abc import Sequence

import pytest

from ascpi.simulation import JUDGE_EVERY_US, SECOND_US, Board, Field, Temperature
from ascpi_core.fixed import TICKS_MASK
from ascpi_core.node import Node
from ascpi_core.ssep import ACCEPTED

WAVE = Temperature(5000, 600 * SECOND_US)


def test_the_same_seed_is_the_same_run_and_another_is_not() -> None:
    runs = []
    for seed in (1, 1, 2):
        field = Field(3, seed, temperature=WAVE, poll_us=200, relay_us=50, independent=True)
        field.run_for(3 * SECOND_US)
        runs.append((field.samples, field.sent_us))
    assert runs[0] == runs[1]
    assert runs[0] != runs[2]


def test_how_time_is_sliced_changes_nothing() -> None:
    whole, sliced = Field(3, 1, "harsh"), Field(3, 1, "harsh")
    whole.run_until(3 * SECOND_US)
    while sliced.now_us < 3 * SECOND_US:
        sliced.run_for(12_345 if sliced.now_us < 2_900_000 else 100_000)
    sliced_samples = [sample for sample in sliced.samples if sample.true_us <= 3 * SECOND_US]
    assert sliced_samples == whole.samples


def test_each_temperature_has_a_phase_of_its_own() -> None:
    field = Field(8, 1, temperature=WAVE)
    waves = [board.crystal.temperature for board in field.boards.values()]
    phases = {wave.phase for wave in waves if wave is not None}
    assert len(phases) == 8
    assert {wave.amplitude_ppb for wave in waves if wave is not None} == {5000}


def test_crystals_are_spread_evenly_and_ticks_start_where_they_are_told() -> None:
    field = Field(5, 1, crystal_ppm=40, ticks_start={2: TICKS_MASK})
    assert sorted(board.crystal_ppb for board in field.boards.values()) == [
        -40_000,
        -20_000,
        0,
        20_000,
        40_000,
    ]
    assert field.boards[2].ticks(0) == TICKS_MASK
    assert len({board.ticks_start for board in field.boards.values()}) == 5


def test_packets_are_read_late_by_what_polling_and_the_relay_add(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    heard: list[int] = []
    receive = Node.receive

    def listen(node: Node, packet: bytes, length: int, now: int) -> int:
        heard.append(now)
        return receive(node, packet, length, now)

    monkeypatch.setattr(Node, "receive", listen)
    # No crystal is off and all ticks start at 0, so that ticks are true time.
    first = []
    for poll_us, relay_us in ((0, 0), (700, 0), (0, 700)):
        heard.clear()
        field = Field(
            2,
            1,
            "clean",
            crystal_ppm=0,
            ticks_start=0,
            poll_us=poll_us,
            relay_us=relay_us,
            independent=True,
        )
        field.run_for(SECOND_US)
        # Later ones are sent at other times: what is heard late hastens beacons late.
        first.append(heard[0])
    assert 0 < first[1] - first[0] <= 700
    assert 0 < first[2] - first[0] <= 700


def test_a_watch_sees_what_samples_would_hold() -> None:
    seen: list[tuple[int, list[int]]] = []

    def watch(true_us: int, powered: Sequence[Board]) -> None:
        seen.append((true_us, [board.node_id for board in powered]))

    field = Field(3, 1, watch=watch)
    field.run_until(2 * JUDGE_EVERY_US)
    field.power_off(2)
    field.run_until(3 * JUDGE_EVERY_US)
    assert seen == [
        (JUDGE_EVERY_US, [1, 2, 3]),
        (2 * JUDGE_EVERY_US, [1, 2, 3]),
        (3 * JUDGE_EVERY_US, [1, 3]),
    ]
    assert field.samples == []


def test_what_one_board_does_leaves_the_others_luck_as_it_was() -> None:
    """Board 3 is cut off from the air in both runs, and switched off in one."""

    def others(off: bool) -> list[tuple[float, float]]:
        field = Field(3, 1, independent=True)
        field.air.partition([[3]])
        if off:
            field.power_off(3)
        field.run_until(10 * SECOND_US)
        return [(sample.phases[1], sample.phases[2]) for sample in field.samples]

    assert others(off=True) == others(off=False)


def test_a_packet_can_be_altered_on_the_air() -> None:
    """Every receiver hears the same lie; the sender's own node knows nothing of it."""
    field = Field(3, 1, "clean")
    senders: set[int] = set()

    def alter(sender: int, packet: bytes) -> bytes:
        senders.add(sender)
        return bytes(64) if sender == 2 else packet

    field.alter = alter
    field.run_for(5 * SECOND_US)
    assert senders == {1, 2, 3}
    for node_id, peers in ((1, {3}), (2, {1, 3}), (3, {1})):
        node = field.boards[node_id].node
        assert node is not None
        assert {peer.node_id for peer in node.field.membership.present} == peers


@pytest.mark.parametrize("poll_us", [0, 300])
def test_a_stalled_board_hears_later_what_has_queued(poll_us: int) -> None:
    field = Field(2, 1, "clean", poll_us=poll_us)
    field.run_for(10 * SECOND_US)
    field.stall(1, SECOND_US)
    node = field.boards[1].node
    assert node is not None
    before = node.reception.counters[ACCEPTED]
    field.run_for(SECOND_US - 1)
    assert node.reception.counters[ACCEPTED] == before
    field.run_for(SECOND_US)
    assert node.reception.counters[ACCEPTED] > before
