"""A fleet file: TOML, with `[defaults]` for all boards and a table for each by its MAC.

    [defaults]
    wifi = { ssid = "hall", password_env = "HALL_PASSWORD" }

    ["24:6f:28:0a:1b:2c"]
    name = "door"
    phase_offset = 0.1

A table holds the settings of a board (`ascpi_core.settings`), secrets in the forms of
secrets.py, and what the tool itself wants to know: `chip`, `flash`, `port`. A board's own words
go before the defaults, within `wifi` and `pins` word by word. All mistakes are told together.
"""

import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ascpi.flash import toml
from ascpi.flash.chips import Chip, chip_called, chip_of_board
from ascpi.flash.configuration import node_id, normal_mac, title
from ascpi.flash.errors import FlashError
from ascpi_core.settings import BOARD_ROWS, BOARDS, PIN_ROWS, WIFI_ROWS, Setting, check_settings

TOOL_WORDS = ("chip", "flash", "port")
DEFAULTS = "defaults"
BOARDS_TABLE = "boards"

_TABLES: dict[str, tuple[Setting, ...]] = {"wifi": WIFI_ROWS, "pins": PIN_ROWS}
_SECRETS = {"": "key", "wifi": "password"}
_ELSEWHERE = ("_env", "_file")
_FLASH = re.compile(r"(\d+)\s*MB", re.IGNORECASE)
_LARGEST_FLASH_MB = 128


@dataclass(frozen=True)
class FleetBoard:
    """One table. `settings` are the board's own and the defaults; `flash_bytes` in bytes."""

    mac: str
    settings: Mapping[str, Any] = field(repr=False)
    chip: Chip | None = None
    flash_bytes: int | None = None
    port: str | None = None

    @property
    def name(self) -> str:
        """What people call it; its MAC if it has no name."""
        return str(self.settings.get("name") or self.mac)


@dataclass(frozen=True)
class Fleet:
    """`boards` by MAC, in the file's order. `defaults` is None if the file has none.

    `warnings`: what is allowed, but not wise; a sentence each.
    """

    path: Path
    boards: Mapping[str, FleetBoard] = field(repr=False)
    defaults: Mapping[str, Any] | None = field(default=None, repr=False)
    warnings: tuple[str, ...] = ()

    @property
    def macs(self) -> tuple[str, ...]:
        return tuple(self.boards)

    def has_table(self, mac: str) -> bool:
        """Whether the board is in the file itself."""
        return normal_mac(mac) in self.boards

    def settings_for(self, mac: str, with_defaults: bool = False) -> Mapping[str, Any]:
        """The settings of a board, merged.

        `with_defaults`: one without a table gets the defaults alone. FlashError for a board that
        the file has nothing for.
        """
        mac = normal_mac(mac)
        if mac in self.boards:
            return self.boards[mac].settings
        if self.defaults is None:
            raise FlashError(
                f'{self.path} has no table ["{mac}"] for this board, and no [defaults]: add one'
            )
        if not with_defaults:
            raise FlashError(
                f'{self.path} has no table ["{mac}"] for this board: add one, or give --all to '
                "put [defaults] on every board that has none"
            )
        return self.defaults


def load_fleet(path: Path) -> Fleet:
    """The fleet in a file. FlashError: cannot be read, is no TOML (line), or all its mistakes."""
    try:
        document = toml.load(path)
    except OSError as error:
        raise FlashError(
            f"the fleet file {path} cannot be read ({error.strerror}): name a TOML file; "
            "examples/boards.toml is one"
        ) from None
    except toml.DecodeError as error:
        raise FlashError(f"{path} is not valid TOML: {error}") from None
    mistakes: list[str] = []
    defaults = document.get(DEFAULTS)
    if defaults is not None:
        mistakes += _mistakes(defaults, f"[{DEFAULTS}]", ("flash", "chip"))
    tables = dict(_board_tables(document, mistakes))
    for mac, table in tables.items():
        mistakes += _mistakes(table, f'["{mac}"]', TOOL_WORDS)
    if not mistakes:
        boards = {
            mac: _board(mac, _merged(defaults or {}, table), path) for mac, table in tables.items()
        }
        mistakes += _collisions(boards)
    if mistakes:
        count = "1 mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
        raise FlashError(f"{path} has {count}: " + "; ".join(mistakes))
    if not boards and defaults is None:
        raise FlashError(f"{path} has no board: give each a table by its MAC, or [{DEFAULTS}]")
    return Fleet(
        path,
        MappingProxyType(boards),
        None if defaults is None else MappingProxyType(_board("", defaults, path).settings),
        tuple(_warnings(path, [defaults or {}, *tables.values()])),
    )


def flash_bytes_of(text: object) -> int | None:
    """ "4MB" in bytes; None if it is no size that a flash has."""
    found = _FLASH.fullmatch(text.strip()) if isinstance(text, str) else None
    size = int(found[1]) if found else 0
    is_power = size > 0 and size & (size - 1) == 0
    return size << 20 if is_power and size <= _LARGEST_FLASH_MB else None


def _board_tables(
    document: Mapping[str, Any], mistakes: list[str]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """(MAC, table) of each board, wherever it stands; a board stands once."""
    inner = document.get(BOARDS_TABLE, {})
    if not isinstance(inner, dict):
        mistakes.append(f'{BOARDS_TABLE} must hold tables, [{BOARDS_TABLE}."MAC"]')
        inner = {}
    outer = [
        (name, value) for name, value in document.items() if name not in (DEFAULTS, BOARDS_TABLE)
    ]
    seen: set[str] = set()
    for name, value in [*outer, *inner.items()]:
        try:
            mac = normal_mac(name)
        except FlashError as error:
            known = f"; or [{DEFAULTS}] is meant" if isinstance(value, dict) else ""
            mistakes.append(str(error) + known)
            continue
        if mac in seen:
            mistakes.append(f'the board ["{mac}"] has two tables: make them one')
        elif not isinstance(value, dict):
            mistakes.append(f'["{mac}"] must be a table')
        else:
            yield mac, value
        seen.add(mac)


def _mistakes(table: object, where: str, tool_words: tuple[str, ...]) -> list[str]:
    """What is wrong within one table, each with its place."""
    if not isinstance(table, dict):
        return [f"{where} must be a table"]
    settings, found = check_settings(_bare(table, "", tool_words), BOARD_ROWS)
    for name, rows in _TABLES.items():
        found += check_settings(_bare(settings[name], name), rows, name + ".")[1]
    try:
        _chip(table)
    except FlashError as error:
        found.append(f"chip: {error}")
    if "flash" in table and flash_bytes_of(table["flash"]) is None:
        found.append(f'flash: {table["flash"]!r} is not allowed, give a size such as "4MB"')
    if not isinstance(table.get("port", ""), str):
        found.append("port: give a text, the name or URL of a serial port")
    return [f"{where} {sentence}" for sentence in found]


def _bare(table: Mapping[str, Any], name: str, tool_words: tuple[str, ...] = ()) -> dict[str, Any]:
    """Without what the core's rows do not know: the tool's words, and where a secret is."""
    left_out = set(tool_words)
    if name in _SECRETS:
        left_out |= {_SECRETS[name] + form for form in _ELSEWHERE}
    return {word: value for word, value in table.items() if word not in left_out}


def _merged(defaults: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """The board's words over the defaults; a secret of its own takes the place of all forms."""
    merged = _laid_over(defaults, own, _SECRETS[""])
    if "board" in own and "chip" not in own:
        merged.pop("chip", None)  # the board tells it
    for name in _TABLES:
        if name in defaults and name in own:
            merged[name] = _laid_over(defaults[name], own[name], _SECRETS.get(name, ""))
    return merged


def _laid_over(below: Mapping[str, Any], above: Mapping[str, Any], secret: str) -> dict[str, Any]:
    forms = {secret, *(secret + form for form in _ELSEWHERE)} if secret else set()
    kept = {
        name: value
        for name, value in below.items()
        if name not in forms or forms.isdisjoint(above)
    }
    return {**kept, **above}


def _board(mac: str, table: Mapping[str, Any], path: Path) -> FleetBoard:
    settings = {name: value for name, value in table.items() if name not in TOOL_WORDS}
    for name in _SECRETS:
        inside = settings.get(name, {}) if name else settings
        file = inside.get(_SECRETS[name] + "_file")
        if isinstance(file, str):
            # As the fleet file says it: seen from its own folder.
            changed = {**inside, _SECRETS[name] + "_file": str(path.parent / file)}
            settings = {**settings, name: changed} if name else changed
    flash_bytes = flash_bytes_of(table.get("flash"))
    return FleetBoard(mac, settings, _chip(table), flash_bytes, table.get("port"))


def _chip(table: Mapping[str, Any]) -> Chip | None:
    """As the table says, or as the board that it names has it. FlashError for no chip of ours."""
    if "chip" in table:
        return chip_called(str(table["chip"]))
    board = table.get("board")
    return chip_of_board(board) if isinstance(board, str) and board in BOARDS else None


def _collisions(boards: Mapping[str, FleetBoard]) -> Iterator[str]:
    """Boards that would send with one id."""
    owners: dict[int, FleetBoard] = {}
    for board in boards.values():
        number = node_id(board.settings, board.mac)
        other = owners.setdefault(number, board)
        if other is not board:
            yield (
                f"{title(other.settings, other.mac)} and {title(board.settings, board.mac)} would "
                f"both have id {number}: give one of them another, id = N"
            )


def _warnings(path: Path, tables: list[Mapping[str, Any]]) -> Iterator[str]:
    has_secret = any(table.get("key") or table.get("wifi", {}).get("password") for table in tables)
    if has_secret and path.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH):
        yield (
            f"{path} holds a password or key, and others on this computer can read it: "
            f"`chmod 600 {path}`, or name a variable with password_env or key_env"
        )
