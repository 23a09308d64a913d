"""The probe: one spare board that notes when the pulses of up to eight others come.

- program.py   what it does all day: look, tell, obey
- wiring.py    which pins, checked, and how this chip reads them best
- chips.py     where each chip keeps its input register, and which pins it needs itself
- record.py    what was seen and not yet told: a ring, and how sharply it was looked
- native.py    the look by the input register, in native code
- scan.py      the look pin by pin, where the first is not to be had
- lines.py     the lines of the serial protocol, both ways
"""

VERSION = "0.1.0"
