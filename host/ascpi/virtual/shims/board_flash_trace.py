"""The flash trace, if one is asked for: every change of the file system, as it is made.

See ../flash_trace.py for the lines. A line is written after what it tells of: so a trace that is
cut off tells of nothing that did not happen.
"""

from binascii import hexlify

from board_flash import Flash


class TracedFile:
    """A file that is open for writing."""

    def __init__(self, trace, path, file, offset):
        self._trace = trace
        self._path = path
        self._file = file
        self._offset = offset
        for name in ("read", "readinto", "readline", "flush"):
            setattr(self, name, getattr(file, name))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def write(self, data):
        count = self._file.write(data)
        if isinstance(data, str):
            data = data.encode()
        self._trace(b"write %s %d %s" % (self._path, self._offset, hexlify(bytes(data))))
        self._offset += len(data)
        return count

    def seek(self, offset, whence=0):
        self._offset = self._file.seek(offset, whence)
        return self._offset

    def tell(self):
        return self._offset

    def close(self):
        if self._file is not None:
            self._file.close()
            self._file = None
            self._trace(b"close " + self._path)


class TracedFlash(Flash):
    """Every change goes to `trace`, a file that is open, as one line."""

    def __init__(self, folder, trace):
        super().__init__(folder)
        self._trace = lambda line: trace.write(line + b"\n")

    def open(self, path, mode):
        file = super().open(path, mode)
        if "w" not in mode and "a" not in mode and "+" not in mode:
            return file
        name = _absolute(path)
        offset = super().stat(path)[6] if "a" in mode else 0
        self._trace(b"open %s %s" % (name, mode))
        return TracedFile(self._trace, name, file, offset)

    def rename(self, old, new):
        super().rename(old, new)
        self._trace(b"rename %s %s" % (_absolute(old), _absolute(new)))

    def remove(self, path):
        super().remove(path)
        self._trace(b"remove " + _absolute(path))

    def mkdir(self, path):
        super().mkdir(path)
        self._trace(b"mkdir " + _absolute(path))

    def rmdir(self, path):
        super().rmdir(path)
        self._trace(b"rmdir " + _absolute(path))


def _absolute(path):
    return ("/" + path.lstrip("/")).encode()
