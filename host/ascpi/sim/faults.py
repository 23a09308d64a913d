"""What can go wrong in a simulated world: every fault by name, and one seed's mix of them.

Each fault's strength is drawn from a stream of its own, (seed, name). So a fault that is left out
leaves the strength of all others as it was: that is what makes a failing case shrink.
"""

from dataclasses import dataclass
from typing import Any

from ascpi.air.noise import PER_MILLION
from ascpi.air.preset import BEACON_INTERVAL_US, WIFI, Preset
from ascpi.errors import AscpiError
from ascpi.sim.dice import Dice

SECOND_US = 1_000_000

FAULTS = {
    "drift": "crystals are up to 50 ppm off, and a temperature moves them by up to 10 more",
    "wrap": "ticks begin anew, 2^30 µs, within the run",
    "delay": "the way takes up to 10 ms and an exponential part of up to 20 more",
    "loss": "up to 30 % of the packets are lost, by each receiver for itself",
    "spikes": "up to 5 % come up to 0.5 s later",
    "duplicate": "up to 20 % come twice",
    "reorder": "packets overtake each other",
    "powersave": "receivers listen only every 102.4 ms",
    "corrupt": "up to 5 % have a bit flipped",
    "replay": "packets recorded up to minutes ago are heard again",
    "clog": "a link holds everything back for up to 5 s, and then lets go",
    "oneway": "A hears B, and B does not hear A",
    "partition": "the air falls apart into two",
    "power": "a board loses its power, at any time",
    "tear": "a board loses its power inside a write to its flash",
    "pause": "a board's loop hangs for up to 4 s; its socket holds six packets",
    "refuse": "a board's flash cannot be written for a while",
    "misread": "a board cannot read its flash when it boots: it has nothing until the next boot",
    "slow": "a write to the flash takes 5 to 300 ms, and the board does nothing meanwhile",
    "restore": "a board comes back with an old backup of its flash",
    "erase": "a board comes back with its flash erased",
}

SWARM = "swarm"
NONE = "none"

_SHARE = {"restore": 200_000, "erase": 120_000, "misread": 250_000}
"""How many seeds of a million of the swarm have a fault; the others: _SHARE_OTHERS."""
_SHARE_OTHERS = 400_000

CALM = WIFI
"""The air once the faults have stopped."""


@dataclass(frozen=True)
class Mix:
    """One seed's faults, `names` in the order of FAULTS, and how strong each is: in ppb, µs
    (`…_every_us`: mean time between two) or millionths. 0: there are none."""

    names: tuple[str, ...]
    crystal_ppb: int = 0
    temperature_ppb: int = 0
    temperature_us: int = 0
    wrap_us: int = 0
    base_delay_us: int = 300
    jitter_us: int = 100
    loss: int = 0
    spike: int = 0
    spike_us: int = 0
    duplicate: int = 0
    reorder: bool = False
    beacon_us: int = 0
    corrupt: int = 0
    replay_every_us: int = 0
    clog_every_us: int = 0
    clog_us: int = 0
    oneway_every_us: int = 0
    oneway_us: int = 0
    partition_every_us: int = 0
    partition_us: int = 0
    power_every_us: int = 0
    off_us: int = 3 * SECOND_US
    tear: int = 0
    pause_every_us: int = 0
    pause_us: int = 0
    refuse_every_us: int = 0
    refuse_us: int = 0
    misread: int = 0
    slow_us: int = 0
    restore_every_us: int = 0
    erase_every_us: int = 0

    def preset(self) -> Preset:
        """The air of the first phase."""
        return Preset(
            "sim",
            base_delay_us=self.base_delay_us,
            jitter_mean_us=self.jitter_us,
            spike_per_million=self.spike,
            spike_max_us=self.spike_us,
            loss_per_million=self.loss,
            duplicate_per_million=self.duplicate,
            reorder=self.reorder,
            beacon_interval_us=self.beacon_us,
        )


def check_faults(text: str) -> tuple[str, ...]:
    """`swarm`, `none` or names with commas between: as given, without doubles, in order."""
    if text == SWARM:
        return (SWARM,)
    if text == NONE:
        return ()
    given = [word.strip() for word in text.split(",")]
    for word in given:
        if word not in FAULTS:
            known = ", ".join(FAULTS)
            raise AscpiError(
                f"{word or 'nothing'} is no fault; give swarm, none, or some of: {known}"
            )
    return tuple(name for name in FAULTS if name in given)


def chosen(faults: tuple[str, ...], seed: int) -> tuple[str, ...]:
    """The faults of this seed: in a swarm those it draws, or else those that were named."""
    if faults != (SWARM,):
        return faults
    names = []
    for name in FAULTS:
        if Dice(seed, "swarm", name).strikes(_SHARE.get(name, _SHARE_OTHERS)):
            names.append(name)
    return tuple(names)


def mix_of(faults: tuple[str, ...], seed: int) -> Mix:
    """What this seed makes of these faults (as from `check_faults`)."""
    names = chosen(faults, seed)
    strengths: dict[str, Any] = {}
    for name in names:
        strengths.update(_strength(name, Dice(seed, "strength", name)))
    return Mix(names, **strengths)


def _strength(name: str, dice: Dice) -> dict[str, int]:
    if name in _EPISODES:
        every, longest = _EPISODES[name]
        rarest = every * (_RARE_TIMES if name in _SHARE else _OFTEN_TIMES)
        made = {f"{name}_every_us": dice.scaled(every, rarest)}
        if longest:
            made[f"{name}_us"] = dice.scaled(longest // 16, longest)
        if name == "power":
            made["off_us"] = dice.scaled(SECOND_US // 5, 12 * SECOND_US)
        return made
    if name == "drift":
        return {
            "crystal_ppb": dice.scaled(1000, 50_000),
            "temperature_ppb": dice.below(10_000),
            "temperature_us": dice.scaled(60 * SECOND_US, 600 * SECOND_US),
        }
    if name == "delay":
        return {"base_delay_us": dice.scaled(300, 10_000), "jitter_us": dice.scaled(100, 20_000)}
    if name == "spikes":
        return {"spike": dice.scaled(1000, 50_000), "spike_us": dice.scaled(10_000, 500_000)}
    if name == "wrap":
        return {"wrap_us": dice.scaled(5 * SECOND_US, 90 * SECOND_US)}
    low, high = _SIMPLE[name]
    key = {"powersave": "beacon_us", "slow": "slow_us"}.get(name, name)
    return {key: dice.scaled(low, high)}


# The longest mean time between two, in shortest ones: those that are rare anyhow do strike.
_OFTEN_TIMES = 16
_RARE_TIMES = 4

# Shortest mean time between two in the cluster, and how long the longest mean one takes.
_EPISODES = {
    "replay": (SECOND_US // 4, 0),
    "clog": (4 * SECOND_US, 5 * SECOND_US),
    "oneway": (5 * SECOND_US, 20 * SECOND_US),
    "partition": (8 * SECOND_US, 20 * SECOND_US),
    "power": (4 * SECOND_US, 0),
    "pause": (2 * SECOND_US, 4 * SECOND_US),
    "refuse": (5 * SECOND_US, 10 * SECOND_US),
    "restore": (10 * SECOND_US, 0),
    "erase": (12 * SECOND_US, 0),
}

_SIMPLE = {
    "loss": (5_000, 300_000),
    "duplicate": (5_000, 200_000),
    "reorder": (1, 1),
    "powersave": (BEACON_INTERVAL_US, BEACON_INTERVAL_US),
    "corrupt": (1_000, 50_000),
    "tear": (3_000, 150_000),
    "misread": (50_000, 500_000),
    "slow": (5_000, 300_000),
}

assert set(_SIMPLE) | set(_EPISODES) | {"drift", "delay", "spikes", "wrap"} == set(FAULTS)
assert all(high <= PER_MILLION for _, high in _SIMPLE.values())
