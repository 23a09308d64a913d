"""The window's style sheet; its colours are those of `ascpi.view.colour`."""

from ascpi.view import colour
from ascpi.view.colour import Rgb


def _css(rgb: Rgb) -> str:
    return f"rgb({rgb[0]},{rgb[1]},{rgb[2]})"


_BOX = colour.mixed(colour.BACKGROUND, colour.FAINT, 0.5)

STYLE = f"""
Screen {{ background: {_css(colour.BACKGROUND)}; color: {_css(colour.TEXT)}; }}
Lines {{ height: 1; width: 1fr; }}
#below {{ height: 1fr; }}
#wheel {{ margin: 0 1 0 0; height: 100%; }}
#beside {{ width: 1fr; }}
#detail {{ height: 4; }}
#pane {{ height: 1fr; border-top: solid {_css(colour.FAINT)}; }}
#filter {{ display: none; height: 1; border: none; padding: 0 1; }}
ModalScreen {{ align: center middle; }}
.box {{
    width: auto; max-width: 76; height: auto; max-height: 100%; padding: 1 2;
    border: round {_css(colour.DIM)}; background: {_css(_BOX)};
}}
"""
