"""The demo itself: hear the nodes, judge, show, until somebody or something ends it."""

import time
from dataclasses import dataclass, field
from typing import Protocol

from ascpi.cluster import Cluster
from ascpi.demo.scene import Scene
from ascpi.demo.story import NoStory, Story
from ascpi.demo.watch import Watch
from ascpi.interruption import Interruption

LOOK_AT_MEMBERS_US = 500_000
# At the end: until the last reports are in that say where everyone was.
SETTLE_US = 1_300_000
# And until nothing is under way: a glyph that roams is so for a tenth of each turn.
STORY_SETTLE_US = 4_000_000
# A picture is best a little after the lock, as the way up still shows, when every node can say how
# far off it is at most, and with the phase a little past the top, as the light is bright then.
PORTRAIT_AFTER_LOCK_S = 2.0
PORTRAIT_PHASES = (0.09, 0.16)


class Display(Protocol):
    # A scene is wanted so often.
    interval_us: int

    # Keys that were pressed since this was last asked for, but for those that end it.
    def pressed(self) -> str: ...

    def show(self, scene: Scene) -> bool:
        """Show it; False if the viewer has had enough."""
        ...


def monotonic_us() -> int:
    return time.monotonic_ns() // 1000


@dataclass
class Session:
    """`run` returns when it is over; `watch` knows what was seen, `portrait` is one good scene."""

    cluster: Cluster
    watch: Watch
    display: Display
    interruption: Interruption
    story: Story = field(default_factory=NoStory)
    wants_portrait: bool = False
    portrait: Scene | None = None
    _portrait_is_good: bool = False
    _shown_us: int = 0
    _checked_us: int = 0

    def run(self, until_us: int | None) -> None:
        while not self._over(until_us):
            now_us = monotonic_us()
            next_us = self._shown_us + self.display.interval_us
            self._hear((next_us - now_us) / 1e6)
            if not self._show_if_due():
                break
            self.story.press(self.display.pressed())
            self._check_members()
        self._settle(monotonic_us())

    def _over(self, until_us: int | None) -> bool:
        if self.interruption.asked or self.story.finished:
            return True
        return until_us is not None and monotonic_us() >= until_us

    def _hear(self, longest_s: float) -> None:
        for heard in self.cluster.hear(min(longest_s, self.story.patience_s)):
            said = self.watch.take(heard.node_id, heard.line, heard.at_us)
            self.story.take(heard.node_id, said, heard.at_us)
        now_us = monotonic_us()
        moments = self.watch.advance(now_us)
        self.story.advance(now_us, moments)
        if self.wants_portrait and not self._portrait_is_good:
            scene = self.story.tell(self.watch.look(now_us))
            if _is_good_portrait(scene) and self.story.is_portrait(scene):
                self.portrait, self._portrait_is_good = scene, True

    def _show_if_due(self) -> bool:
        now_us = monotonic_us()
        if now_us < self._shown_us + self.display.interval_us:
            return True
        self._shown_us = max(self._shown_us + self.display.interval_us, now_us - 1000)
        scene = self.story.tell(self.watch.look(now_us))
        if not self._portrait_is_good:
            self.portrait = scene
        return self.display.show(scene)

    def _check_members(self) -> None:
        now_us = monotonic_us()
        if now_us - self._checked_us > LOOK_AT_MEMBERS_US:
            self._checked_us = now_us
            self.cluster.require_alive()

    def _settle(self, end_us: int) -> None:
        """Hear the nodes a little longer: where they were at the end, they say after it, and
        whether each glyph has arrived."""
        while monotonic_us() < end_us + SETTLE_US:
            latest = self.watch.latest
            if latest is not None and latest.true_us >= end_us - self.watch.field.grid_us:
                break
            self._hear(0.02)
        while monotonic_us() < end_us + STORY_SETTLE_US and not self.story.settled:
            self._hear(0.02)


def _is_good_portrait(scene: Scene) -> bool:
    first, last = PORTRAIT_PHASES
    return (
        scene.time_to_lock_s is not None
        and scene.elapsed_s > scene.time_to_lock_s + PORTRAIT_AFTER_LOCK_S
        and all(node.claim_us is not None for node in scene.nodes)
        and first < scene.mean < last
    )
