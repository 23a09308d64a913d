"""How late a board reads what has reached it.

Lateness is one-sided, like all delay of the air: a packet can be read late but never early. It
has two parts: the relay between virtual boards sends a little later than the air's model says,
and a board looks at its socket only every so often. Both are drawn evenly. A socket is a queue:
what came first is read first.
"""

from ascpi.air.noise import MASK_32, advance, seed_of, uniform


class Receiver:
    """One board's socket, with a stream of its own from the field's seed.

    `poll_us` and `relay_us` (0 or more) are the most that reading and relaying add.
    """

    __slots__ = ("_last_us", "_poll_us", "_relay_us", "_state")

    def __init__(self, seed: int, node_id: int, poll_us: int, relay_us: int) -> None:
        if poll_us < 0 or relay_us < 0:
            raise ValueError(f"a lateness of {min(poll_us, relay_us)} µs; it must be 0 or more")
        self._poll_us = poll_us
        self._relay_us = relay_us
        self._state = seed_of(seed, "receiver", node_id)
        self._last_us = 0

    def read_us(self, arrival_us: int) -> int:
        """When a packet is read that arrives at true time `arrival_us`; called in that order."""
        self._state, bits = advance(self._state)
        late_us = uniform(bits & MASK_32, self._relay_us) + uniform(bits >> 32, self._poll_us)
        self._last_us = max(self._last_us, arrival_us + late_us)
        return self._last_us
