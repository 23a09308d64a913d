"""`python -m tests.flash.lost_constants`: boards' files in which a constant has been lost.

A constant's definition is taken out, of a module before the units are joined, and of a unit after
it. The first must be refused by what joins them, the second by what reads the compiled file back:
for what is compiled holds the name still, and nothing tells a board so until it comes to that
line. Ends with 1 if one is accepted.
"""

import argparse
import ast
import json
import random
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from ascpi.cli import guarded
from ascpi.files import require_writable
from ascpi.flash import application, compiled
from ascpi.flash.chips import CHIPS
from ascpi.flash.errors import FlashError
from ascpi.flash.program import join

CHIP = CHIPS["esp32"]
IN_SOURCE = "module"
IN_UNIT = "compiled unit"
_CONSTANT = re.compile(r"_*[A-Z][A-Z0-9_]*$")


@dataclass(frozen=True)
class Loss:
    """A constant that is gone from a file ("/ascpi_core/phase.py", "/ascpi_node.py")."""

    place: str
    path: str
    name: str


@dataclass(frozen=True)
class Verdict:
    """`said`: why such files are refused; empty if they are accepted."""

    loss: Loss
    said: str


def all_losses() -> list[Loss]:
    """Each constant of each module and each unit, that code uses."""
    return [
        *(Loss(IN_SOURCE, path, name) for path, name in _used(_modules())),
        *(Loss(IN_UNIT, path, name) for path, name in _used(_joined())),
    ]


def _used(sources: Mapping[str, bytes]) -> Iterator[tuple[str, str]]:
    """(path, constant) of the constants that something reads or takes elsewhere."""
    trees = {path: ast.parse(source) for path, source in sources.items()}
    taken = Counter(
        alias.name
        for tree in trees.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    )
    for path, tree in trees.items():
        read = {
            node.id
            for node in ast.walk(tree)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
        }
        for name in _definitions(tree):
            if name in read or taken[name]:
                yield path, name


def _definitions(tree: ast.Module) -> dict[str, ast.stmt]:
    """Constant → the only statement that defines it."""
    found: dict[str, ast.stmt] = {}
    for node in tree.body:
        target = node.targets[0] if isinstance(node, ast.Assign) else None
        if isinstance(node, ast.AnnAssign):
            target = node.target
        if isinstance(target, ast.Name) and _CONSTANT.match(target.id):
            found[target.id] = node
    return {name: node for name, node in found.items() if name != "TYPE_CHECKING"}


def without(source: bytes, name: str) -> bytes:
    """The source, as long as before, with a constant's definition taken out."""
    lines = source.decode().split("\n")
    node = _definitions(ast.parse(source))[name]
    for row in range(node.lineno - 1, node.end_lineno or node.lineno):
        lines[row] = ""
    return "\n".join(lines).encode()


def mutant(loss: Loss) -> bytes:
    """The compiled unit without it, as only a compiler that is not looked after would make it."""
    source = without(_joined()[loss.path], loss.name)
    return application.compile_one(loss.path, source, CHIP)


def judge(loss: Loss) -> Verdict:
    """What becomes of a program in which this is lost."""
    try:
        if loss.place == IN_SOURCE:
            modules = _modules()
            lost = without(modules[loss.path], loss.name)
            join({**modules, loss.path: lost}, application.UNITS, {})
        else:
            path = loss.path[:-3] + ".mpy"
            whole = dict(_units())
            compiled.require_whole({**whole, path: mutant(loss)})
    except FlashError as error:
        return Verdict(loss, str(error))
    return Verdict(loss, "")


@cache
def _modules() -> dict[str, bytes]:
    return application.modules()


@cache
def _joined() -> dict[str, bytes]:
    return application.joined()


def _units() -> Iterator[tuple[str, bytes]]:
    """ "/NAME.mpy" → content, of the whole program."""
    names = {unit.name for unit in application.UNITS}
    for path, data in application.build(CHIP).items():
        name = path.rpartition("/")[2]
        if name.removesuffix(".mpy") in names:
            yield "/" + name, data


def sample(count: int, seed: int) -> list[Loss]:
    """So many of them, half of modules and half of units where there are as many."""
    rng = random.Random(seed)
    losses = all_losses()
    chosen = []
    for place in (IN_SOURCE, IN_UNIT):
        kind = [loss for loss in losses if loss.place == place]
        chosen += rng.sample(kind, min(len(kind), count // 2))
    return chosen


def main(given: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.flash.lost_constants")
    parser.add_argument("--samples", type=int, metavar="N", help="so many, chosen by --seed")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results there")
    arguments = parser.parse_args(given)
    require_writable(arguments.json)
    losses = all_losses()
    if arguments.samples is not None:
        losses = sample(arguments.samples, arguments.seed)
    with ProcessPoolExecutor() as pool:
        verdicts = list(pool.map(judge, losses, chunksize=8))
    accepted = [verdict.loss for verdict in verdicts if not verdict.said]
    for loss in accepted:
        print(f"{loss.path} without {loss.name} ({loss.place}) is accepted")
    counts = Counter(loss.place for loss in losses)
    if arguments.json is not None:
        document = {
            "lost": counts,
            "accepted": [asdict(loss) for loss in accepted],
            "verdicts": [asdict(verdict) for verdict in verdicts],
        }
        arguments.json.write_text(json.dumps(document, indent=2) + "\n", "utf-8")
    told = ", ".join(f"{count} of a {place}" for place, count in counts.items())
    print(f"{len(losses)} constants lost ({told}), {len(accepted)} accepted")
    return 1 if accepted else 0


if __name__ == "__main__":
    sys.exit(guarded(main))
