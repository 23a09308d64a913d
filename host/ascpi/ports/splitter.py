"""Bytes as they come, to lines."""

LINE_BYTES_MAX = 4096


class LineSplitter:
    """Bytes in, complete lines out, without their ends. An endless line is cut."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[str]:
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > LINE_BYTES_MAX:
            lines.append(self._rest)
            self._rest = b""
        return [line.rstrip(b"\r").decode("utf-8", "replace") for line in lines]
