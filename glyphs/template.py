"""A type of glyph to begin with: copy this file, and change three things at least: the file's
name, NAME, and NUMBER.

This one is a beat: it flashes once in so many turns. docs/glyph-types.md explains every line. To
see what it does, without a board:

    .venv/bin/python -m ascpi.glyphs.trial glyphs/template.py --bytes 04
"""

from ascpi_core.glyphs.kind import Kind, count_word, get_word

# Where in its 24 bytes of state it keeps what. The first 8 bytes are what others can watch.
EVERY = 0
LENGTH = 1
TURNS = 4


class GlyphType(Kind):
    """State: 0 every how many turns (0: 4) · 1 length in 10 ms (0: 100 ms) · 4 turns so far."""

    NAME = "template"
    NUMBER = 64

    # What a step costs, of the glyph's energy, and how long it should take at most.
    COST = 1
    ALLOT_US = 1000

    def start(self, glyph, world):
        """Born here, arrived here, or back after a reset: give the state its usual values."""
        state = glyph.state
        if state[EVERY] == 0:
            state[EVERY] = 4
        if state[LENGTH] == 0:
            state[LENGTH] = 10

    def step(self, glyph, world):
        """Θ passes the glyph's θ. Called once in a turn; short, and without waiting."""
        state = glyph.state
        turns = count_word(state, TURNS)
        if turns % state[EVERY] == 0:
            # Red, green, blue (0 … 255), and for how many milliseconds.
            world.flash(255, 255, 255, state[LENGTH] * 10)

    def describe(self, state):
        """What `ascpi glyph list` shows of it; `state` is the first 8 bytes."""
        return f"turns={get_word(state, TURNS)} every={state[EVERY]}"
