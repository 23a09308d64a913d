"""What happens in a demo beside looking: glyphs that run about, or a scenario."""

from collections.abc import Sequence
from typing import Any, Protocol

from ascpi.demo.scene import Scene
from ascpi.telemetry import Line
from ascpi.truth import Moment


class Story(Protocol):
    # Called at least so often.
    patience_s: float

    @property
    def finished(self) -> bool:
        """All has been shown."""
        ...

    @property
    def settled(self) -> bool:
        """Nothing is under way: this is a good moment to end. At the end it is waited for."""
        ...

    def take(self, node_id: int, said: Line | None, at_us: int) -> None:
        """A line of a node."""
        ...

    def press(self, keys: str) -> None:
        """Keys that the viewer has pressed."""
        ...

    def advance(self, now_us: int, moments: Sequence[Moment]) -> None:
        """Time has passed; `moments` have become certain since the last call."""
        ...

    def tell(self, scene: Scene) -> Scene:
        """The scene with what the story has to say about it."""
        ...

    def is_portrait(self, scene: Scene) -> bool:
        """Whether what it has to show is in this scene."""
        ...

    def close(self) -> None:
        """It is over; what was started is stopped."""
        ...

    def ending(self, plain: bool) -> str:
        """What is left to be printed when all is over; `plain`: the steps have been, already."""
        ...

    def failure(self) -> str:
        """What did not come true, in a sentence; empty if all did."""
        ...

    def figures(self) -> dict[str, Any]:
        """For the report: by the names of its parts."""
        ...


class NoStory:
    patience_s = 1.0
    finished = False
    settled = True

    def take(self, node_id: int, said: Line | None, at_us: int) -> None: ...

    def press(self, keys: str) -> None: ...

    def advance(self, now_us: int, moments: Sequence[Moment]) -> None: ...

    def tell(self, scene: Scene) -> Scene:
        return scene

    def is_portrait(self, scene: Scene) -> bool:
        return True

    def close(self) -> None: ...

    def ending(self, plain: bool) -> str:
        return ""

    def failure(self) -> str:
        return ""

    def figures(self) -> dict[str, Any]:
        return {}
