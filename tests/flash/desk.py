"""What the tests with boards share: a desk with stand-ins, and jobs that flash them."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ascpi.flash.chips import CHIPS, Chip
from ascpi.flash.filesystem import FilesystemReader
from ascpi.flash.image import filesystem_place, load_image
from ascpi.flash.job import Job, JobOptions
from ascpi.flash.loader import Loader
from ascpi.flash.outcome import Outcome, Status
from ascpi.flash.stand_in import StandIn
from ascpi.flash.supplies import Supplies
from ascpi.flash.targets import Target
from ascpi.flash.wishes import Wishes
from ascpi.flash.workers import Workers
from tests.flash.images import image_data

FLASH_BYTES = 4 << 20
# Every board has a network of its own in its configuration; none of them has one in the air.
SETTINGS: Mapping[str, object] = {"wifi": {"ssid": "desk", "password": ""}, "report_ms": 200}
# Enough for everything to be seen, and soon written.
PROGRAM_BYTES = 20_000
WAIT_S = 20.0


class Desk:
    """Stand-ins in a folder; everything is ended at the end."""

    def __init__(self, folder: Path, workers: Workers) -> None:
        self.folder = folder
        self.workers = workers
        self.answers: list[bool] = []
        self.asked: list[str] = []
        self.seen: list[Status] = []
        self.watch: Callable[[Status], object] = lambda status: None
        self._boards: list[StandIn] = []
        self._loaders: list[Loader] = []

    def board(self, chip: str = "esp32", number: int = 1, **more: Any) -> StandIn:
        """One that is plugged in and waits for a flasher."""
        board = StandIn(self.folder / f"board-{number}", chip, number, **more)
        board.start()
        self._boards.append(board)
        board.wait_for("loader")
        return board

    def image(self, chip: Chip) -> Path:
        """MicroPython's for a chip, a file of its own for each."""
        folder = self.folder / "images"
        folder.mkdir(exist_ok=True)
        path = folder / f"{chip.release}-20260101-v1.28.0.bin"
        if not path.exists():
            path.write_bytes(image_data(chip, size=PROGRAM_BYTES))
        return path

    def loader(self, board: StandIn, **more: Any) -> Loader:
        loader = Loader(self.workers, board.port, **more)
        self._loaders.append(loader)
        return loader

    def job(
        self,
        board: StandIn,
        settings: Mapping[str, object] | None = SETTINGS,
        image: Path | None = None,
        **options: Any,
    ) -> Job:
        """A whole job; questions are answered from `answers`."""
        wishes = options.pop("wishes", Wishes(None, settings))
        supplies = Supplies(
            image or self.image(CHIPS[board.chip]),
            self.folder / "cache",
            options.pop("program", "node"),
        )
        return Job(
            Target(board.port, named=options.pop("named", True)),
            JobOptions(wishes, **{"attempts": 1, "wait_s": WAIT_S, **options}),
            supplies,
            self.workers,
            self._show,
            self._ask,
        )

    def flash(self, board: StandIn, *arguments: Any, **options: Any) -> Outcome:
        return self.job(board, *arguments, **options).run()

    def files(self, board: StandIn) -> dict[str, bytes]:
        """What lies in its flash; the board must have been stopped or be in its loader."""
        chip = CHIPS[board.chip]
        image = load_image(self.image(chip), chip)
        data = board.flash.read_bytes()
        offset, size = filesystem_place(image, len(data))
        reader = FilesystemReader(
            lambda at, length: data[offset + at : offset + at + length], size
        )
        return {path: reader.read_file(path) for path in reader.files()}

    def close(self) -> None:
        for loader in self._loaders:
            loader.end()
        for board in self._boards:
            board.stop()

    def _show(self, status: Status) -> None:
        self.seen.append(status)
        self.watch(status)

    def _ask(self, question: str) -> bool:
        self.asked.append(question)
        return self.answers.pop(0)
