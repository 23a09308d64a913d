"""What the probe's board runs after boot.py. Ctrl-C ends it and leaves the REPL."""

from ascpi_probe import program

program.main()
