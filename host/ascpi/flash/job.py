"""One board, from its port to its first telemetry line: looked at, written, verified, started."""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

from ascpi.errors import AscpiError
from ascpi.flash import existing, first_words, outcome
from ascpi.flash.application import PROBE, digest
from ascpi.flash.chips import Chip, chip_called
from ascpi.flash.configuration import configuration, masked, node_id
from ascpi.flash.errors import FlashError
from ascpi.flash.existing import CONFIGURATION, EPOCH, Existing
from ascpi.flash.image import filesystem_place
from ascpi.flash.loader import ATTEMPTS, Found, Loader, LoaderError
from ascpi.flash.outcome import Asker, Outcome, Status, StatusListener
from ascpi.flash.plan import FlashPlan, make_plan, name_of
from ascpi.flash.shelter import Shelter
from ascpi.flash.supplies import Supplies
from ascpi.flash.targets import Target
from ascpi.flash.wishes import Wishes
from ascpi.flash.workers import Workers
from ascpi.ports.opening import BAUD

BAUD_USUAL = 460_800
# The configuration of a probe, which needs none.
_NONE = b"{}"


@dataclass(frozen=True)
class JobOptions:
    """`wait_s`: for the first words of a board that was started."""

    wishes: Wishes
    baud: int = BAUD_USUAL
    erase: bool = False
    attempts: int = ATTEMPTS
    wait_s: float = first_words.DEADLINE_S


class NotOverwritten(FlashError):
    """Its owner wants to keep what is on it."""


class Job:
    """`run` it in a thread of its own; `cancel` ends it from another."""

    def __init__(
        self,
        target: Target,
        options: JobOptions,
        supplies: Supplies,
        workers: Workers,
        on_status: StatusListener,
        ask: Asker,
    ) -> None:
        self.target = target
        self._options = options
        self._supplies = supplies
        self._workers = workers
        self._on_status = on_status
        self._ask = ask
        self._cancelled = threading.Event()
        self._loader: Loader | None = None
        self._found = Found("", target.mac, 0)
        self._name = ""
        self._notes: list[str] = []

    def cancel(self) -> None:
        """End it now; a board that is half written is mended by the next run."""
        self._cancelled.set()
        loader = self._loader
        if loader is not None:
            loader.end()

    def run(self) -> Outcome:
        """Never raises what a person can mend: that is the outcome."""
        began_s = time.monotonic()
        try:
            result = self._flash()
        except NotOverwritten as error:
            result = self._outcome(outcome.REFUSED, str(error))
        except AscpiError as error:
            text = str(error).removeprefix(f"{self.target.port}: ")
            result = self._outcome(outcome.FAILED, text)
        finally:
            if self._loader is not None:
                self._loader.end()
        if self._cancelled.is_set() and not result.passed:
            result = self._outcome(outcome.ENDED, "interrupted; run the same command to go on")
        return replace(result, seconds=time.monotonic() - began_s)

    def _flash(self) -> Outcome:
        loader = self._connect(self._options.baud)
        mac, wishes = self._found.mac, self._options.wishes
        if not self.target.named and not wishes.owns(mac):
            loader.reset()
            return self._outcome(outcome.LEFT, f"{mac} is not in the fleet file")
        chip = chip_called(self._found.chip)
        settings = wishes.settings(mac)
        wishes.require(mac, chip, self._found.flash_bytes)
        image = self._supplies.image(chip)
        # Before anything is read: too small is too small.
        filesystem_place(image, self._found.flash_bytes)
        self._show("reading")
        there = existing.examine(loader.read, chip, self._found.flash_bytes, image)
        shelter = Shelter(self._supplies.cache, mac)
        kept = self._keep(there, shelter)
        given = self._configuration(settings, kept.pop(CONFIGURATION, None), chip)
        name = name_of(given, mac)
        self._name = "" if name == mac else name
        self._show("compiling")
        application = self._supplies.application(chip)
        plan = make_plan(chip, mac, self._found.flash_bytes, image, application, given, kept)
        shelter.keep({**kept, CONFIGURATION: given})
        self._write(plan)
        result = self._start(plan, given, digest(application))
        shelter.clear()
        return result

    def _connect(self, baud: int) -> Loader:
        self._show("connecting")
        if self._loader is None:
            self._loader = Loader(
                self._workers, self.target.port, self._on_progress, self._notes.append
            )
        self._go_on()
        self._found = self._loader.connect(baud, self._options.attempts)
        return self._loader

    def _keep(self, there: Existing, shelter: Shelter) -> dict[str, bytes]:
        """What is carried over; asks before anything of its owner's is overwritten."""
        unfinished = shelter.load()
        if there.kind == existing.FOREIGN and unfinished is None:
            self._show("asking")
            if not self._ask(
                f"{self.target.port} ({self._found.chip}, {self._found.mac}): this overwrites "
                f"{there.what}"
            ):
                raise NotOverwritten(
                    f"it holds {there.what}, and was left as it is; --yes overwrites unasked"
                )
        kept = there.kept if there.kind == existing.OURS else unfinished or {}
        if self._options.erase:
            # Others know its epoch: with a lower one it would be taken for a replay.
            return {path: data for path, data in kept.items() if path == EPOCH}
        return dict(kept)

    def _configuration(
        self, settings: Mapping[str, object] | None, old: bytes | None, chip: Chip
    ) -> bytes:
        if settings is not None:
            return configuration(settings, chip, self._found.mac)
        if old is not None and old.strip() != _NONE:
            return old
        if self._supplies.program == PROBE:
            return _NONE
        raise FlashError(
            "it has no configuration yet: give --ssid NAME, another --transport, or --config "
            "FILE.toml"
        )

    def _write(self, plan: FlashPlan) -> None:
        assert self._loader is not None
        if self._options.erase:
            self._show("erasing")
            self._loader.erase()
        try:
            self._loader.write(plan.regions)
        except LoaderError as error:
            if error.kind != "noise" or self._options.baud <= BAUD:
                raise
            self._notes.append(
                f"the line does not carry {self._options.baud} baud: written again at {BAUD}"
            )
            self._connect(BAUD).write(plan.regions)

    def _start(self, plan: FlashPlan, given: bytes, application_digest: str) -> Outcome:
        assert self._loader is not None
        self._show("starting")
        self._loader.reset()
        self._loader.end()
        verdict = first_words.listen(
            self.target.port,
            self._found.mac,
            _node_id(given, self._found.mac),
            self._cancelled,
            self._options.wait_s,
        )
        return replace(
            self._outcome(outcome.FLASHED if verdict.passed else outcome.FAILED, verdict.text),
            epoch=verdict.epoch,
            digest=application_digest,
            written_bytes=sum(len(region.data) for region in plan.regions),
        )

    def _outcome(self, state: str, text: str) -> Outcome:
        return Outcome(
            self.target.port,
            state,
            text,
            self._found.mac,
            self._name,
            self._found.chip,
            notes=tuple(self._notes),
        )

    def _go_on(self) -> None:
        if self._cancelled.is_set():
            raise FlashError("interrupted")

    def _show(self, stage: str, done: int = 0, total: int = 0) -> None:
        self._go_on()
        label = self._name or self._found.mac
        self._on_status(Status(self.target.port, label, stage, done, total))

    def _on_progress(self, stage: str, region: str, done: int, total: int) -> None:
        if stage == "write":
            self._show(f"writing {region}", done, total)
        else:
            self._show(f"verifying {region}")


def _node_id(given: bytes, mac: str) -> int:
    """The id that the board will report as."""
    return node_id(masked(given), mac)
