"""The desktop node: the same core as on a board, on CPython and asyncio, in the same network."""
