"""The air between nodes: a seeded model of a radio channel, and a UDP relay that runs it."""
