"""What is wanted of each board: by a fleet file, by options for all alike, or as it is."""

from collections.abc import Mapping

from ascpi.flash.chips import Chip
from ascpi.flash.errors import FlashError
from ascpi.flash.fleet import Fleet
from ascpi.flash.image import megabytes


class Wishes:
    """`everything`: boards without a table in the fleet file get its defaults."""

    def __init__(
        self,
        fleet: Fleet | None = None,
        settings: Mapping[str, object] | None = None,
        everything: bool = False,
    ) -> None:
        self._fleet = fleet
        self._settings = settings
        self._everything = everything

    @property
    def merges(self) -> bool:
        """Whether what is given is put over what a board has: options name some settings only."""
        return self._fleet is None

    def owns(self, mac: str) -> bool:
        """Whether a board that was found, and not named, is meant."""
        return self._fleet is None or self._fleet.has_table(mac)

    def settings(self, mac: str) -> Mapping[str, object] | None:
        """A board's settings; None: what it has is to stay. FlashError if it is in no table."""
        if self._fleet is None:
            return self._settings
        return self._fleet.settings_for(mac, self._everything)

    def require(self, mac: str, chip: Chip, flash_bytes: int) -> None:
        """FlashError if the board is another than the fleet file says."""
        board = self._fleet.boards.get(mac) if self._fleet is not None else None
        if board is None or self._fleet is None:
            return
        if board.chip is not None and board.chip != chip:
            raise FlashError(
                f"{self._fleet.path} says that {board.name} has an {board.chip.title}, and this "
                f"board has an {chip.title}: correct its table, or plug the right board in"
            )
        if board.flash_bytes is not None and board.flash_bytes > flash_bytes:
            raise FlashError(
                f"{self._fleet.path} says that {board.name} has {megabytes(board.flash_bytes)} of "
                f"flash, and this board has {megabytes(flash_bytes)}: correct its table"
            )
