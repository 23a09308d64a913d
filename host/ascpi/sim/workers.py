"""Many seeds, a few processes at a time; the results come as they are ready."""

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Sequence

from ascpi.sim.options import SimOptions
from ascpi.sim.run import Result, run_seed

LOOK_S = 0.3


def processors() -> int:
    """Those that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def run_seeds(
    options: SimOptions, seeds: Sequence[int], jobs: int, waiting: Callable[[], bool]
) -> Iterator[Result]:
    """One result for each seed, in no particular order.

    `waiting` is called now and then meanwhile; once it says False no more results come.
    """
    if min(jobs, len(seeds)) <= 1:
        for seed in seeds:
            if not waiting():
                return
            yield run_seed(options, seed)
        return
    # A fresh interpreter each: safe whatever runs here already, and the same on every platform.
    context = multiprocessing.get_context("spawn")
    tasks = [(options, seed) for seed in seeds]
    with context.Pool(min(jobs, len(seeds)), _begin) as pool:
        results = pool.imap_unordered(_work, tasks)
        left = len(tasks)
        while left and waiting():
            try:
                yield results.next(LOOK_S)
            except multiprocessing.TimeoutError:
                continue
            left -= 1


def _begin() -> None:
    # Ctrl-C reaches all; the one that started us says what becomes of it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _work(task: tuple[SimOptions, int]) -> Result:
    return run_seed(*task)
