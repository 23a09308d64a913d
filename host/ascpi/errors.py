"""What goes wrong in a way that the user can mend.

Each carries one sentence: what is wrong, where, and what to do.
"""


class AscpiError(Exception):
    """The root of them all; `ascpi` prints it as one line and ends with exit code 2."""


class AddressError(AscpiError):
    """A text that should be ADDR[:PORT] is not."""


class MicroPythonMissing(AscpiError):
    """This computer has no MicroPython that a virtual board could run."""


class BoardOptionError(AscpiError):
    """A virtual board was asked for something that it cannot be."""


class BoardFailed(AscpiError):
    """A virtual board does not start, or does not do in time what it was told."""


class NodeFailed(AscpiError):
    """A desktop node cannot start, or cannot go on."""
