"""Big digits: a font of 3 by 5 pixels, drawn in half blocks on three lines."""

_FONT = {
    "0": ("###", "# #", "# #", "# #", "###"),
    "1": (" # ", "## ", " # ", " # ", "###"),
    "2": ("###", "  #", "###", "#  ", "###"),
    "3": ("###", "  #", "###", "  #", "###"),
    "4": ("# #", "# #", "###", "  #", "  #"),
    "5": ("###", "#  ", "###", "  #", "###"),
    "6": ("###", "#  ", "###", "# #", "###"),
    "7": ("###", "  #", "  #", "  #", "  #"),
    "8": ("###", "# #", "###", "# #", "###"),
    "9": ("###", "# #", "###", "  #", "###"),
    "C": ("###", "#  ", "#  ", "#  ", "###"),
    "=": ("   ", "###", "   ", "###", "   "),
    "-": ("   ", "   ", "###", "   ", "   "),
    ".": (" ", " ", " ", " ", "#"),
    " ": (" ", " ", " ", " ", " "),
}
_HALVES = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}
LINES = 3


def big(text: str) -> list[str]:
    """Three lines of equal length. Only digits, point, minus, blank, C and =."""
    rows = [" ".join(_FONT[character][row] for character in text) for row in range(5)]
    rows.append(" " * len(rows[0]))
    return [
        "".join(
            _HALVES[above == "#", below == "#"]
            for above, below in zip(rows[line], rows[line + 1], strict=True)
        )
        for line in range(0, 6, 2)
    ]
