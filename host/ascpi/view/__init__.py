"""What every picture in a terminal shares: pure, from values to styled text.

colour.py  the palette, and styles by colour, cached
light.py   the light that a board shows, as a colour of the screen
pixels.py  pictures in half blocks: two pixels a character
wheel.py   the big wheel: a ring and a comet for each node
units.py   microseconds, bounds and coherence as they are written
svg.py     lines of styled text as a picture file
"""
