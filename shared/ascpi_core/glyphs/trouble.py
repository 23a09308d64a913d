"""What is wrong with the journal, in sentences. Loaded when there is something to say."""

from .journal import NO_SPACE

_FLASH_REASONS = {5: "input/output error", NO_SPACE: "no space left on device", 30: "read-only"}
"""MicroPython's errors have numbers only."""


def of_flash(done: str, error: OSError, retry_us: int) -> str:
    """The journal could not be `done`, "read" or "written"; that is tried again in `retry_us`."""
    number = error.args[0] if error.args else 0
    reason = error.args[1].lower() if len(error.args) > 1 else _FLASH_REASONS.get(number, "error")
    text = "the glyphs' journal cannot be %s (%s %s): " % (done, number, reason)
    if done == "read":
        return text + (
            "no glyph runs here, and nothing is written over it, until a reset; if that does not "
            "help, erase it, and its glyphs with it, or change the board"
        )
    if number == NO_SPACE:
        return text + "hand-offs wait; make room on the flash"
    return text + "hand-offs wait; it is tried again every %d s" % (retry_us // 1_000_000)


def of_damage(damaged_bytes: int, missing: int) -> str:
    """So many bytes were no records, and so many quanta are missing from the sums."""
    text = (
        "%d bytes of the glyphs' journal were unreadable: a write that a power cut ended, or a "
        "worn flash; all else was read" % damaged_bytes
    )
    if missing > 0:
        text += ", and %d quanta that are missing were put down as spent" % missing
    elif missing < 0:
        text += ", and %d quanta of unknown origin were put down as born" % -missing
    return text + "; if it is said at each boot, change the board"
