"""ASCπ on CPython: desktop nodes, virtual boards, the air between them, and tools for real boards."""

__version__ = "0.1.0"
