"""A number that was asked for, and the range that it has to lie in."""

from ascpi.errors import AscpiError


def require_within(option: str, value: float, least: float, most: float) -> None:
    """AscpiError, naming the option and its range, if the value lies outside."""
    if not least <= value <= most:
        raise AscpiError(f"{option} {value:g} is out of range: give {least:g} to {most:g}")
