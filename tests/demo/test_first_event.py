"""The source's section 7, with two nodes that are a few lines of arithmetic."""

import pytest

from ascpi.cluster import BOARD, ppm_apart
from ascpi.demo import first_event
from ascpi.demo.first_event import ALPHA_ACQUIRE, DPHI, KAPPA, THETA, A, B, FirstEvent
from ascpi.demo.scene import DONE, WAITING
from ascpi.demo.watch import Watch
from ascpi.truth import MonotonicClock, arc

START_US = 9_000_000_000
STEP_US = 50_000


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


def play(skew: float) -> tuple[World, Watch, FirstEvent]:
    """The whole event, of 30 s at most."""
    world = World(skew)
    watch = Watch(first_event.nodes(), {A: MonotonicClock(), B: MonotonicClock()}, "wifi", 1, 0)
    story = FirstEvent(world, watch, world.wait_until)
    for _ in range(600):
        world.step()
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
    assert [step.state for step in story.steps()] == [DONE, DONE, DONE, DONE, WAITING]
    _, supervision, fusion, rise, migration = story.steps()
    assert supervision.lines[0] == "B − A = −0.43 turn, the shortest arc (source 0.57)"
    assert supervision.lines[1].startswith("first errors against Θ_cluster: A −0.2")
    assert fusion.lines[0] == "ΔΦ = 0.1450, the mean (source 0.145)"
    assert fusion.lines[1].startswith("κ = 0.1365…, the harmonic mean")
    assert rise.lines[0] == "C = 0.020 at contact (source 0.12)"
    assert rise.lines[1].startswith("it passed 0.12 after 0.")
    assert ", 0.44 after 2." in rise.lines[1]
    assert rise.lines[2].startswith("locked after 7.")
    assert migration.lines == (first_event.MIGRATION,)
    # Counted from the contact, not from the boot.
    assert watch.judge.time_to_lock_s == pytest.approx(7.5, abs=0.5)


def test_every_line_fits_a_terminal_of_80_columns() -> None:
    _, _, story = play(0.0)
    assert all(len(line) <= 63 for step in story.steps() for line in step.lines)
    assert "5 Migration" in story.ending(plain=False)
    assert story.ending(plain=True) == ""
