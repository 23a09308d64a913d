"""Which names a compiled file (.mpy) defines, and which it asks for.

The compiler takes a name on trust: a board finds out that nothing defines it when it comes to that
line, which may be weeks later. Whole numbers that were constants are no names any more in a
compiled file; a constant whose definition was lost is one. So every file is read back before it
goes onto a board, and `require_whole` refuses what asks for a name that is not there.

Passed over: the few hundred names that every MicroPython has numbers for (`len`, `print`, `read`),
which say nothing of themselves in a file; attributes; native code. The format is that of version
6, which MicroPython reads from 1.19 on.
"""

import builtins
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ascpi.flash.errors import FlashError

_VERSION = 6
_SUFFIX = ".mpy"
_BUILT_IN = frozenset(dir(builtins)) | {"const", "execfile", "__name__", "__file__", "__path__"}

# What kinds of code there are.
_BYTECODE = 0

# Operations with a name behind them; the rest is passed over by its length.
_LOAD_NAME, _LOAD_GLOBAL = 0x11, 0x12
_STORE_NAME, _STORE_GLOBAL = 0x16, 0x17
_IMPORT_NAME, _IMPORT_FROM = 0x1B, 0x1C
# A byte more than their kind has: closures (how many cells), a jump out of blocks (how many).
_LONGER = frozenset({0x20, 0x21, 0x40})
# Two bits for each sixteen operations: none, a name, a number or a distance stands behind.
_KINDS = 0x3A4
_KIND_NAME, _KIND_NUMBER, _KIND_DISTANCE = 1, 2, 3

# What constant objects have no length: a table of functions, None, False, True, Ellipsis.
_OBJECT_BARE_MOST = 4
_OBJECT_STRING, _OBJECT_BYTES, _OBJECT_TUPLE = 5, 6, 10


@dataclass
class Names:
    """Of one file. `asked`: from anywhere in it; `imported`: (module, name) pairs."""

    defined: set[str] = field(default_factory=set)
    asked: set[str] = field(default_factory=set)
    imported: set[tuple[str, str]] = field(default_factory=set)


def require_whole(files: Mapping[str, bytes]) -> None:
    """FlashError for the first name that a compiled file asks for and that neither it, nor
    MicroPython, nor the file that it takes it from defines. `files`: path on the board → content.
    """
    found = {
        path.rpartition("/")[2].removesuffix(_SUFFIX): read(path, data)
        for path, data in files.items()
        if path.endswith(_SUFFIX)
    }
    for unit, names in found.items():
        for name in sorted(names.asked - names.defined - _BUILT_IN):
            raise FlashError(f"{unit}{_SUFFIX} uses {name}, which nothing in it defines")
        for module, name in sorted(names.imported):
            if name and module in found and name not in found[module].defined:
                raise FlashError(
                    f"{unit}{_SUFFIX} takes {name} from {module}, which does not define it"
                )


def read(path: str, data: bytes) -> Names:
    """The names of a compiled file. FlashError if it is none, or not of this version."""
    if data[:2] != bytes([ord("M"), _VERSION]):
        raise FlashError(f"{path} is no compiled file of version {_VERSION}")
    try:
        return _File(data).names
    except (IndexError, UnicodeDecodeError):
        raise FlashError(f"{path} is damaged: its code does not end where it should") from None


class _File:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 4
        self.names = Names()
        names, objects = self._number(), self._number()
        self._texts = [self._text() for _ in range(names)]
        for _ in range(objects):
            self._pass_object()
        self._read_code(outermost=True)
        if self._at != len(data):
            raise IndexError

    def _number(self) -> int:
        """Seven bits a byte, the first the highest."""
        value = 0
        while True:
            byte = self._data[self._at]
            self._at += 1
            value = value << 7 | byte & 0x7F
            if byte < 0x80:
                return value

    def _text(self) -> str:
        """A name; empty if it is one that every MicroPython has a number for."""
        length = self._number()
        if length & 1:
            return ""
        begin, self._at = self._at, self._at + (length >> 1) + 1
        return self._data[begin : self._at - 1].decode("utf-8")

    def _pass_object(self) -> None:
        kind = self._data[self._at]
        self._at += 1
        if kind <= _OBJECT_BARE_MOST:
            return
        length = self._number()
        if kind == _OBJECT_TUPLE:
            for _ in range(length):
                self._pass_object()
        else:
            self._at += length + (kind in (_OBJECT_STRING, _OBJECT_BYTES))

    def _read_code(self, outermost: bool = False) -> None:
        head = self._number()
        end = self._at + (head >> 3)
        if head & 3 == _BYTECODE:
            self._read_operations(end, outermost)
        elif outermost or head & 4:
            raise IndexError  # nothing of ours is compiled so
        self._at = end
        if head & 4:
            for _ in range(self._number()):
                self._read_code()

    def _read_operations(self, end: int, outermost: bool) -> None:
        self._pass_signature()
        names, local, module = self.names, set(), ""
        asked = set()
        for operation, name in self._operations(end):
            if operation == _STORE_NAME:
                local.add(name)
            elif operation == _STORE_GLOBAL:
                names.defined.add(name)
            elif operation in (_LOAD_NAME, _LOAD_GLOBAL):
                asked.add(name)
            elif operation == _IMPORT_NAME:
                module = name
            elif operation == _IMPORT_FROM:
                names.imported.add((module, name))
        # The names of a class's body are known in it only.
        if outermost:
            names.defined |= local
        names.asked |= asked - local - {""}

    def _pass_signature(self) -> None:
        """How many arguments there are, and what a traceback shows."""
        while self._byte() & 0x80:
            pass
        information = cells = place = 0
        while True:
            byte = self._byte()
            information |= (byte & 0x7E) >> 1 << 6 * place
            cells |= (byte & 1) << place
            place += 1
            if byte < 0x80:
                break
        self._at += information + cells

    def _operations(self, end: int) -> Iterator[tuple[int, str]]:
        """Each operation, with its name where it has one."""
        while self._at < end:
            operation, name = self._byte(), ""
            kind = _KINDS >> 2 * (operation >> 4) & 3
            if kind == _KIND_NAME:
                name = self._texts[self._number()]
            elif kind == _KIND_NUMBER:
                self._number()
            elif kind == _KIND_DISTANCE:
                self._at += 2 if self._data[self._at] & 0x80 else 1
            self._at += operation in _LONGER
            yield operation, name
        if self._at != end:
            raise IndexError

    def _byte(self) -> int:
        byte = self._data[self._at]
        self._at += 1
        return byte
