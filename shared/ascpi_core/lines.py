"""The lines that any part of a node may write: notes and errors, in sentences."""

from .fixed import const

TELEMETRY_PREFIX = const("ASCPI")


def note_line(text: str) -> str:
    """Something worth knowing."""
    return "%s note %s" % (TELEMETRY_PREFIX, text.replace("\n", " | "))


def error_line(text: str) -> str:
    """Something that somebody has to mend."""
    return "%s error %s" % (TELEMETRY_PREFIX, text.replace("\n", " | "))
