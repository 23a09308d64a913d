"""The demo in the whole terminal."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from rich.console import Console
from rich.control import Control
from rich.live import Live

from ascpi.demo.keyboard import Keys, keys
from ascpi.demo.scene import Scene
from ascpi.demo.view.frame import Frame

FRAME_US = 50_000
# Drawing takes a fifth of the time, at most: the rest is for nodes that have deadlines.
FRAME_COSTS = 5
# Numbers that change in every frame cannot be read.
NUMBERS_S = 0.2
ENDING_KEYS = frozenset("qQ\x1b\x04")


class LiveDisplay:
    def __init__(self, live: Live, pressed: Keys) -> None:
        self.interval_us = FRAME_US
        self._live = live
        self._pressed = pressed
        self._held: Scene | None = None
        self._keys = ""

    def pressed(self) -> str:
        keys, self._keys = self._keys, ""
        return keys

    def show(self, scene: Scene) -> bool:
        began_ns = time.perf_counter_ns()
        self._live.update(Frame(self._steadied(scene)), refresh=True)
        cost_us = (time.perf_counter_ns() - began_ns) // 1000
        self.interval_us = max(FRAME_US, (3 * self.interval_us + FRAME_COSTS * cost_us) // 4)
        keys = self._pressed()
        self._keys += keys
        return not _wants_to_end(keys)

    def _steadied(self, scene: Scene) -> Scene:
        """The phases of now, with numbers that stand for a moment."""
        held = self._held
        if held is None or not 0 <= scene.elapsed_s - held.elapsed_s < NUMBERS_S:
            self._held = scene
            return scene
        errors = {node.node_id: node.error_us for node in held.nodes}
        nodes = tuple(replace(node, error_us=errors[node.node_id]) for node in scene.nodes)
        return replace(scene, nodes=nodes, coherence=held.coherence)


def _wants_to_end(pressed: str) -> bool:
    """q, Escape alone, or Ctrl-D; an arrow key is a sequence that begins with Escape."""
    if len(pressed) > 1 and pressed[0] == "\x1b":
        return False
    return not ENDING_KEYS.isdisjoint(pressed)


@contextmanager
def live_display(console: Console) -> Iterator[LiveDisplay]:
    """The terminal is as it was before, afterwards."""
    with (
        keys() as pressed,
        Live(console=console, screen=True, auto_refresh=False, transient=True) as live,
    ):
        try:
            yield LiveDisplay(live, pressed)
        finally:
            # A tmux that was resized meanwhile would leave the last frame behind otherwise.
            console.control(Control.clear(), Control.home())
