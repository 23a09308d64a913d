"""What an air is like: every fault a named option, in µs or in millionths."""

from dataclasses import dataclass, fields, replace

from ascpi.air.noise import PER_MILLION

# An access point's beacon interval: 100 time units of 1024 µs (IEEE 802.11), and every beacon
# carries the broadcasts that were held back.
BEACON_INTERVAL_US = 102_400


@dataclass(frozen=True)
class Preset:
    name: str
    # One way: the least delay, and the mean of the exponential on top of it.
    base_delay_us: int
    jitter_mean_us: int
    # Now and then something (a scan, a retry, another network) adds 0 … spike_max_us.
    spike_per_million: int = 0
    spike_max_us: int = 0
    # Each receiver loses for itself: a broadcast is not acknowledged.
    loss_per_million: int = 0
    # A second copy, with a jitter of its own.
    duplicate_per_million: int = 0
    # Whether a datagram may overtake an earlier one on the same link.
    reorder: bool = False
    # The receiver's radio sleeps, and the access point delivers at its beacons only; 0 = awake.
    beacon_interval_us: int = 0

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name.endswith("_us") and value < 0:
                raise ValueError(f"{field.name} of {self.name} is {value}; it must be 0 or more")
            if field.name.endswith("_per_million") and not 0 <= value <= PER_MILLION:
                raise ValueError(f"{field.name} of {self.name} is {value}; it must be 0 … 10^6")


WIFI = Preset(
    "wifi",
    base_delay_us=2_000,
    jitter_mean_us=3_000,
    spike_per_million=10_000,
    spike_max_us=60_000,
    loss_per_million=50_000,
)

PRESETS = {
    preset.name: preset
    for preset in (
        # A quiet wired network: what is wrong here is not the air's fault.
        Preset("clean", base_delay_us=300, jitter_mean_us=100),
        WIFI,
        replace(WIFI, name="powersave", beacon_interval_us=BEACON_INTERVAL_US),
        Preset(
            "harsh",
            base_delay_us=10_000,
            jitter_mean_us=20_000,
            loss_per_million=300_000,
            duplicate_per_million=50_000,
            reorder=True,
        ),
    )
}
