"""What was on a board is kept on this computer, too, until the board runs again.

A cable that comes out while the file system is written would otherwise take the board's epoch,
glyphs and configuration with it. The files may hold a password: only their owner may read them,
and they are gone as soon as the board is well.
"""

import base64
import binascii
import json
import os
from pathlib import Path

from ascpi.flash.errors import FlashError

_FOLDER = "unfinished"


class Shelter:
    """Of one board, by its MAC, in the folder `cache`."""

    def __init__(self, cache: Path, mac: str) -> None:
        self._path = cache / _FOLDER / (mac.replace(":", "") + ".json")

    def load(self) -> dict[str, bytes] | None:
        """What the last run kept, if it did not come to its end; else None."""
        try:
            document = json.loads(self._path.read_text(encoding="utf-8"))
            return {path: base64.b64decode(text, validate=True) for path, text in document.items()}
        except (OSError, ValueError, AttributeError, TypeError, binascii.Error):
            return None  # there is none, or nothing that could help

    def keep(self, files: dict[str, bytes]) -> None:
        """Before the first byte is written."""
        texts = {path: base64.b64encode(data).decode("ascii") for path, data in files.items()}
        part = self._path.with_suffix(".part")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            part.unlink(missing_ok=True)
            handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(texts, file)
            os.replace(part, self._path)
        except OSError as error:
            raise FlashError(
                f"{self._path} cannot be written ({error.strerror}), and the board's own files "
                "are kept there meanwhile: set ASCPI_CACHE to a folder that can"
            ) from None

    def clear(self) -> None:
        """The board is well."""
        self._path.unlink(missing_ok=True)
