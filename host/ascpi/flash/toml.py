"""TOML from the standard library, or from `tomli` where that has none (Python 3.10)."""

import sys
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

DecodeError = tomllib.TOMLDecodeError


def load(path: Path) -> dict[str, Any]:
    """What a TOML file says. OSError; DecodeError, which names line and column."""
    try:
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        raise DecodeError("the file is not UTF-8 text") from None
    return tomllib.loads(text)
