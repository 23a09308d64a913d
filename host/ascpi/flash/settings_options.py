"""A board's settings by the options of a command, for one board or several alike."""

import argparse
import json
from typing import Any

from ascpi.flash.errors import FlashError
from ascpi.flash.secrets import PASSWORD_VARIABLE
from ascpi.key import KEY_VARIABLE
from ascpi_core.settings import BOARD_NAMES, TRANSPORTS

_SECRETS = {"key": KEY_VARIABLE, "wifi.password": PASSWORD_VARIABLE}
_DEPTH = 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group(
        "settings", "for all boards of this run alike; where boards differ, a fleet file is better"
    )
    group.add_argument("--ssid", metavar="NAME", help="the Wi-Fi network")
    group.add_argument("--transport", choices=TRANSPORTS, help="how packets travel")
    group.add_argument("--name", help="what people call the board")
    group.add_argument("--board", choices=BOARD_NAMES, help="which board it is: its pins")
    group.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="any other setting: pins.pulse_pin=5, phase_offset=0.1; repeatable",
    )


def settings_of(arguments: argparse.Namespace) -> dict[str, Any] | None:
    """The settings that were given; None if none were. FlashError for what cannot be meant."""
    settings: dict[str, Any] = {}
    for name in ("transport", "name", "board"):
        value = getattr(arguments, name)
        if value is not None:
            settings[name] = value
    if arguments.ssid is not None:
        settings["wifi"] = {"ssid": arguments.ssid}
    for text in arguments.set:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise FlashError(f"--set {text} says nothing: give NAME=VALUE, such as step_ms=50")
        _put(settings, name.strip(), value)
    return settings or None


def _put(settings: dict[str, Any], name: str, value: str) -> None:
    if name in _SECRETS:
        # The text is not repeated: it is a secret.
        raise FlashError(
            f"--set {name}=… would show it to everybody on this computer: set {_SECRETS[name]} "
            f"in the environment, or name a file in a fleet file ({name}_file)"
        )
    parts = name.split(".")
    if len(parts) > _DEPTH:
        raise FlashError(f"--set {name}: give NAME, wifi.NAME or pins.NAME")
    table = settings
    if len(parts) == _DEPTH:
        table = settings.setdefault(parts[0], {})
        if not isinstance(table, dict):
            raise FlashError(f"--set {name}: {parts[0]} is no table")
    table[parts[-1]] = _value(value)


def _value(text: str) -> object:
    """A number, true or false as such; anything else is a text."""
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return value if isinstance(value, (int, float, bool)) else text
