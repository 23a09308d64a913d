"""How long until who listens notices a glyph that was lost or doubled on purpose.

python -m tests.host.notice --air wifi --seeds 20
"""

import argparse
import random
import statistics

from ascpi.air.preset import PRESETS
from ascpi.glyphs.roster import Roster
from ascpi.glyphs.roster_judge import DOUBLED, LOST, MISSING
from tests.host.glyph_field import COMET, COUNTER, GlyphField

SECOND_US = 1_000_000
START_US = 6 * SECOND_US
QUIET_US = 20 * SECOND_US
LOOK_US = SECOND_US // 4
DEADLINE_US = 120 * SECOND_US


def field_of(count: int, seed: int, preset: str) -> tuple[GlyphField, Roster]:
    """Locked, each with a counter, and a comet on the first; and who listens."""
    roster = Roster()
    field = GlyphField(count, seed, preset, roster.hear)
    field.run_for(START_US)
    for runner in field.runners.values():
        runner.bear(COUNTER, 3000 * runner.node_id)
    field.runners[1].bear(COMET, 50_000)
    return field, roster


def lose(field: GlyphField, chance: random.Random) -> None:
    """Take a glyph out of a node's memory."""
    holder = chance.choice([each for each in field.runners.values() if each.held()])
    holder.held()[0].clear()
    holder.motor.holding.touch()


def double(field: GlyphField, chance: random.Random) -> None:
    """Put a copy of a glyph into another node's memory, where no fence ends it."""
    holder = chance.choice([each for each in field.runners.values() if each.held()])
    other = chance.choice([each for each in field.runners.values() if each is not holder])
    for runner in field.runners.values():
        runner.motor.hand_off.learn = lambda *_: False  # type: ignore[method-assign]
    other.adopt(holder.held()[0])


def until_noticed(kind: str, count: int, seed: int, preset: str) -> tuple[str, float]:
    """What was said first, LOST, DOUBLED, MISSING or nothing, and after how many seconds."""
    field, roster = field_of(count, seed, preset)
    field.run_for(QUIET_US)
    (lose if kind == LOST else double)(field, random.Random(seed))
    since_us = field.now_us
    said = ""
    while not said and field.now_us - since_us < DEADLINE_US:
        field.run_for(LOOK_US)
        kinds = [finding.kind for finding in roster.findings(field.now_us)]
        said = next((each for each in (kind, MISSING) if each in kinds), "")
    return said, (field.now_us - since_us) / SECOND_US


def main() -> None:
    """A line for each of the two."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--air", choices=PRESETS, default="wifi")
    parser.add_argument("--nodes", type=int, default=4)
    parser.add_argument("--seeds", type=int, default=20)
    asked = parser.parse_args()
    for kind in (LOST, DOUBLED):
        trials = [until_noticed(kind, asked.nodes, s, asked.air) for s in range(asked.seeds)]
        times = [seconds for said, seconds in trials if said == kind]
        unsure = sum(said == MISSING for said, _ in trials)
        print(
            f"{asked.air}: {kind} in {len(times)} of {len(trials)}, median "
            f"{statistics.median(times or [0]):.2f} s, at most {max(times, default=0):.2f} s; "
            f"{unsure} missing, {len(trials) - len(times) - unsure} not noticed"
        )


if __name__ == "__main__":
    main()
