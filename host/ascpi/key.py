"""The cluster's key, from a file or the environment: never from the command line."""

import os
from pathlib import Path

from ascpi.errors import AscpiError

KEY_VARIABLE = "ASCPI_KEY"


def read_key(path: Path | None) -> str:
    """The first line of a file, or the variable where none is named; "" without either.

    AscpiError if the file has none.
    """
    if path is None:
        return os.environ.get(KEY_VARIABLE, "")
    try:
        key = path.read_text("utf-8").splitlines()[0].strip()
    except (OSError, IndexError, UnicodeDecodeError):
        key = ""
    if not key:
        raise AscpiError(f"no key in {path}: its first line must be the cluster's key")
    return key
