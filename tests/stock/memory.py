"""`python -m tests.stock.memory`: what the compiled program takes of a board's heap, part by part.

In the 32-bit WebAssembly build of a release, as `python -m tests.stock` boots it: objects, code
and names are as large there as on an ESP32. What the stand-ins take for the hardware's modules is
left out. Needs Node.js.
"""

import argparse
import json
import re
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ascpi import paths
from ascpi.cli import guarded
from ascpi.errors import AscpiError
from ascpi.files import require_writable
from tests.stock import boot, releases

STUBS = Path(sys.prefix) / "micropython" / "1.23"
PEERS = 8
GLYPHS = 8
BUDGET_BYTES = 124_000
"""What a classic ESP32 has with Wi-Fi connected, less what is to stay free for the work itself."""

START = """
import gc, sys
with open("/ascpi_run") as file: sys.path[:] = ["/" + file.read(), "/", "/standins", ".frozen"]
import asyncio, binascii, hashlib, io, json, os, time
import esp32, machine, network, select, socket, _thread
"""

# (what is counted, what makes it, bytes that it may take on a classic ESP32). What names take is
# counted where the room for them grows, which is by thousands at a time: so the parts have room,
# and the sum has none.
PARTS = (
    ("boot", "import ascpi_boot", 14_000),
    (
        "the settings, once read",
        "config, trial, reserve = ascpi_boot._begin(ascpi_boot.Starts())",
        4_500,
    ),
    ("the node's program", "import ascpi_node", 47_000),
    ("transport station", "import ascpi_station", 4_000),
    ("a node", "node = ascpi_node.Node(config.node, 1, 5, 0)", 3_500),
    (
        f"{PEERS} peers",
        f"here = node.field.membership\nfor i in range({PEERS}):\n"
        "    here.enter(here.add(100 + i, 1, 0))",
        7_500,
    ),
    ("what runs glyphs", "import ascpi_glyphs", 52_000),
    (
        f"a motor of {GLYPHS} slots, without glyphs",
        "overlay = ascpi_node.Overlay(ascpi_node.make_light(config))\n"
        "world = ascpi_glyphs.BoardWorld(overlay, config)\n"
        f"motor = ascpi_glyphs.load_motor(config, world, 5, {GLYPHS})\n"
        "motor.attach(node, 0)",
        8_500,
    ),
    (
        f"{GLYPHS} glyphs",
        f"for i in range({GLYPHS}): motor.bear(5, i << 22, 1000)\nmotor.flush(0)",
        4_000,
    ),
)
MARK = """
import gc
gc.collect()
#---
print("mark", gc.mem_alloc(), len([name for name in sys.modules if name.startswith("ascpi")]))
"""


@dataclass(frozen=True)
class Part:
    """`taken_bytes` of heap, of `budget_bytes` there may be; `modules` of ours loaded then."""

    name: str
    taken_bytes: int
    budget_bytes: int
    modules: int


def known() -> frozenset[str]:
    """Every word in the firmware, the core and what stands in for the hardware."""
    folders = (paths.FIRMWARE, paths.CORE, boot.GUEST)
    return frozenset(
        word
        for folder in folders
        for file in folder.rglob("*.py")
        for word in re.findall(r"\w+", file.read_text("utf-8"))
    )


def measure(version: str) -> list[Part]:
    """What each part takes, in bytes."""
    if not STUBS.exists():
        raise AscpiError(f"{STUBS} is missing: `python3 tools/test.py` installs it")
    release = releases.RELEASES[version]
    program = "#---\n".join([START, MARK, *(code + "\n#---" + MARK for _, code, _ in PARTS)])
    with tempfile.TemporaryDirectory() as name:
        files = boot.board_files(Path(name), boot.SETUPS[0], STUBS, known())
        done = boot.run(releases.folder(release), files, program)
    marks = [
        (int(words[1]), int(words[2]))
        for line in done.output.splitlines()
        if (words := line.split())[:1] == ["mark"]
    ]
    if done.code or len(marks) != len(PARTS) + 1:
        raise AscpiError(f"MicroPython {version} did not come to the end: {done.output[-1000:]}")
    return [
        Part(title, after[0] - before[0], budget, after[1])
        for (title, _, budget), before, after in zip(PARTS, marks, marks[1:], strict=False)
    ]


def main(given: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.stock.memory")
    newest = sorted(releases.RELEASES)[-1]
    parser.add_argument("--release", choices=sorted(releases.RELEASES), default=newest)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results there")
    arguments = parser.parse_args(given)
    require_writable(arguments.json)
    parts = measure(arguments.release)
    total = 0
    print(
        f"MicroPython {arguments.release}, 32-bit: bytes of heap, of {BUDGET_BYTES} there may be"
    )
    for part in parts:
        total += part.taken_bytes
        mark = "  too much" if part.taken_bytes > part.budget_bytes else ""
        print(f"  {part.name:<40} {part.taken_bytes:>8} {total:>8}{mark}")
    if total > BUDGET_BYTES:
        print(f"that is {total - BUDGET_BYTES} bytes too many for a classic ESP32")
    if arguments.json is not None:
        document = {
            "release": arguments.release,
            "parts": {part.name: part.taken_bytes for part in parts},
            "classic_total_bytes": total,
            "modules": parts[-1].modules,
        }
        arguments.json.write_text(json.dumps(document, indent=2) + "\n", "utf-8")
    within = all(part.taken_bytes <= part.budget_bytes for part in parts)
    return 0 if within and total <= BUDGET_BYTES else 1


if __name__ == "__main__":
    sys.exit(guarded(main))
