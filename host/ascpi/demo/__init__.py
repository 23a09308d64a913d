"""`ascpi demo`: virtual boards and this computer as nodes of one field, before your eyes.

plan.py         which nodes there are: clocks and phases, from the seed
watch.py        what is seen of them, in true time;  scene.py  one look at it
excused.py      how the others are judged while one has no power
story.py        what happens besides:
glyph_show.py     a comet and a counter, cast.py says which;  power_cut.py  and flash.py
first_event.py    the source's scenario of two nodes that meet;  migration.py  its last step
ear.py          an observer on the air: all glyphs, and orders
book.py         where each glyph is, hop by hop;  account.py  whether all are there, once
plain.py        shows it as lines;  live.py  in the whole terminal;  view/  draws the picture
outcome.py      what is left in the end: JSON and a sentence
command.py      options, and who does what when
"""
