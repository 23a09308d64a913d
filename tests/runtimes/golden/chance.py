"""Vectors of the chance generator: the textbook's recurrence, carry and value kept apart."""

from typing import Any

MULTIPLIER = 16_365
SKIPPED = 8


def numbers(seed: int, count: int) -> list[int]:
    """value ← (a·value + carry) mod 2^16, carry ← what is over."""
    start = (seed ^ (seed >> 30)) % (MULTIPLIER * 2**16 - 2) + 1
    carry, value = divmod(start, 2**16)
    drawn = []
    for _ in range(SKIPPED + count):
        carry, value = divmod(MULTIPLIER * value + carry, 2**16)
        drawn.append(value)
    return drawn[SKIPPED:]


def groups() -> list[dict[str, Any]]:
    cases = []
    for seed in (0, 1, 2, 77, 2**15, 2**16 - 1, 2**29, 2**30 - 1, 2**30, 2**31 - 1, 2**62, -1):
        for limit in (1, 16, 128, 12_500, 2**14):
            drawn = numbers(seed, 16)
            cases.append([[seed, 8, limit], [*drawn[:8], *(n * limit >> 16 for n in drawn[8:])]])
    return [
        {
            "name": "chance",
            "function": "chance",
            "source": "multiply with carry, by division",
            "tolerance": 0,
            "circle": 0,
            "cases": cases,
        }
    ]
