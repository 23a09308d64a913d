"""Where the Wi-Fi password and the cluster's key come from. Never from the command line.

A fleet file says `password = "…"`, `password_env = "NAME"` or `password_file = "PATH"`, and the
same of `key`. Where it says nothing, $ASCPI_WIFI_PASSWORD and $ASCPI_KEY count; then the person at
the terminal is asked for the password, once for each network. No key at all means an open field.
"""

import getpass
import os
import sys
import threading
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from ascpi.errors import AscpiError
from ascpi.flash.errors import FlashError
from ascpi.key import KEY_VARIABLE, read_key
from ascpi_core.settings import TRANSPORT_ESPNOW, TRANSPORT_NONE, TRANSPORT_STATION, WIFI_ROWS

PASSWORD_VARIABLE = "ASCPI_WIFI_PASSWORD"

# As long as the shortest password that a network takes.
PLACEHOLDER = "(secret)"
_FORMS = ("", "_env", "_file")
_DEFAULT_SSID = next(row.default for row in WIFI_ROWS if row.name == "ssid")

Ask = Callable[[str], str]
"""Shows a question, and gives what was typed, which is not shown."""


class Secrets:
    """Finds them. `ask` is None where nobody can be asked.

    `lenient`: what cannot be had is PLACEHOLDER, for whoever only wants to see the rest.
    """

    def __init__(
        self, environment: Mapping[str, str], ask: Ask | None, lenient: bool = False
    ) -> None:
        self._environment = environment
        self._ask = None if lenient else ask
        self._lenient = lenient
        self._answers: dict[str, str] = {}
        # Boards are worked on side by side; a person answers one question at a time.
        self._lock = threading.Lock()

    def resolve(self, settings: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
        """(settings with the secrets themselves, mistakes)."""
        given = dict(settings)
        mistakes: list[str] = []
        key = self._given(given, "key", mistakes)
        if key is None:
            key = self._environment.get(KEY_VARIABLE)
        elif not key:
            mistakes.append("key: it is empty; leave it out for an open field")
        if key:
            given["key"] = key
        if isinstance(given.get("wifi", {}), dict):
            given["wifi"] = self._network(given, mistakes)
            if not given["wifi"]:
                del given["wifi"]
        return given, mistakes

    def _network(self, settings: Mapping[str, Any], mistakes: list[str]) -> dict[str, Any]:
        wifi = dict(settings.get("wifi", {}))
        password = self._given(wifi, "password", mistakes, "wifi.")
        is_wanted = settings.get("transport", TRANSPORT_STATION) not in (
            TRANSPORT_ESPNOW,
            TRANSPORT_NONE,
        )
        if password is None and is_wanted:
            outside = self._environment.get(PASSWORD_VARIABLE)
            if outside is None:
                outside = self._asked(str(wifi.get("ssid", _DEFAULT_SSID)), mistakes)
            wifi["password"] = outside
        return wifi

    def _given(
        self, table: dict[str, Any], name: str, mistakes: list[str], where: str = ""
    ) -> str | None:
        """What the table itself says of a secret, in whatever form; None if nothing.

        Forms that only say where it is are taken out of the table.
        """
        forms = [name + form for form in _FORMS if name + form in table]
        if len(forms) > 1:
            mistakes.append(f"{where}{name}: give one of {', '.join(forms)}, not several")
        values = {form: table.pop(form) for form in forms}
        if not forms:
            return None
        form, value = forms[0], values[forms[0]]
        if form == name:
            table[name] = value
            return value if isinstance(value, str) else PLACEHOLDER
        if not isinstance(value, str):
            mistakes.append(f"{where}{form}: give a text")
            return PLACEHOLDER
        found = self._environment.get(value) if form.endswith("_env") else _first_line(value)
        if found is None:
            if not self._lenient:
                what = "variable" if form.endswith("_env") else "file"
                trouble = "is not set" if what == "variable" else "has no first line to read"
                mistakes.append(f"{where}{form}: the {what} {value} {trouble}")
            found = PLACEHOLDER
        table[name] = found
        return found

    def _asked(self, ssid: str, mistakes: list[str]) -> str:
        if self._lenient:
            return PLACEHOLDER
        if self._ask is None:
            mistakes.append(
                f"wifi.password: none is given for the network {ssid}, and nobody can be asked: "
                f"set {PASSWORD_VARIABLE}, or password_env or password_file in the fleet file "
                '(password = "" for an open network)'
            )
            return PLACEHOLDER
        with self._lock:
            if ssid not in self._answers:
                self._answers[ssid] = self._ask(
                    f"Password of the Wi-Fi network {ssid} (nothing for an open one): "
                )
            return self._answers[ssid]


@cache
def process_secrets() -> Secrets:
    """Those of this process: its environment, and its terminal if it has one."""
    return Secrets(os.environ, _ask_terminal if sys.stdin.isatty() else None)


def _ask_terminal(question: str) -> str:
    try:
        return getpass.getpass(question)
    except EOFError:
        raise FlashError(
            f"no password was given: set {PASSWORD_VARIABLE}, or type one when asked"
        ) from None


def _first_line(path: str) -> str | None:
    try:
        return read_key(Path(path))
    except AscpiError:
        return None
