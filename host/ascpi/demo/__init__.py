"""`ascpi demo`: virtual boards and this computer as nodes of one field, before your eyes.

plan.py         which nodes there are: clocks and phases, from the seed
watch.py        what is seen of them, in true time;  scene.py  one look at it
first_event.py  the source's scenario of two nodes that meet
plain.py        shows it as lines;  live.py  in the whole terminal;  view/  draws the picture
outcome.py      what is left in the end: JSON and a sentence
command.py      options, and who does what when
"""
