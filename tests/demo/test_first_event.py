"""The source's section 7, with two nodes that are a few lines of arithmetic."""

import pytest

from ascpi import telemetry
from ascpi.cluster import BOARD, ppm_apart
from ascpi.demo import first_event
from ascpi.demo.ear import Told
from ascpi.demo.first_event import ALPHA_ACQUIRE, DPHI, KAPPA, THETA, A, B, FirstEvent
from ascpi.demo.migration import Migration
from ascpi.demo.scene import DONE, PRESENT
from ascpi.demo.watch import Watch
from ascpi.truth import MonotonicClock, arc
from tests.demo.ears import FakeEar, row

START_US = 9_000_000_000
STEP_US = 50_000


MOVED_S = 9.0
"""After the contact. The figures are those of a run with virtual boards."""


class Glyphs(FakeEar):
    """What would be heard on the air: three births, and one glyph that goes from A to B."""

    def move(self, at_us: int, lost: str = "") -> None:
        for node_id, before, after in (
            (A, Told(0, 0.038, 0.264, 495, 2), Told(1, 0.038, 0.110, 388, 1)),
            (B, Told(0, 0.100, 0.180, 89, 1), Told(1, 0.0663, 0.5298, 196, 2)),
        ):
            self.beacon(node_id, before)
            self.beacon(node_id, after)
        pulses = [name for name in self.born.values() if name != self.implosive]
        rows = [row(name, int(name[0])) for name in pulses]
        moved = row(
            self.implosive,
            B,
            hops=1,
            count=12,
            told_us=at_us,
            energy=107,
            dphi=0.0382,
            kappa=0.8208,
        )
        self.show(*(each for each in (*rows, moved) if each.name != lost))

    @property
    def implosive(self) -> str:
        """The last of the three that were ordered."""
        return list(self.born.values())[-1]


class World:
    """Two phases that run at the nominal rate and, once they hear each other, follow the law."""

    def __init__(self, skew: float) -> None:
        self.now_us = START_US
        self.phases = {A: 0.1, B: (0.1 + THETA[B] - THETA[A] + skew) % 1.0}
        self.together = False
        self.clock_steps: list[tuple[int, int]] = []

    def set_clock(self, node_id: int, step_us: int) -> None:
        self.clock_steps.append((node_id, step_us))
        self.phases[node_id] = (self.phases[node_id] + step_us / 1e6) % 1.0

    def heal(self) -> None:
        self.together = True

    def wait_until(self, at_us: int) -> int:
        if at_us > self.now_us:
            self._run_on(at_us - self.now_us)
        return self.now_us

    def step(self) -> None:
        self._run_on(STEP_US)
        if self.together:
            gap = arc(self.phases[B], self.phases[A])
            for node_id, error in ((A, gap / 2), (B, -gap / 2)):
                moved = self.phases[node_id] + error * ALPHA_ACQUIRE / 10_000
                self.phases[node_id] = moved % 1.0

    def _run_on(self, us: int) -> None:
        self.now_us += us
        self.phases = {node_id: (phase + us / 1e6) % 1.0 for node_id, phase in self.phases.items()}

    def line(self, node_id: int) -> str:
        gap = arc(self.phases[B], self.phases[A]) / 2
        error_us = round((gap if node_id == A else -gap) * 1e6) if self.together else 0
        dphi, kappa = (0.1450, 0.1365) if self.together else (DPHI[node_id], KAPPA[node_id])
        near = abs(gap) < 0.004
        state = "alone" if not self.together else "locked" if near else "acquiring"
        return (
            f"ASCPI report id={node_id} epoch=1 up_ms={(self.now_us - START_US) // 1000} "
            f"ticks={self.now_us % (1 << 30)} theta={self.phases[node_id]:.8f} state={state} "
            f"band=loose c=0.0 err_us={error_us} peers={int(self.together)} dphi={dphi:.4f} "
            f"kappa={kappa:.4f} field=open sent=5"
        )


def play(skew: float, moves: bool = True, lost: str = "") -> tuple[World, Watch, FirstEvent]:
    """The whole event, of 30 s at most; the glyph `lost` is not there any more at its end."""
    world, ear = World(skew), Glyphs()
    watch = Watch(first_event.nodes(), {A: MonotonicClock(), B: MonotonicClock()}, "wifi", 1, 0)
    story = FirstEvent(world, watch, ear, world.wait_until)
    met_us = None
    for _ in range(600):
        world.step()
        if world.together and met_us is None:
            met_us = world.now_us
        is_time = met_us is not None and world.now_us >= met_us + MOVED_S * 1e6
        if moves and is_time and not ear.seen.rows:
            ear.move(world.now_us, lost)
        for node_id in (A, B):
            watch.take(node_id, world.line(node_id), world.now_us)
        story.advance(world.now_us, watch.advance(world.now_us))
        if story.finished:
            break
    return world, watch, story


def test_the_two_are_the_sources() -> None:
    nodes = first_event.nodes()
    assert [(node.kind, node.phase) for node in nodes] == [(BOARD, 0.24), (BOARD, 0.81)]
    assert [node.settings["dphi"] for node in nodes] == [0.19, 0.10]
    assert [node.settings["kappa"] for node in nodes] == [0.11, 0.18]
    assert ppm_apart(nodes) == 80


@pytest.mark.parametrize("skew", [0.0, 0.06, -0.3])
def test_they_meet_at_the_sources_phases(skew: float) -> None:
    world, _, story = play(skew)
    assert story.finished
    if skew:
        # Whoever is behind is put on, and once.
        ((node_id, step_us),) = world.clock_steps
        assert node_id == (A if skew > 0 else B)
        assert step_us == pytest.approx(abs(skew) * 1e6, abs=2)
    contact = story.steps()[0]
    assert contact.lines == (
        "A: Θ 0.2400, ΔΦ 0.1900, κ 0.1100 (source 0.24, 0.19, 0.11)",
        "B: Θ 0.8100, ΔΦ 0.1000, κ 0.1800 (source 0.81, 0.10, 0.18)",
    )


def test_what_is_told() -> None:
    _, watch, story = play(0.02)
    assert [step.state for step in story.steps()] == [DONE] * 5
    _, supervision, fusion, rise, migration = story.steps()
    assert supervision.lines[0] == "B − A = −0.43 turn, the shortest arc (source 0.57)"
    assert supervision.lines[1].startswith("first errors against Θ_cluster: A −0.2")
    assert fusion.lines[0] == "ΔΦ = 0.1450, the mean (source 0.145)"
    assert fusion.lines[1].startswith("κ = 0.1365…, the harmonic mean")
    assert rise.lines[0] == "C = 0.020 at contact (source 0.12)"
    assert rise.lines[1].startswith("it passed 0.12 after 0.")
    assert ", 0.44 after 2." in rise.lines[1]
    assert rise.lines[2].startswith("locked after 7.")
    assert migration.lines == (
        "1.102, implosive, was born on A with 120 quanta",
        "C above 0.65, 107 quanta > 8, network stable: it may go",
        "offer, accept, commit, done: on B 9.1 s after contact",
        "it ran 12 times on A: ΔΦ 0.038, κ 0.821 now",
        "energy: A 495 → 388, B 89 → 196, its share there is 55 %",
        "B adapts by that share: ΔΦ 0.100 → 0.066, κ 0.180 → 0.530",
    )
    assert not story.failure()
    # Counted from the contact, not from the boot.
    assert watch.judge.time_to_lock_s == pytest.approx(7.5, abs=0.5)


def test_every_line_fits_a_terminal_of_80_columns() -> None:
    _, _, story = play(0.0)
    assert all(len(line) <= 63 for step in story.steps() for line in step.lines)
    assert "5 Migration" in story.ending(plain=False)
    assert story.ending(plain=True).startswith("3 glyphs, each of them once. Energy: ")


def test_what_the_taker_adapts_is_the_glyphs_share() -> None:
    _, _, story = play(0.0)
    move = story.migration.move
    assert move is not None
    # By the operator: the old value, and the glyph's share of the way to its own.
    assert move.expected_dphi == pytest.approx(0.100 + 107 / 196 * (0.0382 - 0.100), abs=1e-4)
    assert move.taker.after.dphi == pytest.approx(move.expected_dphi, abs=1e-4)
    assert move.taker.after.kappa == pytest.approx(move.expected_kappa, abs=1e-4)
    figures = story.figures()["migration"]
    assert figures["share"] == pytest.approx(107 / 196, abs=1e-4)
    assert figures["giver"]["before"]["energy"] - figures["giver"]["after"]["energy"] == 107


def test_without_a_migration_it_has_failed() -> None:
    _, _, story = play(0.0, moves=False)
    assert not story.finished
    assert [step.state for step in story.steps()] == [DONE] * 4 + [PRESENT]
    assert story.steps()[4].lines[-1] == "it waits: C = 0.00, and must be above 0.65"
    assert story.failure().startswith("The first implosive glyph has not migrated: it waits")
    assert story.figures()["migration"] is None


def test_a_glyph_that_was_lost_on_the_way_is_a_failure() -> None:
    _, _, story = play(0.0, lost="2.101")
    assert not story.settled
    assert story.failure() == "2.101 is seen nowhere."


def test_before_they_have_met_nothing_has_migrated() -> None:
    world, ear = World(0.0), Glyphs()
    watch = Watch(first_event.nodes(), {A: MonotonicClock(), B: MonotonicClock()}, "wifi", 1, 0)
    story = FirstEvent(world, watch, ear, world.wait_until)
    assert story.failure() == "The two boards have not met, and so no glyph has migrated."
    story.close()
    assert ear.stopped


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("c=0.4 stable=unlocked", "it waits: C = 0.40, and must be above 0.65"),
        ("c=0.9 stable=unsure", "it waits: A may be more than 2 ms off"),
        ("c=0.9 stable=restless", "it waits: A has not been calm for 5 s yet"),
        ("c=0.9 stable=stable", "all is ready: it is about to go"),
    ],
)
def test_why_it_waits(words: str, reason: str) -> None:
    ear = Glyphs()
    migration = Migration(ear, A, B, THETA, DPHI, KAPPA)
    assert migration.waits({}) == "it is not born yet"
    migration.begin()
    start = "ASCPI report id=1 epoch=1 up_ms=1 ticks=1 theta=0 state=x band=x err_us=0 peers=1"
    report = telemetry.parse(f"{start} {words}")
    assert isinstance(report, telemetry.Report)
    assert migration.waits({A: report}) == reason
    ear.trouble = "node 1 bore no glyph"
    assert migration.waits({A: report}) == "node 1 bore no glyph"
