"""What is known of one board. Pure: telemetry, packets and times come in as arguments."""

from collections.abc import Mapping

from ascpi import telemetry
from ascpi.monitor import standing
from ascpi.monitor.ear import Overheard
from ascpi.monitor.meter import RateMeter
from ascpi.monitor.phase import PhaseTrack
from ascpi.monitor.recent import Recent, Said
from ascpi_core.phase import BAND_NAMES, LOOSE

RECENT_LINES = 500
UNKNOWN = "–"
# What a chip's ROM says of itself when it leaves reset.
_ROM_WORDS = ("ESP-ROM:", "ets ", "rst:0x")
# A refusal says something about now for so long.
REFUSING_US = 10_000_000


class Board:
    """`port` is None for a board that is known by air only, or whose port is another's now."""

    def __init__(self, port: str | None, rate_mhz: int) -> None:
        self.port = port
        self.node_id: int | None = None
        self.epoch: int | None = None
        self.identity: Mapping[str, str] = {}
        # "" while the port is open, else why it is not.
        self.connection = "" if port is None else "not open yet"
        self.connection_us = 0
        self.boots = 0
        self.report: telemetry.Report | None = None
        self.overheard: Overheard | None = None
        self.phase = PhaseTrack(rate_mhz)
        self.reports = RateMeter()
        self.beacons = RateMeter()
        self.event: Said | None = None
        self.note: Said | None = None
        self.error: Said | None = None
        self.recent: Recent[Said] = Recent(RECENT_LINES)
        # When it last began anew, as far as that was seen.
        self.started_us: int | None = None
        self.heard_us: int | None = None
        self._report_us = 0
        self._beacon_us: int | None = None
        self._refused: tuple[int, int] | None = None
        self._refusing_us: int | None = None

    # What comes in

    def take_line(self, text: str, said: telemetry.Line | None, at_us: int) -> None:
        """A line that it wrote, and what it says (None: it is no telemetry)."""
        self.heard_us = at_us
        self.recent.append(Said(text, at_us))
        if text.startswith(_ROM_WORDS):
            self.started_us = at_us
        if isinstance(said, telemetry.Report):
            self._take_report(said, at_us)
        elif isinstance(said, telemetry.Event):
            self._take_event(said, at_us)
        elif isinstance(said, telemetry.Message):
            if said.is_error:
                self.error = Said(said.text, at_us)
            else:
                self.note = Said(said.text, at_us)

    def take_beacon(self, overheard: Overheard, at_us: int) -> None:
        """A beacon of this board."""
        self._begin_epoch(overheard.epoch, at_us)
        self.overheard = overheard
        self._beacon_us = at_us
        self.beacons.add(at_us)
        if self.port is None:
            self.recent.append(Said(overheard.line, at_us))
        self.phase.add(overheard.ticks, overheard.theta, at_us)

    def take_connection(self, state: str, at_us: int) -> bool:
        """How it stands with its port; True if that is news."""
        if state == self.connection:
            return False
        self.connection = state
        self.connection_us = at_us
        self.recent.append(Said(f"-- {state or 'the port is open'}", at_us))
        return True

    def _take_report(self, report: telemetry.Report, at_us: int) -> None:
        self._begin_epoch(report.epoch, at_us)
        refused = _number(report.words.get("refused"))
        before = self._refused
        if before is not None and before[0] == report.epoch and refused > before[1]:
            self._refusing_us = at_us
        self._refused = (report.epoch, refused)
        self.report = report
        self._report_us = at_us
        self.reports.add(at_us)
        self.phase.add(report.ticks, report.theta, at_us)

    def _take_event(self, event: telemetry.Event, at_us: int) -> None:
        words = " ".join(f"{name}={word}" for name, word in event.words.items())
        if event.name == "boot":
            self.identity = event.words
            self._begin_epoch(_number(event.words.get("epoch")), at_us)
            self.started_us = at_us
            words = f"epoch={event.words.get('epoch', '?')}"
        elif event.text:
            # Only what people have to act upon is followed by a sentence.
            self.error = Said(f"{event.name} {words}: {event.text}", at_us)
        self.event = Said(f"{event.name} {words}".strip(), at_us)

    def _begin_epoch(self, epoch: int, at_us: int) -> None:
        """What was wrong before a restart is no longer; its clock began anew."""
        if self.epoch == epoch:
            return
        if self.epoch is not None:
            self.boots += 1
            self.started_us = at_us
            self.error = None
            self.phase.clear()
        self.epoch = epoch

    # What it looks like

    @property
    def name(self) -> str:
        """Without spaces, for programs that read what is written of it."""
        if self.node_id is not None:
            return f"node-{self.node_id}"
        return standing.short_port(self.port or "")

    def is_silent(self, now_us: int) -> bool:
        """Whether neither a report nor a beacon came for too long."""
        return self.phase.is_silent(now_us)

    @property
    def latest(self) -> telemetry.Report | Overheard | None:
        """What came last by either way: both say id, state, band, coherence and claim."""
        if self.overheard is None or self._beacon_us is None:
            return self.report
        if self.report is None or self._beacon_us > self._report_us:
            return self.overheard
        return self.report

    @property
    def band(self) -> int:
        """Its number, as `ascpi_core.phase` counts; loose while nothing is known."""
        names = BAND_NAMES
        latest = self.latest
        known = latest is not None and latest.band in names
        return names.index(latest.band) if latest is not None and known else LOOSE

    @property
    def words(self) -> Mapping[str, str]:
        """All that it reported of itself; glyphs and energy also from the air."""
        words = {} if self.report is None else dict(self.report.words)
        if self.overheard is not None:
            heard = self.overheard.words
            for name in ("glyphs", "energy"):
                words.setdefault(name, heard[name])
        return words

    def word(self, name: str) -> str:
        """One of them; – if it is not known."""
        return self.words.get(name, UNKNOWN)

    @property
    def field_kind(self) -> str:
        """open or keyed, as it says or as its packets show; empty while unknown."""
        if self.report is not None:
            return self.report.words.get("field", "")
        if self.overheard is not None:
            return "open" if self.overheard.tag == "open" else "keyed"
        return ""

    def up_s(self, now_us: int) -> float | None:
        """Seconds since it started, carried on to now; None if it never said."""
        report = self.report
        if report is None or report.epoch != self.epoch:
            return None
        return report.up_ms / 1000 + (now_us - self._report_us) / 1e6

    def is_refusing(self, now_us: int) -> bool:
        """Whether it refused a packet just now."""
        return self._refusing_us is not None and now_us - self._refusing_us < REFUSING_US


def _number(word: str | None) -> int:
    return int(word) if word is not None and word.isdigit() else 0
