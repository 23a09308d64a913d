"""Glyphs on a computer: what desktop nodes need, and the commands that talk of glyphs."""
