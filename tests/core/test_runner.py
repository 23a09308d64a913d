"""What the runner of a node does when: pulses, glyphs, packets, the light and the flash."""

import binascii
from collections.abc import Callable

import pytest

from ascpi_core.fixed import HALF_TURN, TURN, arc, ticks_add, ticks_diff
from ascpi_core.glyphs.kind import World
from ascpi_core.glyphs.motor import Motor
from ascpi_core.glyphs.types import builtin
from ascpi_core.node import Node
from ascpi_core.phase import QUARTER_TURN, Trigger, arc_until
from ascpi_core.runner import Runner
from ascpi_core.settings import ROWS, NodeSettings, check_settings
from ascpi_core.ssep import KIND_ANSWER, KIND_BEACON, KIND_GLYPH, KIND_ORDER, VERB_SPAWN
from tests.core.motors import Files

COUNTER = 5
SPIN_US = 2_000
LOOK_US = 7
"""A look at the clock takes so long."""
WRITE_US = 3_000
PULSE_US = 20_000
WRAP = (1 << 30) - 400_000


class Bench:
    """A runner whose ports write down what happens when."""

    def __init__(
        self, start: int = 0, motor: bool = True, pin: bool = True, offset: float = 0
    ) -> None:
        self.now = start
        self.is_open = True
        self.files = SlowFiles(self)
        self.edges: list[tuple[int, int]] = []
        self.shown: list[int] = []
        self.sent: list[tuple[int, bytes]] = []
        self.written: list[int] = []
        values, mistakes = check_settings({"id": 7, "phase": 0.5, "phase_offset": offset}, ROWS)
        assert not mistakes
        settings = NodeSettings(values)
        self.motor = (
            Motor(settings, builtin(), World(), self.files, binascii.crc32, 1, start)
            if motor
            else None
        )
        self.node = Node(settings, 1, 7, start, None, self.motor)
        self.runner = Runner(self.node, self, self, SPIN_US, self, self if pin else None, PULSE_US)
        self.steps = 0

    # The ports

    def ticks_us(self) -> int:
        self.now = ticks_add(self.now, LOOK_US)
        return self.now

    def send(self, packet: bytearray) -> bool:
        self.sent.append((self.now, bytes(packet)))
        return True

    def value(self, level: int) -> None:
        self.edges.append((self.now, level))

    def show(self, theta: int, band: int, now: int) -> int:
        self.shown.append(now)
        return 20_000

    def draw(self) -> None:
        pass

    # What a test does

    def run(self, duration_us: int, until: Callable[[], bool] = lambda: False) -> None:
        end = ticks_add(self.now, duration_us)
        while ticks_diff(end, self.now) > 0 and not until():
            now = self.ticks_us()
            wait_us = self.runner.step(now)
            self.steps += 1
            assert 0 <= wait_us <= 20_000
            if ticks_diff(ticks_add(now, wait_us), self.now) > 0:
                self.now = ticks_add(now, wait_us)
            while self.node.events.pop():
                pass

    def rises(self) -> list[int]:
        return [at for at, level in self.edges if level]


class SlowFiles(Files):
    """A flash that stands still for a while at each write, and counts what is tried."""

    def __init__(self, bench: Bench) -> None:
        super().__init__()
        self.bench = bench
        self.tried = 0
        self.write_us = WRITE_US

    def append(self, data: memoryview) -> None:
        self._write()
        super().append(data)

    def replace(self, data: memoryview) -> None:
        self._write()
        super().replace(data)

    def _write(self) -> None:
        self.tried += 1
        self.bench.written.append(self.bench.now)
        self.bench.now = ticks_add(self.bench.now, self.write_us)


# One trigger


def test_a_trigger_fires_once_a_turn_also_if_it_is_jumped_over() -> None:
    trigger = Trigger(1000)
    assert arc_until(trigger, 1000) == QUARTER_TURN, "not armed yet"
    assert arc_until(trigger, 1000 + HALF_TURN) == QUARTER_TURN
    assert trigger.armed
    assert arc_until(trigger, 400) == 600
    assert arc_until(trigger, 1000) == arc_until(trigger, 1000 + QUARTER_TURN - 1) == 0
    trigger.armed = False
    assert arc_until(trigger, 400) == arc_until(trigger, 1000) == QUARTER_TURN


# Pulses


@pytest.mark.parametrize("start", [0, WRAP], ids=["", "over the wrap"])
@pytest.mark.parametrize("offset", [0, 0.3, -0.1])
def test_pulses_rise_within_a_look_of_the_phase_that_is_shown_and_last_as_set(
    start: int, offset: float
) -> None:
    bench = Bench(start, offset=offset)
    bench.run(5_000_000)
    turns = 4 if offset == 0.3 else 5  # it begins too near before 0 to be armed
    assert len(bench.rises()) == bench.runner.pulses == turns
    for at in bench.rises():
        theta = bench.node.shown(at)
        assert -LOOK_US * 400 < arc(theta, 0) < 3 * LOOK_US * 400, "268 units are a µs"
    assert [level for _, level in bench.edges] == [1, 0] * turns
    for (up, _), (down, _) in zip(bench.edges[::2], bench.edges[1::2], strict=True):
        assert PULSE_US <= ticks_diff(down, up) < PULSE_US + 2_000


def test_a_board_without_a_pin_or_glyphs_sleeps_until_something_is_due() -> None:
    bench = Bench(motor=False, pin=False)
    bench.run(2_000_000)
    assert bench.runner.pulses == 0
    assert not bench.edges
    assert bench.steps < 300, "ten a supervision step of 20 ms would be a thousand"
    assert {packet[3] for _, packet in bench.sent} == {KIND_BEACON}


# Glyphs


def test_a_glyph_has_its_step_at_its_phase_to_a_look_of_the_clock() -> None:
    bench = Bench()
    assert bench.motor is not None
    bench.motor.bear(COUNTER, TURN // 4, 1000)
    bench.run(4_000_000)
    assert bench.motor.schedule.steps == 4
    assert bench.motor.late_us <= 3 * LOOK_US


@pytest.mark.parametrize(("before_us", "first"), [(300, "pulse"), (1_000, "glyph")])
def test_a_glyph_that_is_due_shortly_before_a_pulse_runs_after_it(
    before_us: int, first: str
) -> None:
    bench = Bench()
    motor = bench.motor
    assert motor is not None
    glyph = motor.bear(COUNTER, -before_us * TURN // 1_000_000 % TURN, 1000)
    assert glyph is not None
    bench.run(3_000_000, lambda: bench.runner.pulses + glyph.steps > 0)
    assert (bench.runner.pulses, glyph.steps) == ((1, 0) if first == "pulse" else (0, 1))
    bench.run(10_000)
    assert (bench.runner.pulses, glyph.steps) == (1, 1)


# The flash


def test_a_write_waits_for_a_gap_but_not_for_ever() -> None:
    bench = Bench()
    motor = bench.motor
    assert motor is not None
    bench.run(600_000, lambda: bench.node.shown(bench.now) > TURN - TURN // 40)
    bench.now = ticks_add(
        bench.now, bench.node.local.duration(-bench.node.shown(bench.now) % TURN)
    )
    bench.now = ticks_add(bench.now, -4_000)
    bench.written.clear()
    motor.bear(COUNTER, TURN // 4, 1000)
    bench.run(200_000, lambda: bool(bench.written))
    assert bench.rises(), "the pulse, 4 ms away, came first"
    assert 0 < ticks_diff(bench.written[0], bench.rises()[-1]) < 5_000
    # Where glyphs are due all the time there is none, and yet it is written.
    bench.files.write_us = 30_000
    for number in range(30):
        motor.bear(COUNTER, number * TURN // 30, 1000)
    bench.run(1_000_000)
    assert motor.stalled_us >= 30_000
    bench.written.clear()
    asked = bench.now
    motor.bear(COUNTER, 0, 1000)
    bench.run(400_000, lambda: bool(bench.written))
    assert 100_000 <= ticks_diff(bench.written[0], asked) < 140_000


def test_a_flash_that_fails_is_tried_again_ten_times_a_second_at_most() -> None:
    bench = Bench()
    assert bench.motor is not None
    bench.files.error = True
    bench.motor.bear(COUNTER, 0, 1000)
    bench.run(1_000_000)
    assert bench.motor.journal.trouble
    assert 1 <= bench.files.tried <= 11
    assert bench.runner.pulses == 1


# Packets and light


def test_nothing_is_sent_while_the_link_is_down_and_the_runner_does_not_spin() -> None:
    bench = Bench(motor=False)
    bench.is_open = False
    bench.run(1_000_000)
    assert not bench.sent
    assert bench.steps < 1_100
    bench.is_open = True
    bench.run(200_000)
    assert bench.sent


def test_an_order_is_answered_as_soon_as_it_is_on_the_flash() -> None:
    bench = Bench()
    other = Bench(start=3_000, motor=False, pin=False)
    other.node = Node(_settings(8), 1, 8, 3_000)
    beacon = bytearray(64)
    while not other.node.poll(beacon, other.now):
        other.node.tick(other.now)
        other.now += 1_000
    bench.run(100_000)
    bench.runner.heard(beacon, 64, bench.ticks_us())
    assert bench.motor is not None
    message = bench.motor.message
    message.message_kind = KIND_ORDER
    message.verb = VERB_SPAWN
    message.to, message.to_epoch = 7, 1
    message.number = 5
    message.kind, message.theta, message.energy = COUNTER, TURN // 4, 100
    message.lifetime = message.dphi = message.kappa = 0
    message.node_id = 8
    other.node.transmission.count(message, other.now)
    packet = bytearray(64)
    message.encode(packet)
    bench.sent.clear()
    bench.written.clear()
    assert bench.runner.heard(packet, 64, bench.ticks_us()), "something waits for the flash"
    bench.run(150_000, lambda: any(sent[3] == KIND_ANSWER for _, sent in bench.sent))
    answered = [at for at, sent in bench.sent if sent[3] == KIND_ANSWER]
    assert len(bench.written) == len(answered) == 1
    assert WRITE_US <= ticks_diff(answered[0], bench.written[0]) < WRITE_US + 200


def test_no_more_than_three_packets_go_out_in_one_step() -> None:
    bench = Bench()
    bench.run(100_000)
    motor = bench.motor
    assert motor is not None
    bench.sent.clear()
    for number in range(8):
        motor.hand_off.replies.add(KIND_ANSWER, 9, number, 0, 7, 1)
    bench.runner.step(bench.ticks_us())
    assert len([sent for _, sent in bench.sent if sent[3] == KIND_ANSWER]) == 3
    bench.run(10_000)
    assert len([sent for _, sent in bench.sent if sent[3] == KIND_ANSWER]) == 8


def test_the_light_is_shown_as_often_as_it_asks() -> None:
    bench = Bench()
    bench.run(1_000_000)
    assert 45 <= len(bench.shown) <= 50
    assert KIND_GLYPH not in {sent[3] for _, sent in bench.sent}, "there is none to tell of"


def _settings(node_id: int) -> NodeSettings:
    values, mistakes = check_settings({"id": node_id}, ROWS)
    assert not mistakes
    return NodeSettings(values)
