"""What goes onto boards, as files for their workers: each written and compressed once.

Compressing MicroPython as esptool does takes a tenth of a second, and all boards of a chip get the
same. A worker finds the compressed form beside the file and takes it, if it is that of its data.
"""

import hashlib
import tempfile
import threading
import zlib
from pathlib import Path

# As esptool compresses.
LEVEL = 9
COMPRESSED = ".z"


class Depot:
    """A folder of its own, until `close`."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="ascpi-flash-")
        self._lock = threading.Lock()

    def put(self, data: bytes) -> Path:
        """The file with these bytes, and its compressed form beside it."""
        path = Path(self._folder.name) / hashlib.sha256(data).hexdigest()
        with self._lock:
            if not path.exists():
                path.with_suffix(COMPRESSED).write_bytes(zlib.compress(data, LEVEL))
                path.write_bytes(data)
        return path

    def close(self) -> None:
        self._folder.cleanup()
