"""Draws a scene in a terminal: pure, from a `Scene` and a size to lines of styled text.

colour.py   the palette, and styles by colour, cached
pixels.py   pictures in half blocks: two pixels a character
wheel.py    the big wheel: a ring and a comet for each node
digits.py   big digits;  meters.py  bars and sparklines
panels.py   the parts;  frame.py  puts them together for a size
svg.py      a frame as a picture file
"""
