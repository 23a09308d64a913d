"""Two power cuts where a hand-off is most vulnerable.

`python -m tests.firmware.power_cuts` makes fifty, at every step.
"""

from pathlib import Path

from tests.firmware.cuts import RECEIVER, SENDER, STEPS, table
from tests.firmware.power_cuts import run

WORST = [
    step
    for step in STEPS
    if (step.name, step.victim)
    in {
        ("prepared written", RECEIVER),
        ("committed written", SENDER),
    }
]


def test_every_glyph_is_there_once_and_energy_is_conserved(tmp_path: Path) -> None:
    findings = run(len(WORST), 5, tmp_path, progress=False, steps=WORST)
    assert not findings.wrong
    assert len(findings.cuts) == len(WORST)
    assert findings.sums["sent_energy"] > 0
    assert len(table(findings)) == 1 + len(WORST)
