"""Several runs at a time, each in a process of its own, with one progress for all."""

import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from multiprocessing.sharedctypes import SynchronizedArray
from multiprocessing.synchronize import Event

from ascpi.bench.hours.options import HoursOptions
from ascpi.bench.hours.result import Result, result
from ascpi.errors import AscpiError

LOOK_S = 0.5
STALLED_S = 600.0
"""A slice of the largest field takes a minute on a slow machine; past that a process is gone."""

Show = Callable[[int, int], None]
"""Told how many runs are complete, and the virtual µs that have passed in all of them."""


def processors() -> int:
    """Those that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def run_all(
    options: HoursOptions, seeds: Sequence[int], show: Show, stop: Callable[[], bool]
) -> list[Result]:
    """One run for each seed; once `stop` says so, what there is by then."""
    if len(seeds) == 1 or processors() == 1:
        return _one_by_one(options, seeds, show, stop)
    return _side_by_side(options, seeds, show, stop)


def _one_by_one(
    options: HoursOptions, seeds: Sequence[int], show: Show, stop: Callable[[], bool]
) -> list[Result]:
    found: list[Result] = []
    for seed in seeds:
        passed_us = len(found) * options.end_us

        def tell(now_us: int, passed_us: int = passed_us) -> bool:
            show(len(found), passed_us + now_us)
            return not stop()

        if stop():
            break
        one = result(options, seed, tell)
        if one is not None:
            found.append(one)
    return found


_passed: "SynchronizedArray[int] | None" = None
_stopped: Event | None = None


def _begin(passed: "SynchronizedArray[int]", stopped: Event) -> None:
    global _passed, _stopped
    _passed, _stopped = passed, stopped
    # Ctrl-C reaches all; the one that started us says what becomes of it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _work(task: tuple[HoursOptions, int, int]) -> Result | None:
    options, place, seed = task

    def tell(now_us: int) -> bool:
        assert _passed is not None
        assert _stopped is not None
        _passed[place] = now_us
        return not _stopped.is_set()

    assert _stopped is not None
    return None if _stopped.is_set() else result(options, seed, tell)


def _side_by_side(
    options: HoursOptions, seeds: Sequence[int], show: Show, stop: Callable[[], bool]
) -> list[Result]:
    # A fresh interpreter each: safe whatever runs here already, and the same on every platform.
    context = multiprocessing.get_context("spawn")
    passed: SynchronizedArray[int] = context.Array("q", len(seeds))
    stopped = context.Event()
    tasks = [(options, place, seed) for place, seed in enumerate(seeds)]
    found: list[Result | None] = []
    moved_s, before = time.monotonic(), -1
    with context.Pool(min(len(seeds), processors()), _begin, (passed, stopped)) as pool:
        waiting = pool.imap_unordered(_work, tasks)
        while len(found) < len(tasks):
            with suppress(multiprocessing.TimeoutError):
                found.append(waiting.next(LOOK_S))
            now = sum(passed[:])
            show(len(found), now)
            if stop():
                stopped.set()
            if now != before:
                moved_s, before = time.monotonic(), now
            elif time.monotonic() - moved_s > STALLED_S:
                raise AscpiError(
                    f"no run has moved on for {STALLED_S:g} s: a process may have been killed "
                    "for want of memory; give fewer --runs, --hours or --boards"
                )
    return sorted((one for one in found if one is not None), key=lambda one: one.seed)
