"""The energy of one node, in quanta: born + received = held + spent + sent, at any moment.

`held` is what the glyphs have; the other four only ever grow. They may become long integers on a
board after 2^30 quanta.
"""


class Ledger:
    """Four sums. A glyph that comes back from a failed transfer was sent and is received."""

    def __init__(self) -> None:
        self.born = 0
        self.received = 0
        self.spent = 0
        self.sent = 0

    def set(self, born: int, received: int, spent: int, sent: int) -> None:
        """Take over all four, as they were written down."""
        self.born = born
        self.received = received
        self.spent = spent
        self.sent = sent

    def imbalance(self, held: int) -> int:
        """born + received − held − spent − sent: 0, or something is wrong."""
        return self.born + self.received - held - self.spent - self.sent
