"""`esp32`: non-volatile storage, in a file beside the flash. What is not committed is lost."""

import json
from binascii import hexlify, unhexlify

from board_flash import Flash

_NOT_FOUND = const(0x1102)
_KEY_TOO_LONG = const(0x1109)
_INVALID_LENGTH = const(0x110C)
_NAME_MAX = const(15)

_folder = None
_name = None


def attach(path):
    """Before the flash becomes the root: afterwards nothing else can be opened by its name."""
    global _folder, _name
    parent, _name = path.rsplit("/", 1)
    _folder = Flash(parent)


def _load():
    try:
        with _folder.open("/" + _name, "r") as file:
            return json.load(file)
    except OSError:
        return {}


def _fail(code, word):
    raise OSError(-code, "ESP_ERR_NVS_" + word)


class NVS:
    def __init__(self, namespace):
        self._namespace = self._checked(namespace)
        self._values = _load().get(namespace, {})

    def _checked(self, name):
        if not 1 <= len(name) <= _NAME_MAX:
            _fail(_KEY_TOO_LONG, "KEY_TOO_LONG")
        return name

    def _get(self, kind, key):
        value = self._values.get(key)
        if value is None or value[0] != kind:
            _fail(_NOT_FOUND, "NOT_FOUND")
        return value[1]

    def set_i32(self, key, value):
        if not -0x80000000 <= value <= 0x7FFFFFFF:
            raise OverflowError("overflow converting long int to machine word")
        self._values[self._checked(key)] = ("i32", value)

    def get_i32(self, key):
        return self._get("i32", key)

    def set_blob(self, key, data):
        self._values[self._checked(key)] = ("blob", hexlify(data).decode())

    def get_blob(self, key, buffer):
        data = unhexlify(self._get("blob", key))
        if len(data) > len(buffer):
            _fail(_INVALID_LENGTH, "INVALID_LENGTH")
        buffer[: len(data)] = data
        return len(data)

    def erase_key(self, key):
        if key not in self._values:
            _fail(_NOT_FOUND, "NOT_FOUND")
        del self._values[key]

    def commit(self):
        every = _load()
        every[self._namespace] = self._values
        part = "/" + _name + ".part"
        with _folder.open(part, "w") as file:
            json.dump(every, file)
        _folder.rename(part, "/" + _name)
