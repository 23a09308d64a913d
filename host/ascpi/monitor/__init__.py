"""`ascpi monitor`: all boards in one window, by their serial lines and by air.

heard.py    what comes in: lines, changes of a connection, packets
sources.py  who hears it: a thread for each port, one for new ports, one for the air
ear.py      packets: checked, decoded, and what is refused counted by reason
glyphs.py   which glyphs are where, overheard, and whether one is lost or doubled
recent.py   the last things of a kind
phase.py    a phase carried on between reports;  meter.py  how many come a second
board.py    what is known of one board;  roster.py  of all, one row a node
standing.py how it stands with a port, in a word or two
summary.py  the field as the boards claim it
record.py   what happened, as a line and as JSON, with the time of day
log.py      a file for each board;  plain.py  lines for pipes
session.py  all of that, for whoever shows it
reset.py    a board started anew;  console.py  this terminal on a board's REPL
trial.py    virtual boards to watch where there are no real ones
window/     the window
command.py  options, and who does what when
"""
