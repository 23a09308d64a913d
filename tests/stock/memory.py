"""`python -m tests.stock.memory`: what the compiled program takes of a board's heap, part by part.

In the 32-bit WebAssembly build of a release, as `python -m tests.stock` boots it: objects, code
and names are as large there as on an ESP32. What the stand-ins take for the hardware's modules is
left out. Needs Node.js.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ascpi.cli import guarded
from ascpi.errors import AscpiError
from ascpi.files import require_writable
from tests.stock import boot, releases

STUBS = Path(sys.prefix) / "micropython" / "1.23"
PEERS = 8
GLYPHS = 32

START = """
import gc, sys
sys.path[:] = ["/", "/standins", ".frozen"]
import asyncio, binascii, hashlib, json, machine, neopixel, network, select, socket, time
import behaviour
behaviour.install(True)
"""

# (what is counted, what makes it)
PARTS = (
    ("the core without glyphs", "import ascpi_core.node, ascpi_core.telemetry"),
    ("the board's program", "import ascpi_board.app, ascpi_board.config"),
    ("transport station", "import ascpi_board.transport.station"),
    (
        "the settings",
        "config = ascpi_board.config.BoardSettings({'id': 7, 'board': 'esp32-devkitc'}, b'')",
    ),
    (
        "a node",
        "from ascpi_core.node import Node\nnode = Node(config.node, 1, 5, 0)",
    ),
    (
        f"{PEERS} peers",
        f"for i in range({PEERS}):\n    node.membership.enter(node.membership.add(100 + i, 1, 0))",
    ),
    ("what runs glyphs", "import ascpi_board.engine, ascpi_board.world, ascpi_core.glyphs.telemetry"),
    (
        "a motor without glyphs",
        "from ascpi_board import light, world, engine\n"
        "overlay = light.Overlay(light.Light())\n"
        "motor = engine.make_motor(config, world.BoardWorld(overlay, config), 5)\n"
        "motor.attach(node, 0)",
    ),
    (
        f"{GLYPHS} glyphs",
        f"for i in range({GLYPHS}): motor.bear(5, i << 22, 1000)\nmotor.flush(0)",
    ),
)
MARK = """
import gc
gc.collect()
#---
print("mark", gc.mem_alloc())
"""


@dataclass(frozen=True)
class Part:
    name: str
    taken_bytes: int


def measure(version: str) -> list[Part]:
    """What each part takes, in bytes."""
    if not STUBS.exists():
        raise AscpiError(f"{STUBS} is missing: `python3 tools/test.py` installs it")
    release = releases.RELEASES[version]
    program = "#---\n".join([START, MARK, *(code + "\n#---" + MARK for _, code in PARTS)])
    with tempfile.TemporaryDirectory() as name:
        files = boot.board_files(Path(name), boot.SETUPS[0], STUBS)
        done = boot.run(releases.folder(release), files, program)
    marks = [int(line.split()[1]) for line in done.output.splitlines() if line.startswith("mark ")]
    if done.code or len(marks) != len(PARTS) + 1:
        raise AscpiError(f"MicroPython {version} did not come to the end: {done.output[-1000:]}")
    return [
        Part(title, after - before)
        for (title, _), before, after in zip(PARTS, marks, marks[1:], strict=False)
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
    print(f"MicroPython {arguments.release}, 32-bit: bytes of heap")
    for part in parts:
        total += part.taken_bytes
        print(f"  {part.name:<28} {part.taken_bytes:>8} {total:>8}")
    if arguments.json is not None:
        document = {
            "release": arguments.release,
            "parts": {part.name: part.taken_bytes for part in parts},
            "total_bytes": total,
        }
        arguments.json.write_text(json.dumps(document, indent=2) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(guarded(main))
