"""Virtual boards wired to a virtual probe: `ascpi probe` as it is with real ones, on this computer
alone."""

import random
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from ascpi import paths
from ascpi.cluster import BOARD, Cluster, trial_boards
from ascpi.virtual import VirtualBoard, VirtualBoardOptions, Wires
from ascpi.virtual.wires import wires_apart
from ascpi_core.settings import BOARDS

PULSE_PIN = BOARDS[BOARD].pulse_pin
PROBE = paths.FIRMWARE / "probe"
PROBE_ID = 1000


@contextmanager
def virtual_probe(count: int, seed: int, preset: str) -> Iterator[tuple[str, dict[int, str]]]:
    """So many boards in an emulated Wi-Fi, from phases by the seed, and a probe that is wired to
    all of them: its serial port, and the boards' names by its pins."""
    ends = wires_apart(count)
    with ExitStack() as stack:
        folder = Path(
            stack.enter_context(
                tempfile.TemporaryDirectory(prefix="ascpi-probe-", ignore_cleanup_errors=True)
            )
        )
        wires = Wires()
        stack.callback(wires.close)
        plans = [
            replace(plan, output_wires={PULSE_PIN: wires.to(end)})
            for plan, end in zip(trial_boards(count, random.Random(seed)), ends, strict=True)
        ]
        stack.enter_context(Cluster(plans, preset, seed, on_heard=lambda heard: None))
        probe = stack.enter_context(VirtualBoard(probe_options(folder, wires)))
        probe.wait_running()
        names = [plan.name for plan in plans]
        yield probe.serial_path, dict(zip(ends, names, strict=True))


def probe_options(folder: Path, wires: Wires | None, ppm: float = 0.0) -> VirtualBoardOptions:
    """A virtual board with the probe's program, its flash in `folder`."""
    core = folder / "no-core"
    core.mkdir(exist_ok=True)
    return VirtualBoardOptions(
        PROBE_ID,
        folder / "probe",
        ppm=ppm,
        firmware=PROBE,
        # The probe's program needs none of it.
        core=core,
        input_wires=wires,
        # It looks without a pause, and so takes a processor as a chip does.
        precedence=False,
    )
