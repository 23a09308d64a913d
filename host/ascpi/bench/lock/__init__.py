"""`ascpi bench lock`: how well real virtual boards lock, in true time.

options.py    what is asked for, checked before a start;  plan.py  the boards of a seed
run.py        one run: boards and air started, heard, stopped
recorder.py   lines and edges in, a Recording out
recording.py  what was seen of a run: arrays over true time
figures.py    figures of a recording;  edges.py, traffic.py, restart.py  those of one subject
limits.py     what they may be;  document.py  JSON and table;  plot.py  the picture
command.py    options in, exit code out
"""
