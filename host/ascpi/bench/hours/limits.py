"""What the figures may be, for the fields that have limits. All others are for information."""

from ascpi.bench.hours.options import HoursOptions

WILD_BOARDS_LEAST = 5
WILD_MINUTE_LEAST = 3.0
"""Before that a field is still learning its crystals."""

AIRS = ("clean", "wifi")
DEFAULT = HoursOptions()

LIMITS = {"rms_us": 100.0, "worst_us": 1000.0, "lock_losses": 0.0, "lock_share": 1.0}
"""µs: the RMS is what is reached in minutes; and no node may ever be a millisecond off, however
long it runs, whatever the temperature does."""

WILD_LIMITS = {"moved_us": 1000.0, "lock_share": 1.0}
"""µs: one node that went wild moves the others by less than a millisecond in a minute."""

LEAST = ("lock_share",)
"""Keys whose limit is the smallest good value."""


def limits(options: HoursOptions) -> dict[str, float]:
    """Key → limit. They hold for whatever is no harder than the default field."""
    harder = (
        options.law == "source"
        or options.air not in AIRS
        or options.boards > DEFAULT.boards
        or options.ppm > DEFAULT.ppm
        or options.temperature_ppm > DEFAULT.temperature_ppm
        or options.temperature_period_s < DEFAULT.temperature_period_s
        or options.poll_us > DEFAULT.poll_us
        or options.relay_us > DEFAULT.poll_us
    )
    if options.wild is not None:
        harder = harder or options.boards < WILD_BOARDS_LEAST
        harder = harder or options.wild.minute < WILD_MINUTE_LEAST
        return {} if harder else dict(WILD_LIMITS)
    harder = harder or options.after_s < DEFAULT.after_s
    return {} if harder else dict(LIMITS)
