"""ASCπ on CPython: desktop nodes, virtual boards, the air between them, tools for boards."""

__version__ = "0.1.0"
