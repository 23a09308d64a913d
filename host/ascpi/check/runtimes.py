"""`python -m ascpi.check.runtimes`: the vectors on three runtimes, side by side.

All three must find every vector right, and give the same results to the last bit where a vector
allows a tolerance. Ends with 1 otherwise.
"""

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from ascpi.cli import guarded
from ascpi.paths import REPOSITORY
from ascpi.runtimes.runtime import Outcome, Runtime, all_runtimes, finish, start

CHECKER = "tests.runtimes.guest.vectors"
VECTORS = REPOSITORY / "tests" / "vectors"

# Some thirty times what the slowest takes.
DEADLINE_S = 30.0

GROUP = re.compile(r"group (.+) (\d+) (\d+) ([0-9a-f]+)")
CLOSING = re.compile(r"(\d+) checked, (\d+) failed")


@dataclass(frozen=True)
class Group:
    checked: int
    failed: int
    digest: str


@dataclass(frozen=True)
class Result:
    """What one runtime said. `closed`: it came to the end and counted right."""

    runtime: str
    groups: dict[str, Group]
    closed: bool
    output: str

    @property
    def checked(self) -> int:
        return sum(group.checked for group in self.groups.values())

    @property
    def failed(self) -> int:
        return sum(group.failed for group in self.groups.values())


def read(runtime: str, outcome: Outcome) -> Result:
    groups = {}
    closing = None
    for line in outcome.output.splitlines():
        if match := GROUP.fullmatch(line):
            groups[match[1]] = Group(int(match[2]), int(match[3]), match[4])
        elif match := CLOSING.fullmatch(line):
            closing = int(match[1]), int(match[2])
    result = Result(runtime, groups, False, outcome.output)
    closed = closing == (result.checked, result.failed) and outcome.code == (result.failed > 0)
    return Result(runtime, groups, closed and bool(groups), outcome.output)


def check(runtimes: Sequence[Runtime]) -> list[Result]:
    """All at once."""
    processes = [(runtime, start(runtime, CHECKER, [str(VECTORS)])) for runtime in runtimes]
    return [
        read(runtime.name, finish(runtime, process, DEADLINE_S)) for runtime, process in processes
    ]


def differing(results: Sequence[Result]) -> list[str]:
    """Groups that are not the same everywhere."""
    names = dict.fromkeys(name for result in results for name in result.groups)
    return [name for name in names if len({result.groups.get(name) for result in results}) > 1]


def table(results: Sequence[Result]) -> list[str]:
    names = list(dict.fromkeys(name for result in results for name in result.groups))
    wide = max((len(name) for name in names), default=0)
    lines = [" ".join([" " * wide, *(f"{result.runtime:>18}" for result in results)])]
    for name in names:
        lines.append(
            " ".join([f"{name:<{wide}}", *(f"{_cell(r.groups.get(name)):>18}" for r in results)])
        )
    lines.append(
        " ".join([f"{'checked':<{wide}}", *(f"{result.checked:>18}" for result in results)])
    )
    lines.append(
        " ".join([f"{'failed':<{wide}}", *(f"{result.failed:>18}" for result in results)])
    )
    return lines


def _cell(group: Group | None) -> str:
    if group is None:
        return "missing"
    return f"{group.failed} FAILED" if group.failed else str(group.checked)


def judge(results: Sequence[Result]) -> list[str]:
    """What is wrong, in sentences."""
    wrong = []
    for result in results:
        if not result.closed:
            wrong.append(f"{result.runtime} did not come to its end")
        if result.failed:
            wrong.append(f"{result.runtime}: {result.failed} vectors failed")
    wrong += [f"{name}: the runtimes' results differ" for name in differing(results)]
    return wrong


def main() -> int:
    results = check(all_runtimes())
    print("\n".join(table(results)))
    wrong = judge(results)
    for result in results:
        if result.failed or not result.closed:
            print(f"\n{result.runtime}:")
            print("\n".join(line for line in result.output.splitlines() if not GROUP.match(line)))
    for sentence in wrong:
        print(sentence)
    checked = " / ".join(str(result.checked) for result in results)
    names = " / ".join(result.runtime for result in results)
    print(f"{checked} vectors on {names}: {len(wrong) or 'no'} difference{'s' * (len(wrong) > 1)}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(guarded(main))
