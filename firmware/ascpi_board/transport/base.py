"""What the board's program knows of a transport."""

import asyncio

from ascpi_core.fixed import const

from ..boot import seldom

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ascpi_core.peers import Membership

LOOK_MS = const(500)
"""How often a transport looks whether all is well."""
WAIT_MS = const(250)
"""The longest it is silent for the watchdog while it waits."""


class Transport:
    """Reads and sends packets without blocking; `keep`, as a task, keeps it up for ever.

    `address` is for people, empty while there is none. Counters: `failures` to get onto the
    network, `send_failures`, and how often it was `reopened` because reading went wrong.
    """

    def __init__(self, say: "Callable[[str], None]") -> None:
        self.address = ""
        self.failures = 0
        self.send_failures = 0
        self.reopened = 0
        self.radio = True
        self._say = say
        self._alive: "Callable[[], None]" = _nobody
        self._membership: "Membership | None" = None

    @property
    def is_open(self) -> bool:
        """Whether packets can come and go."""
        return False

    def read(self, packet: bytearray) -> "int | None":
        """Length of the next packet, at most 64 bytes of it now in `packet`; None if none waits.

        A length other than 64 is a packet that the node refuses, and counts. Allocates nothing.
        """
        return None

    def send(self, packet: bytearray) -> bool:
        """Send one packet; False, and counted, if the radio takes none at the moment."""
        return False

    def set_radio(self, on: bool) -> None:
        """Off the air at once, or back again, as a test wants it."""
        self.radio = on
        if not on:
            self._shut()

    async def keep(self, alive: "Callable[[], None]", membership: "Membership") -> None:
        """Be up, and come up again, for ever; calls `alive` every quarter second or so.

        `membership`: who is there, for transports that have boards take turns.
        """
        self._alive = alive
        self._membership = membership
        while True:
            alive()
            if self.radio:
                await self._mend()
            await self.wait(LOOK_MS)

    async def _mend(self) -> None:
        """Look whether all is well; if not, bring it up. May take its time."""

    def refresh(self) -> None:
        """Nothing comes any more, though all seems well: begin anew, where that may help."""

    def _shut(self) -> None:
        """Stop sending and receiving."""

    async def wait(self, duration_ms: int) -> None:
        """Sleep, showing signs of life; ends early once the radio is off."""
        while duration_ms > 0 and (self.radio or duration_ms <= LOOK_MS):
            self._alive()
            await asyncio.sleep_ms(min(duration_ms, WAIT_MS))
            duration_ms -= WAIT_MS

    def words(self) -> str:
        """For the report: name=value for each counter that is not 0, with spaces between."""
        words = ""
        if self.send_failures or self.reopened:
            words = "unsent=%d reopened=%d" % (self.send_failures, self.reopened)
        if self.failures:
            words += " wifi_failures=%d" % self.failures
        return words

    def advice(self, cluster: int) -> str:
        """What to look at when no other node is heard."""
        advice: str = seldom("ADVICE") % (self.address, cluster)
        return advice


def _nobody() -> None:
    """Until somebody wants to know."""
