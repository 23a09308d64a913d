"""The last things of a kind, and those of them that somebody has not seen yet."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

Item = TypeVar("Item")


@dataclass(frozen=True)
class Said:
    """Something that came, and when (µs of CLOCK_MONOTONIC)."""

    text: str
    at_us: int


class Recent(Generic[Item]):
    """Keeps the last `most`; `total` counts all that ever came."""

    def __init__(self, most: int) -> None:
        self.total = 0
        self._items: deque[Item] = deque(maxlen=most)

    def __iter__(self) -> Iterator[Item]:
        return iter(self._items)

    def append(self, item: Item) -> None:
        self._items.append(item)
        self.total += 1

    def extend(self, items: Iterable[Item]) -> None:
        for item in items:
            self.append(item)

    @property
    def last(self) -> Item | None:
        return self._items[-1] if self._items else None

    def since(self, total: int) -> list[Item]:
        """What came after so many, as far as it is kept."""
        new = min(self.total - total, len(self._items))
        return list(self._items)[len(self._items) - new :] if new > 0 else []
