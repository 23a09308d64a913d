"""A board's /ascpi.json, with every mistake found here and not on the wall."""

import json
import re
from collections.abc import Mapping
from typing import Any

from ascpi.flash.chips import Chip, boards_of, chip_of_board
from ascpi.flash.errors import FlashError
from ascpi.flash.secrets import PLACEHOLDER, Secrets, process_secrets
from ascpi_core.settings import (
    BOARD_ROWS,
    BOARDS,
    PIN_ROWS,
    WIFI_ROWS,
    BoardSettings,
    Setting,
    id_of,
)

CONFIGURATION_PATH = "/ascpi.json"
MASK = "(set)"
UNKNOWN = "(not known here)"

_MAC = re.compile(r"[0-9a-f]{2}([:-]?)(?:[0-9a-f]{2}\1){4}[0-9a-f]{2}", re.IGNORECASE)
_TABLES: dict[str, tuple[Setting, ...]] = {"wifi": WIFI_ROWS, "pins": PIN_ROWS}


def configuration(
    settings: Mapping[str, object], chip: Chip, mac: str, secrets: Secrets | None = None
) -> bytes:
    """The file for the board with this chip and MAC, as UTF-8 JSON.

    `settings` are those of `ascpi_core.settings`, with secrets in any of secrets.py's
    forms. FlashError that names all mistakes together.
    """
    # Before anybody is asked for a password: what is wrong without it.
    shown, mistakes = Secrets({}, None, lenient=True).resolve(settings)
    _require(_mistakes(shown, chip, mac) + mistakes, settings, mac)
    given, mistakes = (secrets or process_secrets()).resolve(settings)
    _require(mistakes or _mistakes(given, chip, mac), settings, mac)
    document = {name: given[name] for name in given if name == "name"}
    document |= {"board": chip.board} | given
    # Not as \\u escapes: MicroPython reads UTF-8, and no pair of surrogates.
    return (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode()


def masked(content: bytes) -> dict[str, Any]:
    """What a configuration says, for people: a secret is "(set)", an empty one stays empty."""
    document: dict[str, Any] = json.loads(content)
    for name, rows in {"": BOARD_ROWS, **_TABLES}.items():
        table = document.get(name, {}) if name else document
        for row in rows:
            if row.secret and table.get(row.name):
                table[row.name] = UNKNOWN if table[row.name] == PLACEHOLDER else MASK
    return document


def normal_mac(text: str) -> str:
    """ "AA-BB-CC-DD-EE-FF" or "aabbccddeeff" as "aa:bb:cc:dd:ee:ff". FlashError if it is none."""
    if not _MAC.fullmatch(text.strip()):
        raise FlashError(
            f"{text!r} is no MAC address: give six bytes, such as 24:6f:28:0a:1b:2c, which "
            "`ascpi flash` shows for every board that is plugged in"
        )
    digits = re.sub("[:-]", "", text.strip().lower())
    return ":".join(digits[at : at + 2] for at in range(0, 12, 2))


def node_id(settings: Mapping[str, object], mac: str) -> int:
    """The id that the board will have: the configured one, or that of its MAC."""
    given = settings.get("id")
    return given if isinstance(given, int) and given else id_of(_bytes(mac))


def title(settings: Mapping[str, object], mac: str) -> str:
    """What a message calls a board: its name, if it has one, and its MAC."""
    name = settings.get("name")
    return f"{name} ({mac})" if isinstance(name, str) and name else mac


def _bytes(mac: str) -> bytes:
    return bytes.fromhex(normal_mac(mac).replace(":", ""))


def _mistakes(given: Mapping[str, Any], chip: Chip, mac: str) -> list[str]:
    checked = BoardSettings({"board": chip.board, **given}, _bytes(mac))
    mistakes = list(checked.mistakes)
    board = given.get("board", chip.board)
    if board in BOARDS and chip_of_board(board) != chip:
        mistakes.append(
            f"board: {board} has no {chip.title}, and this board has: give one of "
            + ", ".join(boards_of(chip))
        )
    return mistakes


def _require(mistakes: list[str], settings: Mapping[str, object], mac: str) -> None:
    if mistakes:
        count = "1 mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
        raise FlashError(
            f"the configuration of board {title(settings, mac)} has {count}: "
            + "; ".join(mistakes)
        )
