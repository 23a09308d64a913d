"""Packets on the air, as the boards count what they send."""

from dataclasses import dataclass

import numpy as np

from ascpi.bench.lock.recording import Numbers, Recording
from ascpi_core.ssep import PACKET_BYTES

# A count is known at each report; in between it is taken to grow evenly.
STEP_US = 50_000
SECOND_US = 1_000_000


@dataclass(frozen=True)
class Traffic:
    """Of all boards together. `busiest_second`: of the whole run, since all were running."""

    packets_per_s: float
    bytes_per_s: float
    busiest_second_packets: float | None
    packets: int


def traffic(recording: Recording, from_us: int, to_us: int) -> Traffic:
    """The rates are those between `from_us` and `to_us`."""
    ends = sent_at(recording, np.array([from_us, to_us], np.float64))
    per_s = float(ends[1] - ends[0]) * 1e6 / (to_us - from_us)
    whole = sent_at(recording, np.array([recording.running_us, recording.ended_us], np.float64))
    return Traffic(
        packets_per_s=per_s,
        bytes_per_s=per_s * PACKET_BYTES,
        busiest_second_packets=busiest_second(recording),
        packets=round(float(whole[1] - whole[0])),
    )


def sent_at(recording: Recording, instants_us: Numbers) -> Numbers:
    """Packets sent until each instant, by all boards together."""
    total = np.zeros(len(instants_us))
    for reports in recording.reports.values():
        if len(reports.true_us):
            total += np.interp(instants_us, reports.true_us, reports.sent)
    return total


def busiest_second(recording: Recording) -> float | None:
    """The most packets in any second; None: the run had none."""
    instants = np.arange(recording.running_us, recording.ended_us - SECOND_US + 1, STEP_US)
    if not len(instants):
        return None
    starts = instants.astype(np.float64)
    return float(np.max(sent_at(recording, starts + SECOND_US) - sent_at(recording, starts)))
