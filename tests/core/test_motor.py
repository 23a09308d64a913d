"""Whole motors on whole nodes, two on a line without loss: from birth to the next board."""

import binascii
import itertools
from typing import Any

import pytest

from ascpi_core.fixed import TURN
from ascpi_core.glyphs.glyph import Glyph
from ascpi_core.glyphs.kind import World
from ascpi_core.glyphs.lifecycle import COUNTS, HELD
from ascpi_core.glyphs.messages import Message
from ascpi_core.glyphs.motor import (
    ORDER_DONE,
    ORDER_MOVING,
    ORDER_NO_GLYPH,
    ORDER_NO_PEER,
    ORDER_NO_ROOM,
    ORDER_NO_TYPE,
    ORDER_NOT_COHERENT,
    ORDER_NOT_STABLE,
    ORDER_RESTARTED,
    Motor,
)
from ascpi_core.glyphs.types import builtin
from ascpi_core.node import Node
from ascpi_core.peers import EVENT_GLYPH_LEFT
from ascpi_core.settings import ROWS, NodeSettings, check_settings
from ascpi_core.ssep import (
    ACCEPTED,
    DROP_STRANGER,
    KIND_ANSWER,
    KIND_ORDER,
    PACKET_BYTES,
    VERB_KILL,
    VERB_MOVE,
    VERB_SPAWN,
)
from tests.core.motors import Files

PULSE, COMET, COUNTER = 3, 4, 5
STEP_US = 2_000
SECOND_US = 1_000_000
DELAY_STEPS = 1


class Pair:
    """Nodes 1 and 2; time is theirs in common. Every ledger is looked at after every step."""

    def __init__(self, *node_ids: int) -> None:
        self.now = 5_000
        self.files = {node_id: Files() for node_id in node_ids or (1, 2)}
        self.nodes: dict[int, Node] = {}
        self.epochs = dict.fromkeys(self.files, 0)
        self.runs: list[tuple[int, int]] = []
        self._air: list[tuple[int, int, bytes]] = []
        for node_id in self.files:
            self.boot(node_id)

    def boot(self, node_id: int) -> None:
        self.epochs[node_id] += 1
        values, mistakes = check_settings(
            {"id": node_id, "phase": node_id / 10, "dphi": 0.125}, ROWS
        )
        assert not mistakes
        settings = NodeSettings(values)
        seed = 100 * node_id + self.epochs[node_id]
        motor = Motor(
            settings, builtin(), World(), self.files[node_id], binascii.crc32, seed, self.now
        )
        self.nodes[node_id] = Node(settings, self.epochs[node_id], seed, self.now, None, motor)

    def motor(self, node_id: int) -> Motor:
        motor = self.nodes[node_id].motor
        assert motor is not None
        return motor

    def run_for(self, duration_us: int) -> None:
        packet = bytearray(PACKET_BYTES)
        for _ in range(duration_us // STEP_US):
            self.now = (self.now + STEP_US) & 0x3FFFFFFF
            heard, self._air = self._air, []
            for sender, _, said in heard:
                for node_id, node in self.nodes.items():
                    if node_id != sender:
                        status = node.receive(said, len(said), self.now)
                        assert status in (ACCEPTED, DROP_STRANGER), status
            for node_id, node in self.nodes.items():
                motor = self.motor(node_id)
                node.tick(self.now)
                if motor.run(self.now):
                    self.runs.append((self.now, node_id))
                motor.flush(self.now)
                while node.poll(packet, self.now):
                    self._air.append((node_id, self.now, bytes(packet)))
                assert motor.imbalance() == 0
                while node.events.pop():
                    pass

    def born(self, node_id: int, kind: int, energy: int = 1000, theta: int = TURN // 2) -> Glyph:
        glyph = self.motor(node_id).bear(kind, theta, energy)
        assert glyph is not None
        self.run_for(10 * STEP_US)
        assert glyph.standing == HELD
        return glyph

    def where(self, name: tuple[int, int]) -> list[int]:
        """The nodes that count it as theirs."""
        found = []
        for node_id in self.nodes:
            glyph = self.motor(node_id).holding.find(*name)
            if glyph is not None and glyph.stands(COUNTS):
                found.append(node_id)
        return found


@pytest.fixture(scope="module")
def calm_pair() -> Pair:
    """Two nodes, locked and stable: shared, for making one takes 12 virtual seconds."""
    pair = Pair()
    pair.run_for(12 * SECOND_US)
    for node_id in pair.nodes:
        assert pair.motor(node_id).stability.why == 0
    return pair


def name_of(glyph: Glyph) -> tuple[int, int]:
    return glyph.birth_node, glyph.birth_count


def spawn_order(pair: Pair, number: int, **differing: Any) -> Message:
    message = Message()
    message.message_kind = KIND_ORDER
    message.node_id, message.to, message.to_epoch = 2, 1, pair.epochs[1]
    message.number, message.verb = number, VERB_SPAWN
    message.kind, message.theta, message.energy, message.lifetime = PULSE, 0, 50, 1000
    for field, value in differing.items():
        setattr(message, field, value)
    return message


def sent_by(pair: Pair) -> list[int]:
    """How often a glyph has left each node."""
    return [pair.motor(node_id).holding.moves[EVENT_GLYPH_LEFT] for node_id in (1, 2)]


def answer_of(pair: Pair, node_id: int = 1) -> Message:
    message = Message()
    assert pair.motor(node_id).hand_off.replies.take(message)
    assert message.message_kind == KIND_ANSWER
    return message


def test_a_comet_goes_round_and_is_never_on_two_nor_on_none(calm_pair: Pair) -> None:
    pair = calm_pair
    comet = pair.born(1, COMET)
    name = name_of(comet)
    sent = sent_by(pair)
    for _ in range(100):
        pair.run_for(100_000)
        assert len(pair.where(name)) <= 1
    hops = sum(sent_by(pair)) - sum(sent)
    assert 8 <= hops <= 11, "one a turn"
    pair.run_for(300_000)
    (home,) = pair.where(name)
    found = pair.motor(home).holding.find(*name)
    assert found is not None
    assert found.hops == hops
    pair.motor(home).end(found)
    pair.run_for(SECOND_US)


def test_a_glyph_runs_once_a_turn_wherever_it_is(calm_pair: Pair) -> None:
    pair = calm_pair
    comet = pair.born(1, COMET)
    pair.runs.clear()
    began = pair.now
    pair.run_for(10 * SECOND_US)
    assert 9 <= len(pair.runs) <= 10
    times = [at - began for at, _ in pair.runs]
    gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert all(abs(gap - SECOND_US) < 10_000 for gap in gaps), gaps
    assert {node_id for _, node_id in pair.runs} == {1, 2}
    for node_id in pair.where(name_of(comet)):
        found = pair.motor(node_id).holding.find(*name_of(comet))
        assert found is not None
        pair.motor(node_id).end(found)
    pair.run_for(SECOND_US)


def test_an_order_is_carried_out_once_however_often_it_is_heard(calm_pair: Pair) -> None:
    pair = calm_pair
    motor = pair.motor(1)
    before = motor.holding.count
    order = spawn_order(pair, 77)
    motor.take(order, pair.now)
    motor.take(order, pair.now)
    assert motor.hand_off.replies.count == 0, "it is not on the flash yet"
    motor.flush(pair.now)
    first = answer_of(pair)
    assert (first.outcome, first.number, first.to, first.birth_node) == (ORDER_DONE, 77, 2, 1)
    motor.take(order, pair.now)
    again = answer_of(pair)
    assert (again.birth_node, again.birth_count) == (first.birth_node, first.birth_count)
    assert motor.holding.count == before + 1
    born = motor.holding.find(first.birth_node, first.birth_count)
    assert born is not None
    assert (born.energy, born.lifetime, born.kind) == (50, 1000, PULSE)
    kill = spawn_order(pair, 78, verb=VERB_KILL)
    kill.birth_node, kill.birth_count = name_of(born)
    motor.take(kill, pair.now)
    motor.flush(pair.now)
    assert answer_of(pair).outcome == ORDER_DONE
    assert motor.holding.count == before
    assert motor.imbalance() == 0


@pytest.mark.parametrize(
    ("differing", "outcome"),
    [
        ({"to_epoch": 99}, ORDER_RESTARTED),
        ({"kind": 200}, ORDER_NO_TYPE),
        ({"energy": 0xFFFFFF}, ORDER_NO_ROOM),
        ({"verb": VERB_KILL, "birth_node": 9, "birth_count": 9}, ORDER_NO_GLYPH),
        ({"verb": VERB_MOVE, "birth_node": 9, "birth_count": 9}, ORDER_NO_GLYPH),
    ],
)
def test_an_order_that_cannot_be_carried_out(
    calm_pair: Pair, differing: dict[str, int], outcome: int
) -> None:
    motor = calm_pair.motor(1)
    keep = calm_pair.born(1, PULSE)
    # Of a number of its own: one that was heard before would only be answered again.
    motor.take(spawn_order(calm_pair, keep.birth_count, **differing), calm_pair.now)
    assert answer_of(calm_pair).outcome == outcome
    motor.end(keep)
    calm_pair.run_for(SECOND_US)


def test_a_glyph_is_moved_by_order_but_only_where_it_may() -> None:
    pair = Pair()
    glyph = pair.born(1, COUNTER)
    assert pair.motor(1).send(glyph, 2, pair.now) == ORDER_NOT_COHERENT
    while pair.nodes[1].field.coherence <= (TURN >> 13) * 66 // 100:
        pair.run_for(SECOND_US // 10)
    assert pair.motor(1).send(glyph, 2, pair.now) == ORDER_NOT_STABLE
    pair.run_for(12 * SECOND_US)
    assert pair.motor(1).send(glyph, 9, pair.now) == ORDER_NO_PEER
    assert pair.motor(1).send(glyph, 2, pair.now) == ORDER_DONE
    assert pair.motor(1).send(glyph, 2, pair.now) == ORDER_MOVING
    name = name_of(glyph)
    pair.run_for(SECOND_US)
    assert pair.where(name) == [2]
    assert pair.motor(1).holding.ledger.sent == pair.motor(2).holding.ledger.received
    # And it stays where it was sent, though there is more energy there.
    pair.run_for(5 * SECOND_US)
    assert pair.where(name) == [2]


def test_glyphs_spread_to_where_less_energy_is_and_come_to_rest(calm_pair: Pair) -> None:
    pair = calm_pair
    names = [name_of(pair.born(1, PULSE, 400, number * TURN // 8)) for number in range(8)]
    pair.run_for(15 * SECOND_US)
    energies = [pair.motor(node_id).holding.energy for node_id in (1, 2)]
    assert abs(energies[0] - energies[1]) <= 2 * 400 + 16
    assert min(energies) > 800
    assert all(len(pair.where(name)) == 1 for name in names)
    sent = sent_by(pair)
    pair.run_for(15 * SECOND_US)
    assert sent_by(pair) == sent


def test_a_receiver_takes_on_a_glyphs_values_by_its_share_of_the_energy() -> None:
    pair = Pair()
    pair.run_for(12 * SECOND_US)
    old = pair.born(2, PULSE, 300)
    new = pair.motor(1).bear(PULSE, 0, 100)
    assert new is not None
    old.dphi, old.kappa, old.theta = 8000, 4000, 0
    new.dphi, new.kappa, new.theta = 16000, 20000, TURN // 10
    pair.run_for(20 * STEP_US)
    holding = pair.motor(2).holding
    holding.touch()
    before = holding.dphi, holding.kappa
    assert before == (8000, 4000)
    assert pair.motor(1).send(new, 2, pair.now) == ORDER_DONE
    pair.run_for(200_000)
    arrived = holding.find(*name_of_arrived(pair))
    assert arrived is not None
    share = arrived.energy / holding.energy
    assert 99 <= arrived.energy <= 100
    assert abs(holding.dphi - (8000 + share * 8000)) <= 2
    assert abs(holding.kappa - (4000 + share * 16000)) <= 2
    assert abs(holding.theta - share * TURN / 10) < TURN / 500


def name_of_arrived(pair: Pair) -> tuple[int, int]:
    return next(
        name_of(glyph)
        for glyph in pair.motor(2).holding.slots
        if glyph.birth_node == 1 and glyph.stands(COUNTS)
    )


def test_after_a_power_cut_it_goes_on_with_what_was_written() -> None:
    pair = Pair()
    glyph = pair.born(1, COUNTER)
    name = name_of(glyph)
    pair.run_for(11 * SECOND_US)
    state = bytes(glyph.state)
    pair.boot(1)
    found = pair.motor(1).holding.find(*name)
    assert found is not None
    assert 0 < found.state[0] <= state[0]
    assert pair.motor(1).imbalance() == 0
    pair.run_for(2 * SECOND_US)
    assert found.steps >= 1


def test_a_birth_that_a_backup_forgot_is_not_given_again() -> None:
    pair = Pair()
    backup = pair.files[1].content
    glyph = pair.born(1, COUNTER)
    name = name_of(glyph)
    pair.run_for(12 * SECOND_US)
    assert pair.motor(1).send(glyph, 2, pair.now) == ORDER_DONE
    pair.run_for(SECOND_US)
    assert pair.where(name) == [2]
    pair.files[1].content = backup
    pair.boot(1)
    pair.run_for(2 * SECOND_US)
    assert name_of(pair.born(1, COUNTER)) != name


@pytest.mark.parametrize(("behind", "runs_at_once"), [(-2, True), (2, False)])
def test_who_arrives_just_behind_its_phase_has_had_its_turn(
    behind: int, runs_at_once: bool
) -> None:
    """Judged by the phase of that moment, which is up to 50 ms past that of the last step."""
    pair = Pair(1)
    pair.run_for(SECOND_US)
    motor = pair.motor(1)
    theta = (pair.nodes[1].theta(pair.now) - behind * TURN // 1000) & (TURN - 1)
    glyph = motor.bear(PULSE, theta, 100)
    assert glyph is not None
    motor.flush(pair.now)
    assert glyph.armed == runs_at_once
    pair.runs.clear()
    pair.run_for(100_000)
    assert bool(pair.runs) == runs_at_once
    pair.run_for(SECOND_US)
    assert len(pair.runs) == 1 + runs_at_once
