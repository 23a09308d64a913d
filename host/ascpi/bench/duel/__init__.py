"""`ascpi bench duel`: our boards and Ableton Link's peers in the same air, one after the other.

needs.py           what must be there first: root, Linux, TAP devices, Link
ethernet.py        a network namespace for each peer, each with a TAP device
frame.py           what an Ethernet frame says of itself
switch.py          which frame goes where, and when: through the air's model
switch_process.py  the switch as a process of its own;  switching.py  its parent's side
contender.py       what both sides have in common;  boards.py, links.py  the two sides
link_peer.py       one peer of Link: the only file that imports it, in a process of its own
recording.py       who was where at each instant, and whether all were one
figures.py         a run in figures, and many runs in few
bout.py            one run: network, switch and contender, started, heard and stopped
outcome.py         the table, and JSON;  plot.py  the picture
command.py         options, and who does what when
"""
