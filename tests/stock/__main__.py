"""`python -m tests.stock`: the firmware under MicroPython 1.23, 1.25 and 1.28 themselves.

Node.js comes with the environment of the check, the releases from npm the first time. Ends with 1
if anything is wrong.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ascpi.check import runtimes
from ascpi.cli import guarded
from ascpi.errors import AscpiError
from ascpi.runtimes.runtime import cpython
from tests.stock import boot, image, releases
from tests.stock.boot import Boot

STUBS = Path(sys.prefix) / "micropython" / "1.23"


@dataclass
class Findings:
    """All results; `wrong` has a sentence for each that is not right."""

    boots: list[Boot] = field(default_factory=list)
    vectors: list[runtimes.Result] = field(default_factory=list)
    missing: dict[str, list[str]] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)


def arguments(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.stock",
        description="Boot the compiled firmware under releases of MicroPython as they were "
        "published (their 32-bit WebAssembly builds, in Node.js), with stand-ins for the hardware "
        "that have a stock ESP32's names, and check the vectors there.",
    )
    parser.add_argument(
        "--release",
        action="append",
        choices=sorted(releases.RELEASES),
        help="this release alone; may be repeated",
    )
    parser.add_argument(
        "--image",
        action="append",
        type=Path,
        default=[],
        metavar="FILE",
        help="look also whether this stock image (.bin) holds every name that the firmware asks "
        "MicroPython for; may be repeated",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results there")
    return parser.parse_args(words)


def run(options: argparse.Namespace) -> Findings:
    """Everything that was asked for."""
    if not STUBS.exists():
        raise AscpiError(f"{STUBS} is missing: `python3 tools/test.py` installs it")
    findings = Findings()
    reference = runtimes.check([cpython()])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for version in options.release or sorted(releases.RELEASES):
            _release(version, folder, findings)
    for result in findings.vectors:
        problems = runtimes.judge([*reference, result])
        findings.wrong += [f"{result.runtime}, vectors: {problem}" for problem in problems]
    for file in options.image:
        findings.missing[str(file)] = image.missing(file)
        findings.wrong += [f"{file} has no {name}" for name in findings.missing[str(file)]]
    return findings


def _release(version: str, folder: Path, findings: Findings) -> None:
    release = releases.RELEASES[version]
    package = releases.folder(release)
    for setup in boot.SETUPS:
        files = boot.board_files(folder / version / setup.board, setup, STUBS)
        booted = boot.boot(release, package, files, setup)
        findings.boots.append(booted)
        findings.wrong += [f"{version}, {setup.title}: {problem}" for problem in booted.wrong()]
        print(f"MicroPython {version}, {setup.title}")
        for line in (booted.boot_line, *booted.lines[-2:]):
            print(f"  {line}")
    files = boot.board_files(folder / version / "vectors", boot.SETUPS[-1], STUBS)
    result = boot.vectors(release, package, files)
    findings.vectors.append(result)
    print(f"MicroPython {version}: {result.checked} vectors, {result.failed} failed")
    if not result.closed:
        print(result.output[-2000:])


def document(findings: Findings) -> dict[str, object]:
    return {
        "boots": [
            {
                "release": booted.release,
                "board": booted.title,
                "boot_line": booted.boot_line,
                "reports": len(booted.reports),
                "wrong": booted.wrong(),
            }
            for booted in findings.boots
        ],
        "vectors": [
            {"release": result.runtime, "checked": result.checked, "failed": result.failed}
            for result in findings.vectors
        ],
        "missing": findings.missing,
        "wrong": findings.wrong,
    }


def main() -> int:
    options = arguments(sys.argv[1:])
    findings = run(options)
    for file, names in findings.missing.items():
        print(f"{file}: {len(names)} of the firmware's names are not in it")
    if options.json is not None:
        options.json.write_text(json.dumps(document(findings), indent=2) + "\n", "utf-8")
    for sentence in findings.wrong:
        print(sentence)
    done = len(findings.boots) + len(findings.vectors) + len(findings.missing)
    print(f"{done} proofs, {len(findings.wrong)} wrong")
    return 1 if findings.wrong else 0


if __name__ == "__main__":
    sys.exit(guarded(main))
