"""Glyphs in the picture: at the nodes that hold them, and the comet on its track."""

from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter

from rich.segment import Segment

from ascpi.demo.scene import GlyphView, NodeView, Scene
from ascpi.view import colour
from ascpi.view.colour import Rgb, style
from ascpi_core.glyphs.types.comet import Comet
from ascpi_core.glyphs.types.counter import Counter

Line = list[Segment]

CELL_WIDTH = 8
COMET_COLOUR: Rgb = (255, 176, 64)
# Of the other kinds; one that is not among them is an empty diamond.
SYMBOLS = {
    Comet.NAME: ("✦", COMET_COLOUR),
    Counter.NAME: ("#", colour.WHITE),
    "implosive": ("◎", (110, 160, 255)),
    "explosive": ("✺", (255, 110, 90)),
    "pulse": ("•", colour.TEXT),
    "sampler": ("≈", (90, 220, 140)),
}
UNKNOWN = ("◇", colour.TEXT)

# A light that has just come is bright, as the board's own is for a quarter of a second.
FLASH_S = 0.3
# So long the comet's last hop is seen on its track.
TAIL_S = 0.6
# Left and right of a station's label on the track.
LABEL_GAP = 1


def cell(scene: Scene, node: NodeView) -> Line:
    """What a node holds, in CELL_WIDTH columns: ✦ #41."""
    line: Line = []
    room = CELL_WIDTH
    held = sorted(
        (glyph for glyph in scene.glyphs if glyph.node_id == node.node_id),
        key=lambda glyph: list(SYMBOLS).index(glyph.kind) if glyph.kind in SYMBOLS else 99,
    )
    for glyph in held:
        mark, rgb = SYMBOLS.get(glyph.kind, UNKNOWN)
        words = mark if glyph.count is None else f"{mark}{glyph.count}"
        if len(words) + 1 > room:
            break
        line += [Segment(words, style(rgb, None, True)), Segment(" ")]
        room -= len(words) + 1
    if room > 1 and any(_left(scene, node, comet) for comet in _comets(scene)):
        line += [Segment("✧ ", style(colour.mixed(COMET_COLOUR, colour.FAINT, 0.5)))]
        room -= 2
    return [*line, Segment(" " * room)]


def has_flash(scene: Scene, node: NodeView) -> bool:
    """Whether the comet has come to this node a moment ago: then its light is the comet's."""
    return any(
        glyph.node_id == node.node_id and scene.elapsed_s - glyph.since_s < FLASH_S
        for glyph in _comets(scene)
    )


def _left(scene: Scene, node: NodeView, comet: GlyphView) -> bool:
    """Whether this comet was on the node a moment ago."""
    return comet.before == node.node_id and scene.elapsed_s - comet.since_s < TAIL_S


def track(scene: Scene, width: int) -> Line:
    """All nodes in a row and the comet among them, with a tail for a moment after each hop; a
    plain line where there is no comet, or no room."""
    comets = _comets(scene)
    labels = _labels(scene.nodes, width)
    if not comets or not labels:
        return [Segment("─" * width, style(colour.FAINT))]
    stops = _stops(labels, width)
    cells = [("─", style(colour.FAINT))] * width
    places = {node.node_id: index for index, node in enumerate(scene.nodes)}
    for comet in comets:
        if scene.elapsed_s - comet.since_s < TAIL_S:
            for column in _tail(comet, places, stops):
                cells[column] = ("━", style(colour.mixed(COMET_COLOUR, colour.FAINT, 0.3)))
    lit = {comet.node_id for comet in comets}
    for node, label, (first, _) in zip(scene.nodes, labels, stops, strict=True):
        rgb = COMET_COLOUR if node.node_id in lit else colour.DIM
        mark = "✦" if node.node_id in lit else " "
        for index, character in enumerate(f"{mark}{label} "):
            cells[first + index] = (character, style(rgb, None, node.node_id in lit))
    return [
        Segment("".join(character for character, _ in run), dress)
        for dress, run in groupby(cells, key=itemgetter(1))
    ]


def _comets(scene: Scene) -> list[GlyphView]:
    return [glyph for glyph in scene.glyphs if glyph.kind == Comet.NAME]


def _labels(nodes: Sequence[NodeView], width: int) -> list[str]:
    """Of each node: its name, or if there is no room for all what tells it apart; none if even
    that is too much."""
    names = [node.name for node in nodes]
    for labels in (names, [name.split()[-1] for name in names], [_short(name) for name in names]):
        if sum(len(label) + 2 * LABEL_GAP + 1 for label in labels) <= width:
            return labels
    return []


def _short(name: str) -> str:
    last = name.split()[-1]
    return last if last.isdigit() else last[:1]


def _stops(labels: Sequence[str], width: int) -> list[tuple[int, int]]:
    """First and last column of each station, a mark and a blank beside its label included."""
    taken = sum(len(label) + 2 * LABEL_GAP for label in labels)
    free = width - taken
    stops = []
    column = 0
    for index, label in enumerate(labels):
        gap = free * (2 * index + 1) // (2 * len(labels)) - (column - _before(labels, index))
        column += max(0, gap)
        stops.append((column, column + len(label) + 2 * LABEL_GAP - 1))
        column += len(label) + 2 * LABEL_GAP
    return stops


def _before(labels: Sequence[str], index: int) -> int:
    return sum(len(label) + 2 * LABEL_GAP for label in labels[:index])


def _tail(
    comet: GlyphView, places: dict[int, int], stops: Sequence[tuple[int, int]]
) -> Sequence[int]:
    """The columns that its last hop went over; from the left end if it came round."""
    if comet.before is None or comet.before not in places or comet.node_id not in places:
        return ()
    here, there = places[comet.node_id], places[comet.before]
    start = 0 if there >= here else stops[there][1] + 1
    return range(start, stops[here][0])
