"""The monitor's window.

lines.py    styled text, and the widget that shows it and redraws only what has changed
columns.py  the columns of the table;  table.py  the table, for a width and a height
details.py  the selected board, the title, the notices: lines of text
wheel.py    the phase wheel
pane.py     the lines of a board
dialogs.py  questions and help;  deeds.py  what the keys do to a board
layout.py   how many rows each part gets;  style.py  the style sheet
portrait.py all of it as lines, for a picture
app.py      the window itself;  run.py  opens it, or takes its picture
"""

from ascpi.monitor.window.run import run_window

__all__ = ["run_window"]
