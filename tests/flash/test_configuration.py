import json
from pathlib import Path

import pytest

from ascpi.flash.chips import CHIPS
from ascpi.flash.configuration import configuration, masked, node_id, normal_mac, title
from ascpi.flash.errors import FlashError
from ascpi.flash.secrets import PLACEHOLDER, Secrets, process_secrets
from ascpi_core.settings import BoardSettings, id_of

S3 = CHIPS["esp32s3"]
MAC = "24:6f:28:0a:1b:2c"
OPEN: dict[str, object] = {"wifi": {"ssid": "hall", "password": ""}}


def nobody() -> Secrets:
    return Secrets({}, None)


def made(settings: dict[str, object], secrets: Secrets | None = None) -> dict[str, object]:
    content = configuration(settings, S3, MAC, secrets or nobody())
    document: dict[str, object] = json.loads(content)
    assert BoardSettings(document, b"").mistakes == []
    return document


def test_the_chips_usual_board_is_taken_where_none_is_named() -> None:
    assert made(OPEN) == {"board": "esp32-s3-devkitc", **OPEN}
    assert made({**OPEN, "board": "esp32-s3-devkitc-1.1"})["board"] == "esp32-s3-devkitc-1.1"


def test_texts_are_utf_8_as_micropython_reads_them() -> None:
    settings = {"name": "Tür π", "wifi": {"ssid": "🎵", "password": ""}}
    content = configuration(settings, S3, MAC, nobody())
    assert "Tür π".encode() in content
    assert "🎵".encode() in content


def test_a_board_of_another_chip_is_refused_with_those_of_this() -> None:
    sentence = (
        f"the configuration of board {MAC} has 1 mistake: board: esp32-devkitc has no ESP32-S3, "
        "and this board has: give one of esp32-s3-devkitc, esp32-s3-devkitc-1.1"
    )
    with pytest.raises(FlashError, match=f"^{sentence}$"):
        made({**OPEN, "board": "esp32-devkitc"})
    with pytest.raises(FlashError, match="board: virtual has no ESP32-S3"):
        made({**OPEN, "board": "virtual"})


def test_all_mistakes_are_told_together_with_the_boards_name() -> None:
    with pytest.raises(FlashError) as caught:
        made(
            {
                "name": "door",
                "rate_mhz": 0,
                "brodcast": "x",
                "board": "esp32-devkitc",
                "wifi": {"ssid": "hall", "password_env": "MISSING", "chanel": 1},
                "key_file": "/missing",
            }
        )
    text = str(caught.value)
    assert text.startswith(f"the configuration of board door ({MAC}) has 4 mistakes: ")
    for part in ("rate_mhz: 0", "did you mean broadcast?", "did you mean channel?", "no ESP32-S3"):
        assert part in text


def test_nobody_is_asked_before_the_rest_is_right() -> None:
    def ask(question: str) -> str:
        raise AssertionError(question)

    with pytest.raises(FlashError, match="rate_mhz"):
        made({"rate_mhz": 0, "wifi": {"ssid": "hall"}}, Secrets({}, ask))


@pytest.mark.parametrize("form", ["", "_env", "_file"])
def test_secrets_in_every_form(form: str, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("the cluster key\nmore\n")
    (tmp_path / "password").write_text("the password\n")
    where = {
        "": ("the cluster key", "the password"),
        "_env": ("A_KEY", "A_PASSWORD"),
        "_file": (str(tmp_path / "key"), str(tmp_path / "password")),
    }[form]
    settings: dict[str, object] = {
        "key" + form: where[0],
        "wifi": {"ssid": "hall", "password" + form: where[1]},
    }
    environment = {"A_KEY": "the cluster key", "A_PASSWORD": "the password"}
    document = made(settings, Secrets(environment, None))
    assert document["key"] == "the cluster key"
    assert document["wifi"] == {"ssid": "hall", "password": "the password"}


def test_what_the_file_does_not_give_comes_from_the_environment() -> None:
    environment = {"ASCPI_KEY": "from outside", "ASCPI_WIFI_PASSWORD": "password outside"}
    document = made({"wifi": {"ssid": "hall"}}, Secrets(environment, None))
    assert document["key"] == "from outside"
    assert document["wifi"] == {"ssid": "hall", "password": "password outside"}
    given = made({"key": "own", "wifi": {"password": ""}}, Secrets(environment, None))
    assert (given["key"], given["wifi"]) == ("own", {"password": ""})


def test_who_sits_at_the_terminal_is_asked_once_for_each_network() -> None:
    asked: list[str] = []

    def ask(question: str) -> str:
        asked.append(question)
        return "typed by hand"

    secrets = Secrets({}, ask)
    for ssid in ("hall", "hall", "stage"):
        wifi = made({"wifi": {"ssid": ssid}}, secrets)["wifi"]
        assert wifi == {"ssid": ssid, "password": "typed by hand"}
    assert asked == [
        "Password of the Wi-Fi network hall (nothing for an open one): ",
        "Password of the Wi-Fi network stage (nothing for an open one): ",
    ]


def test_where_nobody_can_be_asked_it_says_how_to_give_it() -> None:
    with pytest.raises(FlashError, match=r"none is given for the network hall.*ASCPI_WIFI_PASSW"):
        made({"wifi": {"ssid": "hall"}})
    with pytest.raises(FlashError, match="for the network ascpi, and nobody can be asked"):
        made({})


@pytest.mark.parametrize("transport", ["espnow", "none"])
def test_without_an_access_point_no_password_is_wanted(transport: str) -> None:
    document = made({"transport": transport, "broadcast": "10.0.0.255"})
    assert "wifi" not in document


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"key_env": "NO_SUCH"}, "key_env: the variable NO_SUCH is not set"),
        ({"key_file": "/no/such"}, "key_file: the file /no/such has no first line to read"),
        ({"key_env": 7}, "key_env: give a text"),
        ({"key": ""}, "key: it is empty; leave it out for an open field"),
        ({"key": "a", "key_env": "B"}, "key: give one of key, key_env, not several"),
        ({"wifi": {"password_env": "NO_SUCH"}}, "wifi.password_env: the variable NO_SUCH is not"),
        ({"wifi": {"password": "short"}}, "WPA2 needs 8 characters"),
        ({"wifi": {"password": 12345678}}, "wifi.password: the value is not allowed"),
        ({"wifi": "hall"}, "wifi: 'hall' is not allowed, give a table"),
    ],
)
def test_mistakes_about_secrets_name_no_secret(settings: dict[str, object], sentence: str) -> None:
    with pytest.raises(FlashError) as caught:
        made({**OPEN, **settings})
    assert sentence in str(caught.value)
    assert "short" not in str(caught.value)
    assert "12345678" not in str(caught.value)


def test_secrets_of_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASCPI_WIFI_PASSWORD", "from outside")
    process_secrets.cache_clear()
    content = configuration({"wifi": {"ssid": "hall"}}, S3, MAC)
    assert json.loads(content)["wifi"]["password"] == "from outside"
    process_secrets.cache_clear()


def test_what_is_shown_has_no_secrets() -> None:
    settings = {"key": "the cluster key", "wifi": {"ssid": "hall", "password": "the password"}}
    shown = masked(configuration(settings, S3, MAC, nobody()))
    assert shown["key"] == "(set)"
    assert shown["wifi"] == {"ssid": "hall", "password": "(set)"}
    assert masked(configuration(OPEN, S3, MAC, nobody()))["wifi"]["password"] == ""
    unknown = configuration({}, S3, MAC, Secrets({}, None, lenient=True))
    assert masked(unknown)["wifi"]["password"] == "(not known here)"
    assert len(PLACEHOLDER) >= 8


@pytest.mark.parametrize(
    "text", ["24:6F:28:0A:1B:2C", "24-6f-28-0a-1b-2c", "246f280a1b2c", " 24:6f:28:0a:1b:2c "]
)
def test_a_mac_is_known_in_every_spelling(text: str) -> None:
    assert normal_mac(text) == MAC


@pytest.mark.parametrize("text", ["", "24:6f:28:0a:1b", "24:6f-28:0a:1b:2c", "hall", "24:6f:" * 6])
def test_what_is_no_mac(text: str) -> None:
    with pytest.raises(FlashError, match="is no MAC address: give six bytes"):
        normal_mac(text)


def test_ids_and_titles() -> None:
    assert node_id({}, MAC) == id_of(bytes.fromhex("246f280a1b2c"))
    assert node_id({"id": 7}, MAC) == 7
    assert title({}, MAC) == MAC
    assert title({"name": "door"}, MAC) == f"door ({MAC})"
