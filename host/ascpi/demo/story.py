"""What happens in a demo beside looking: nothing, or a scenario."""

from collections.abc import Sequence
from typing import Protocol

from ascpi.demo.scene import Scene
from ascpi.truth import Moment


class Story(Protocol):
    # Called at least so often.
    patience_s: float

    @property
    def finished(self) -> bool: ...

    def advance(self, now_us: int, moments: Sequence[Moment]) -> None:
        """Time has passed; `moments` have become certain since the last call."""
        ...

    def tell(self, scene: Scene) -> Scene:
        """The scene with what the story has to say about it."""
        ...

    def ending(self, plain: bool) -> str:
        """What is left to be printed when all is over; `plain`: the steps have been, already."""
        ...


class NoStory:
    patience_s = 1.0
    finished = False

    def advance(self, now_us: int, moments: Sequence[Moment]) -> None: ...

    def tell(self, scene: Scene) -> Scene:
        return scene

    def ending(self, plain: bool) -> str:
        return ""
