"""Draws a scene in a terminal: pure, from a `Scene` and a size to lines of styled text.

digits.py   big digits;  meters.py  bars and sparklines;  glyphs.py  who holds what, the comet
panels.py   the parts;  frame.py  puts them together for a size

Colours, the wheel and what else it shares with other pictures: `ascpi.view`.
"""
