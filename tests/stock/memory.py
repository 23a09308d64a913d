"""`python -m tests.stock.memory`: what the compiled program takes of each chip's heap.

In the 32-bit WebAssembly build of a release, as `python -m tests.stock` boots it: objects, code
and names are as large there as on an ESP32. What the stand-ins take for the hardware's modules is
left out. Ends with 1 if a budget of tests/stock/budgets.py is exceeded.

MicroPython keeps names in tables, each twice as large as the one before it. Here the stand-ins'
names lie in them as well, which a board has in its ROM. So the tables are counted as large as they
are for the program's own names. The first four, 2224 bytes for up to 300 names, are there before
the program is loaded and are not in the totals; `classic_with_names_bytes` has them.
"""

import argparse
import json
import re
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from ascpi import paths
from ascpi.cli import guarded
from ascpi.errors import AscpiError
from ascpi.files import require_writable
from ascpi.flash import application
from ascpi.flash.chips import CHIPS
from tests.stock import boot, releases
from tests.stock.boot import Setup
from tests.stock.budgets import BUDGETS, MODULES_MOST, PEERS, Budget

_NAMES = re.compile(r"qstr pool: .*n_qstr=(\d+), n_str_data_bytes=(\d+), n_total_bytes=(\d+)")
STUBS = Path(sys.prefix) / "micropython" / "1.23"
CLASSIC = "esp32"

START = """
import gc, sys
with open("/ascpi_run") as file: sys.path[:] = ["/" + file.read(), "/", "/standins", ".frozen"]
import asyncio, binascii, hashlib, io, json, os, time
import esp32, machine, neopixel, network, select, socket, _thread
machine.RTC.memory = lambda self, *content: b""
"""
NODE = (
    ("program", "boot", "import ascpi_boot"),
    (
        "settings",
        "the settings, once read",
        "config, trial, reserve = ascpi_boot._begin(ascpi_boot.Starts())",
    ),
    ("program", "the node's program", "import ascpi_node"),
    ("program", "transport station", "import ascpi_station"),
    ("node", "a node", "node = ascpi_node.Node(config.node, 1, 5, 0)"),
    (
        "node",
        f"{PEERS} peers",
        f"here = node.field.membership\nfor i in range({PEERS}):\n"
        "    here.enter(here.add(100 + i, 1, 0))",
    ),
)
"""(the part of the budget, what is counted, what makes it)."""
MARK = """
import gc, micropython
gc.collect()
#---
micropython.qstr_info()
print("mark", gc.mem_alloc(), len([name for name in sys.modules if name.startswith("ascpi")]))
"""


FIRST_NAMES = 300
"""As many names as the first four tables hold."""
_TABLE_BYTES = 24
_NAME_BYTES = 7
_BLOCK_BYTES = 16


def tables_bytes(names: int) -> int:
    """What the tables for so many names take: of 20 places, 40, 80 and so on; 7 bytes a place."""
    total, places, room = 0, 20, 0
    while room < names:
        total += -(-(_TABLE_BYTES + _NAME_BYTES * places) // _BLOCK_BYTES) * _BLOCK_BYTES
        room += places
        places *= 2
    return total


def _glyphs(slots: int) -> tuple[tuple[str, str, str], ...]:
    return (
        ("program", "what runs glyphs", "import ascpi_glyphs"),
        (
            "motor",
            f"a motor of {slots} slots, without glyphs",
            "overlay = ascpi_node.Overlay(ascpi_node.make_light(config), False)\n"
            "world = ascpi_glyphs.BoardWorld(overlay, config)\n"
            f"motor = ascpi_glyphs.load_motor(config, world, 5, {slots})\n"
            "motor.attach(node, 0)",
        ),
        (
            "motor",
            f"{slots} glyphs",
            f"for i in range({slots}): motor.bear(5, i << 22, 1000)\nmotor.flush(0)",
        ),
    )


@dataclass(frozen=True)
class Step:
    """`taken_bytes` of heap, for a part of the budget; `modules` of ours are loaded then."""

    part: str
    name: str
    taken_bytes: int
    modules: int


@dataclass(frozen=True)
class Row:
    """One chip: its budget, and what is taken of it."""

    budget: Budget
    steps: tuple[Step, ...]

    @property
    def taken(self) -> dict[str, int]:
        """Part of the budget → bytes."""
        return {
            part: sum(step.taken_bytes for step in self.steps if step.part == part)
            for part in self.budget.parts()
        }

    @property
    def total_bytes(self) -> int:
        return sum(step.taken_bytes for step in self.steps)

    @property
    def modules(self) -> int:
        return self.steps[-1].modules

    def wrong(self) -> list[str]:
        """A sentence for each budget that is exceeded."""
        chip, found = self.budget.chip, []
        for part, allowed in self.budget.parts().items():
            if self.taken[part] > allowed:
                found.append(f"{chip}: {part} takes {self.taken[part]} bytes, of {allowed}")
        if self.total_bytes > self.budget.total_bytes:
            found.append(
                f"{chip}: all takes {self.total_bytes} bytes, of {self.budget.total_bytes}"
            )
        if self.modules > MODULES_MOST:
            found.append(f"{chip}: {self.modules} modules are loaded, of {MODULES_MOST}")
        return found


@dataclass(frozen=True)
class Module:
    """A file of the program: its size, and the heap that it takes, in bytes, loaded after those
    that it needs. One that is read at boot and forgotten takes that for a moment only."""

    file_bytes: int
    heap_bytes: int


def known() -> frozenset[str]:
    """Every word in the firmware, the core and what stands in for the hardware."""
    folders = (paths.FIRMWARE, paths.CORE, boot.GUEST)
    return frozenset(
        word
        for folder in folders
        for file in folder.rglob("*.py")
        for word in re.findall(r"\w+", file.read_text("utf-8"))
    )


def counted(version: str, chip: str, steps: Sequence[str]) -> list[tuple[int, int]]:
    """Runs the steps on a board with this chip. (bytes of heap, modules of ours) before the first
    and after each."""
    if not STUBS.exists():
        raise AscpiError(f"{STUBS} is missing: `python3 tools/test.py` installs it")
    package = releases.folder(releases.RELEASES[version])
    setup = Setup(CHIPS[chip].board, CHIPS[chip], "station")
    program = "#---\n".join([START, MARK, *(code + "\n#---" + MARK for code in steps)])
    with tempfile.TemporaryDirectory() as name:
        files = boot.board_files(Path(name), setup, STUBS, known())
        done = boot.run(package, files, program)
    marks = read_marks(done.output)
    if done.code or len(marks) != len(steps) + 1:
        raise AscpiError(f"MicroPython {version} did not come to the end: {done.output[-1000:]}")
    return marks


def read_marks(output: str) -> list[tuple[int, int]]:
    """(bytes of heap, modules of ours) at each mark, as if there were no names of stand-ins."""
    marks = []
    names = tables = before = -1
    for line in output.splitlines():
        if found := _NAMES.match(line):
            names, text_bytes, total_bytes = (int(word) for word in found.groups())
            tables = total_bytes - text_bytes
        elif (words := line.split())[:1] == ["mark"]:
            before = names if before < 0 else before
            own = tables_bytes(max(names - before, FIRST_NAMES))
            marks.append((int(words[1]) - tables + own, int(words[2])))
    return marks


def measure(version: str, budget: Budget) -> Row:
    """What each step takes on a chip."""
    wanted = NODE + (_glyphs(budget.slots) if budget.slots else ())
    marks = counted(version, budget.chip, [code for _, _, code in wanted])
    return Row(
        budget,
        tuple(
            Step(part, title, after[0] - before[0], after[1])
            for (part, title, _), before, after in zip(wanted, marks, marks[1:], strict=False)
        ),
    )


def modules(version: str) -> dict[str, Module]:
    """What each file of the program takes of a classic ESP32, in the order of loading."""
    sizes = {
        path.rpartition("/")[2].removesuffix(".mpy"): len(data)
        for path, data in application.build(CHIPS[CLASSIC]).items()
    }
    names = [unit.name for unit in application.UNITS]
    marks = counted(version, CLASSIC, [f"import {name}" for name in names])
    return {
        name: Module(sizes[name], after[0] - before[0])
        for name, before, after in zip(names, marks, marks[1:], strict=False)
    }


def document(version: str, rows: Sequence[Row], table: dict[str, Module]) -> dict[str, object]:
    classic = next(row for row in rows if row.budget.chip == CLASSIC)
    return {
        "release": version,
        "classic_total_bytes": classic.total_bytes,
        "classic_with_names_bytes": classic.total_bytes + tables_bytes(FIRST_NAMES),
        "modules": max(row.modules for row in rows),
        "parts": {step.name: step.taken_bytes for step in classic.steps},
        "per_module": {name: asdict(module) for name, module in table.items()},
        "chips": {
            row.budget.chip: {
                "taken": {**row.taken, "total": row.total_bytes},
                "budget": asdict(row.budget),
                "wrong": row.wrong(),
            }
            for row in rows
        },
    }


def show(version: str, rows: Sequence[Row], table: dict[str, Module]) -> None:
    print(f"MicroPython {version}, 32-bit: what each file takes, in bytes of itself and of heap")
    for name, module in table.items():
        print(f"  {name:<22} {module.file_bytes:>8} {module.heap_bytes:>8}")
    names = [*rows[0].budget.parts(), "total"]
    print("\nBytes of heap, of those there may be\n  " + "".join(f"{n:>18}" for n in ["", *names]))
    for row in rows:
        allowed = {**row.budget.parts(), "total": row.budget.total_bytes}
        taken = {**row.taken, "total": row.total_bytes}
        cells = "".join(f"{taken[n]:>10} /{allowed[n]:>6}" for n in names)
        print(f"  {CHIPS[row.budget.chip].title:>18}{cells}")


def main(given: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.stock.memory")
    newest = sorted(releases.RELEASES)[-1]
    parser.add_argument("--release", choices=sorted(releases.RELEASES), default=newest)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results there")
    arguments = parser.parse_args(given)
    require_writable(arguments.json)
    rows = [measure(arguments.release, budget) for budget in BUDGETS]
    table = modules(arguments.release)
    show(arguments.release, rows, table)
    if arguments.json is not None:
        text = json.dumps(document(arguments.release, rows, table), indent=2)
        arguments.json.write_text(text + "\n", "utf-8")
    wrong = [sentence for row in rows for sentence in row.wrong()]
    for sentence in wrong:
        print(sentence)
    classic = next(row for row in rows if row.budget.chip == CLASSIC)
    print(
        f"{len(rows)} chips, {len(wrong)} budgets exceeded; a classic ESP32: "
        f"{classic.total_bytes} bytes of {classic.budget.total_bytes}"
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(guarded(main))
