"""The one check: what `ascpi check` runs, and how it shows it."""
