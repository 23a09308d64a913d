"""The glyphs of the cluster, as they are overheard: a list of them, and what is wrong with it.

By cable each board tells only how many it has and their energy; which ones, and whether one is
lost or doubled, is known by air.
"""

from collections.abc import Sequence

from ascpi.glyphs.report import says
from ascpi.glyphs.roster import Roster
from ascpi.glyphs.roster_view import Account, Row
from ascpi.glyphs.types import load_types
from ascpi.monitor.record import GLYPH, GLYPHS, Record
from ascpi_core.glyphs.glyph import LIFETIME_ENDLESS, glyph_name
from ascpi_core.glyphs.messages import Message
from ascpi_core.layout import STANDINGS
from ascpi_core.ssep import ACCEPTED, KIND_GLYPH

CLUSTER_NAME = "cluster"
LOOK_EVERY_US = 1_000_000
TELL_EVERY_US = 10_000_000
"""The line of the cluster is written when it has changed in more than its energy, or so often."""


class GlyphWatch:
    """`hear` packets that were checked. `mistakes`: files of users' types that are left out."""

    def __init__(self, rate_mhz: int) -> None:
        self.roster = Roster(10**9 // rate_mhz)
        self.registry, self.mistakes = load_types()
        self._message = Message()
        self._looked_us: int | None = None
        self._told_us = 0
        self._told = ""

    @property
    def is_known(self) -> bool:
        """Whether anything has been heard."""
        return bool(self.roster.nodes)

    def account(self, now_us: int) -> Account:
        """All glyphs in one line."""
        return self.roster.account(now_us)

    def rows(self, node_id: int, now_us: int) -> list[Row]:
        """Those of one node."""
        return self.roster.glyphs(now_us, node_id)

    def says(self, row: Row) -> str:
        """What a glyph's state says, as its type puts it."""
        return says(row, self.registry)

    def hear(self, data: bytes, at_us: int) -> list[Record]:
        """What has happened by a checked packet of any kind."""
        self.roster.hear(data, at_us)
        records = []
        message = self._message
        if data[3] == KIND_GLYPH and message.decode(data) == ACCEPTED:
            records.append(self._told_of(message, at_us))
        return records + self._look(at_us)

    def _told_of(self, message: Message, at_us: int) -> Record:
        """A node tells of a glyph: what it says, as a line."""
        words = self._words(message)
        line = "ASCPI glyph " + " ".join(f"{key}={word}" for key, word in words.items())
        return Record(at_us, f"node-{message.node_id}", "", GLYPH, line, words)

    def _look(self, at_us: int) -> list[Record]:
        """The line of the cluster, if there is news in it."""
        if self._looked_us is not None and at_us - self._looked_us < LOOK_EVERY_US:
            return []
        self._looked_us = at_us
        account = self.account(at_us)
        news = f"{account.glyphs} {account.waiting} {account.away} {_subjects(account)}"
        if news == self._told and at_us - self._told_us < TELL_EVERY_US:
            return []
        self._told, self._told_us = news, at_us
        if not (account.glyphs or account.findings):
            return []
        words = {
            "glyphs": str(account.glyphs),
            "energy": str(account.energy),
            "nodes": str(account.nodes),
            "waiting": str(account.waiting),
            "away": str(account.away),
            "well": "yes" if account.is_well else "no",
            "problems": "; ".join(finding.text for finding in account.findings),
        }
        return [Record(at_us, CLUSTER_NAME, "", GLYPHS, f"glyphs: {account.text}", words)]

    def _words(self, message: Message) -> dict[str, str]:
        kind = self.registry.by_number(message.kind)
        words = {
            "glyph": glyph_name(message.birth_node, message.birth_count),
            "node": str(message.node_id),
            "kind": str(message.kind) if kind is None else kind.NAME,
            "standing": STANDINGS[message.standing],
            "energy": str(message.energy),
            "hops": str(message.hops),
        }
        if message.lifetime != LIFETIME_ENDLESS:
            words["lifetime"] = str(message.lifetime)
        if message.peer:
            words["peer"] = str(message.peer)
        words["state"] = bytes(message.state[:8]).hex()
        return words


def _subjects(account: Account) -> Sequence[tuple[str, str, tuple[int, ...]]]:
    """What is wrong, without how long ago it began."""
    return [(finding.kind, finding.glyph, finding.nodes) for finding in account.findings]
