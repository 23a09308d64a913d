"""What a board runs after boot.py. Ctrl-C ends it and leaves the REPL."""

from ascpi_board import app

app.main()
