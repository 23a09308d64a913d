"""The demo as lines, for pipes and logs: one a second, and the steps of a story as they come."""

from collections.abc import Mapping
from typing import TextIO

from ascpi.demo.scene import PRESENT, GlyphView, NodeView, Scene, StoryStep
from ascpi.view import units
from ascpi_core.phase import BAND_NAMES

SECOND_US = 1_000_000


class PlainDisplay:
    interval_us = SECOND_US

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._steps = 0
        self._told = 0
        self._began = False

    def pressed(self) -> str:
        """A pipe has no keys."""
        return ""

    def show(self, scene: Scene) -> bool:
        if not self._began:
            # Nothing has been heard yet.
            self._began = True
            return True
        for step in scene.story[self._steps :]:
            if step.state == PRESENT or not step.lines:
                break
            self._steps += 1
            self._write(story_text(self._steps, step))
        for line in scene.told[self._told :]:
            self._write(f"{line.at_s:6.1f} s  {line.text}")
        self._told = len(scene.told)
        self._write(scene_line(scene))
        return True

    def _write(self, text: str) -> None:
        print(text, file=self._stream, flush=True)


def scene_line(scene: Scene) -> str:
    """Time, C with its band, and each node's error."""
    value = "-.----" if scene.coherence is None else units.coherence(scene.coherence)
    band = BAND_NAMES[scene.band]
    lock = "locked    " if scene.locked else "not locked"
    errors = "  ".join(_node(node) for node in scene.nodes)
    names = {node.node_id: node.name for node in scene.nodes}
    glyphs = "".join(f"  · {_glyph(glyph, names)}" for glyph in scene.glyphs)
    return f"{scene.elapsed_s:6.1f} s  C {value} {band:<8}  {lock}  {errors}{glyphs}"


def story_text(number: int, step: StoryStep) -> str:
    lines = [f"{number} {step.title}: {step.lines[0] if step.lines else ''}", *step.lines[1:]]
    return "\n    ".join(lines)


def _glyph(glyph: GlyphView, names: Mapping[int, str]) -> str:
    count = "" if glyph.count is None else f" {glyph.count}"
    return f"{glyph.kind}{count} on {names.get(glyph.node_id, glyph.node_id)}"


def _node(node: NodeView) -> str:
    if node.error_us is None:
        return f"{node.name} {node.state}"
    return f"{node.name} {units.microseconds(node.error_us)}"
