"""From a box to a board that runs: what goes where, and how it gets there.

What needs no board:

- errors.py: everything that can go wrong before a board is touched
- chips.py: the chips, and where each wants its parts
- releases.py, releases.toml: the pinned MicroPython; found, downloaded, checked
- pin.py: fills releases.toml (for whoever moves to another MicroPython)
- image.py: a MicroPython image, read and checked; where its file system lies
- application.py: core and firmware compiled for a chip
- folding.py, folding_module.py: constants in the place of their names, for the board's memory
- user_types.py: types of glyphs that users wrote, checked, to go with it
- filesystem.py: a LittleFS image made; the one on a board read
- configuration.py: a board's /ascpi.json, checked; secrets.py: where passwords and keys come from
- fleet.py: boards.toml, one table a board; toml.py reads TOML on every Python
- plan.py: all of it for one board; dry_run.py shows that

What talks to boards:

- command.py: `ascpi flash`; settings_options.py, wishes.py: what is wanted of each board
- targets.py: which boards are meant; party.py: their jobs side by side; screen.py shows them
- job.py: one board, from its port to its telemetry; update.py: its program alone, by the REPL
- existing.py: what is on it before; shelter.py: a copy of what is to be kept
- supplies.py, depot.py: images, programs and their compressed form, made once for all boards
- worker.py: esptool, in a process for each board; workers.py starts them, loader.py gives orders
- first_words.py: its first lines, which alone are success; outcome.py: what became of it
- stand_in/: boards without hardware, for tests and benches
"""
