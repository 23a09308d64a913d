"""What a simulation is asked for, checked before anything runs."""

from dataclasses import dataclass

from ascpi.errors import AscpiError
from ascpi.sim.faults import SWARM, check_faults

NODES_MOST = 32
GLYPHS_MOST = 32
SEED_MOST = 1 << 53
"""What every reader of JSON can tell apart."""


@dataclass(frozen=True)
class SimOptions:
    """One simulated world, but for its seed. `faults` as from `check_faults`; `glyphs` 0: as the
    seed draws them; `mutant` "" for the real hand-off; times in s of virtual time."""

    nodes: int = 5
    faults: tuple[str, ...] = (SWARM,)
    seconds: int = 120
    bound_s: int = 60
    glyphs: int = 0
    mutant: str = ""

    def __post_init__(self) -> None:
        _check("--nodes", self.nodes, 2, NODES_MOST)
        _check("--seconds", self.seconds, 1, 100_000)
        _check("--bound", self.bound_s, 1, 100_000)
        _check("--glyphs", self.glyphs, 0, GLYPHS_MOST)

    def words(self) -> str:
        """The options that make this world again, as typed."""
        shown = f"--nodes {self.nodes} --faults {','.join(self.faults) or 'none'}"
        shown += f" --seconds {self.seconds}"
        if self.bound_s != SimOptions.bound_s:
            shown += f" --bound {self.bound_s}"
        if self.glyphs:
            shown += f" --glyphs {self.glyphs}"
        if self.mutant:
            shown += f" --mutant {self.mutant}"
        return shown

    def replay(self, seed: int) -> str:
        """The command that runs one seed of it again."""
        return f"ascpi sim {self.words()} --replay {seed}"


def _check(name: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise AscpiError(f"{name} {value} is not possible; give {low} to {high}")


def check_seeds(text: str) -> range:
    """A:B as a range of seeds, B not included."""
    first, colon, last = text.partition(":")
    try:
        seeds = range(int(first), int(last))
    except ValueError:
        seeds = range(0)
    if not colon or not seeds or not 0 <= seeds.start < seeds.stop <= SEED_MOST:
        raise AscpiError(f"--seeds {text} is no range; give A:B with A below B, such as 0:1000")
    return seeds


__all__ = ["SimOptions", "check_faults", "check_seeds"]
