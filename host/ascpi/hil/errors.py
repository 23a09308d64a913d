"""What goes wrong around a test with boards, and what a test asks of boards that cannot do it."""

from ascpi.errors import AscpiError


class HilError(AscpiError):
    """The boards asked for are not there, or not as a test needs them: which, and what to do."""


class Impossible(HilError):
    """These boards cannot do what a test wants; the test is skipped, with this as the reason."""


class NotSo(AssertionError):
    """An expectation of a test that the boards did not meet, with all that was seen of them."""
