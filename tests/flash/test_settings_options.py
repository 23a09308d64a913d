"""Settings by options: what they become, and what is refused."""

import argparse

import pytest

from ascpi.flash.errors import FlashError
from ascpi.flash.settings_options import add_arguments, settings_of


def settings(*words: str) -> dict[str, object] | None:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return settings_of(parser.parse_args(words))


def test_none_at_all_keeps_what_is_there() -> None:
    assert settings() is None


def test_all_of_them() -> None:
    assert settings(
        "--ssid", "hall", "--transport", "ap", "--name", "door", "--board", "esp32-devkitc",
        "--set", "pins.pulse_pin=5", "--set", "phase_offset=-0.1", "--set", "watchdog=false",
        "--set", "wifi.channel=11", "--set", "topology=ring", "--set", "bind=1.2.3.4:5",
    ) == {
        "transport": "ap",
        "name": "door",
        "board": "esp32-devkitc",
        "wifi": {"ssid": "hall", "channel": 11},
        "pins": {"pulse_pin": 5},
        "phase_offset": -0.1,
        "watchdog": False,
        "topology": "ring",
        "bind": "1.2.3.4:5",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "variable"),
    [("key=hush", "ASCPI_KEY"), ("wifi.password=hush", "ASCPI_WIFI_PASSWORD")],
)
def test_secrets_are_refused_and_not_repeated(text: str, variable: str) -> None:
    with pytest.raises(FlashError, match=variable) as caught:
        settings("--set", text)
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize("text", ["step_ms", "=5", "a.b.c=1"])
def test_what_cannot_be_meant(text: str) -> None:
    with pytest.raises(FlashError, match="--set"):
        settings("--set", text)


def test_a_table_and_a_value_of_one_name() -> None:
    with pytest.raises(FlashError, match="wifi is no table"):
        settings("--set", "wifi=5", "--set", "wifi.channel=6")
