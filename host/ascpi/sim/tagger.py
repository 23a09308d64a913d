"""The core's tagger, which need not hash the same packet again for every board that hears it."""

import hashlib

from ascpi_core.ssep import Tagger

REMEMBERED = 64


class SharedTagger(Tagger):
    """One for all boards of a world: they have one key, and a tag depends on nothing else."""

    def __init__(self, key: bytes) -> None:
        super().__init__(key, hashlib.sha256)
        self._known: dict[bytes, bool] = {}

    def verify(self, packet: bytes | bytearray) -> bool:
        key = bytes(packet)
        known = self._known.get(key)
        if known is None:
            if len(self._known) == REMEMBERED:
                self._known.clear()
            known = self._known[key] = super().verify(packet)
        return known
