"""What goes wrong on the way onto a board: one sentence each, with what to do."""

from ascpi.errors import AscpiError


class FlashError(AscpiError):
    """Something is not as it must be before, or while, a board is written."""


class NoFilesystem(FlashError):
    """Where a board's file system should be there is none that can be read."""
