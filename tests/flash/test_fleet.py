import os
from pathlib import Path

import pytest

from ascpi import paths
from ascpi.flash.chips import CHIPS
from ascpi.flash.errors import FlashError
from ascpi.flash.fleet import Fleet, flash_bytes_of, load_fleet
from ascpi_core.settings import id_of

ONE = "24:6f:28:0a:1b:2c"
OTHER = "34:85:18:4c:20:a0"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def fleet_of(folder: Path, text: str) -> Fleet:
    path = folder / "boards.toml"
    path.write_text(text, "utf-8")
    path.chmod(0o600)
    return load_fleet(path)


def mistakes_of(folder: Path, text: str) -> str:
    with pytest.raises(FlashError) as caught:
        fleet_of(folder, text)
    return str(caught.value)


def test_a_boards_words_go_before_the_defaults(folder: Path) -> None:
    fleet = fleet_of(
        folder,
        f"""
        [defaults]
        cluster = 7
        wifi = {{ ssid = "hall", password_env = "A", channel = 3 }}
        pins = {{ pixels = 24 }}
        ["{ONE}"]
        name = "door"
        cluster = 8
        wifi = {{ channel = 11 }}
        [boards."{OTHER.upper()}"]
        phase_offset = 0.1
        """,
    )
    assert fleet.macs == (ONE, OTHER)
    assert fleet.settings_for(ONE) == {
        "name": "door",
        "cluster": 8,
        "wifi": {"ssid": "hall", "password_env": "A", "channel": 11},
        "pins": {"pixels": 24},
    }
    assert fleet.settings_for(OTHER.replace(":", "-"))["phase_offset"] == 0.1
    assert fleet.settings_for(OTHER)["cluster"] == 7
    assert (fleet.boards[ONE].name, fleet.boards[OTHER].name) == ("door", OTHER)


def test_a_secret_of_its_own_takes_the_place_of_every_form(folder: Path) -> None:
    fleet = fleet_of(
        folder,
        f"""
        [defaults]
        key_env = "A"
        wifi = {{ ssid = "hall", password_env = "A" }}
        ["{ONE}"]
        key_file = "key"
        wifi = {{ password = "" }}
        ["{OTHER}"]
        """,
    )
    own = fleet.settings_for(ONE)
    assert own["key_file"] == str(folder / "key")
    assert "key_env" not in own
    assert own["wifi"] == {"ssid": "hall", "password": ""}
    assert fleet.settings_for(OTHER)["key_env"] == "A"


def test_what_the_tool_wants_to_know_is_no_setting(folder: Path) -> None:
    fleet = fleet_of(
        folder,
        f"""
        [defaults]
        flash = "4MB"
        chip = "esp32"
        ["{ONE}"]
        chip = "ESP32-S3"
        flash = "16 MB"
        port = "/dev/ttyUSB0"
        ["{OTHER}"]
        board = "esp32-c3-supermini"
        """,
    )
    one, other = fleet.boards[ONE], fleet.boards[OTHER]
    assert (one.chip, one.flash_bytes, one.port) == (CHIPS["esp32s3"], 16 << 20, "/dev/ttyUSB0")
    assert (other.chip, other.flash_bytes, other.port) == (CHIPS["esp32c3"], 4 << 20, None)
    assert fleet.settings_for(ONE) == {}
    assert fleet.settings_for(OTHER) == {"board": "esp32-c3-supermini"}


def test_a_board_without_a_table(folder: Path) -> None:
    fleet = fleet_of(folder, f'[defaults]\ncluster = 7\n["{ONE}"]\n')
    assert not fleet.has_table(OTHER)
    with pytest.raises(FlashError, match=rf'no table \["{OTHER}"\] for this board: .*--all'):
        fleet.settings_for(OTHER)
    assert fleet.settings_for(OTHER, with_defaults=True) == {"cluster": 7}
    without = fleet_of(folder, f'["{ONE}"]\n')
    with pytest.raises(FlashError, match=r"and no \[defaults\]: add one"):
        without.settings_for(OTHER, with_defaults=True)


def test_all_mistakes_are_told_together(folder: Path) -> None:
    text = mistakes_of(
        folder,
        f"""
        [defaults]
        clster = 7
        wifi = {{ ssdi = "hall", password = 7 }}
        [default]
        ["{ONE}"]
        rate_mhz = 0
        pins = {{ pixel = 3 }}
        chip = "esp8266"
        flash = "3MB"
        port = 7
        ["{ONE.upper()}"]
        ["24:6f"]
        """,
    )
    for part in (
        "boards.toml has 11 mistakes: ",
        "[defaults] clster is no setting, did you mean cluster?",
        "[defaults] wifi.ssdi is no setting",
        "[defaults] wifi.password: the value is not allowed",
        "'default' is no MAC address",
        "or [defaults] is meant",
        f'["{ONE}"] rate_mhz: 0 is not allowed, give a whole number from 10 to 10000',
        f'["{ONE}"] pins.pixel is no setting, did you mean pixels?',
        f'["{ONE}"] chip: esp8266 is no chip that ASCπ runs on',
        f'["{ONE}"] flash: \'3MB\' is not allowed, give a size such as "4MB"',
        f'["{ONE}"] port: give a text',
        f'the board ["{ONE}"] has two tables: make them one',
        "'24:6f' is no MAC address",
    ):
        assert part in text
    assert "'7'" not in text


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[defaults\n", r"boards.toml is not valid TOML: .*line 1"),
        ("a = 1\nb == 2\n", r"not valid TOML: .*line 2"),
        ("", r"has no board: give each a table by its MAC, or \[defaults\]"),
        ("defaults = 7", r"\[defaults\] must be a table"),
        (f'"{ONE}" = 7', "must be a table"),
        ("boards = 7", "boards must hold tables"),
    ],
)
def test_what_is_no_fleet(text: str, sentence: str, folder: Path) -> None:
    with pytest.raises(FlashError, match=sentence):
        fleet_of(folder, text)


def test_a_file_that_is_no_text_or_not_there(folder: Path) -> None:
    path = folder / "boards.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(FlashError, match="the file is not UTF-8 text"):
        load_fleet(path)
    with pytest.raises(FlashError, match=r"missing.toml cannot be read .*examples/boards.toml"):
        load_fleet(folder / "missing.toml")


def test_boards_whose_ids_coincide_are_refused(folder: Path) -> None:
    number = id_of(bytes.fromhex(ONE.replace(":", "")))
    text = mistakes_of(folder, f'["{ONE}"]\nname = "door"\n["{OTHER}"]\nid = {number}\n')
    assert f"door ({ONE}) and {OTHER} would both have id {number}: give one of them" in text
    # The last 30 bits alone make an id.
    assert "would both have id" in mistakes_of(folder, f'["{ONE}"]\n["00:00:28:0a:1b:2c"]\n')
    assert "would both have id 5" in mistakes_of(
        folder, f'[defaults]\nid = 5\n["{ONE}"]\n["{OTHER}"]\n'
    )


@pytest.mark.skipif(os.name != "posix", reason="files have no such rights there")
def test_a_readable_file_with_a_secret_is_warned_of(folder: Path) -> None:
    path = folder / "boards.toml"
    for text, warned in (
        (f'["{ONE}"]\nwifi = {{ password = "the password" }}\n', True),
        ('[defaults]\nkey = "the key"\n', True),
        (f'[defaults]\nkey_env = "A"\n["{ONE}"]\nwifi = {{ password = "" }}\n', False),
    ):
        path.write_text(text)
        path.chmod(0o644)
        warnings = load_fleet(path).warnings
        assert [f"chmod 600 {path}" in warning for warning in warnings] == [True] * warned
        path.chmod(0o600)
        assert load_fleet(path).warnings == ()


def test_nothing_that_is_printed_of_it_has_a_secret(folder: Path) -> None:
    fleet = fleet_of(folder, f'[defaults]\nkey = "the key"\n["{ONE}"]\nname = "door"\n')
    assert "the key" not in repr(fleet)
    assert "the key" not in repr(fleet.boards[ONE])


@pytest.mark.parametrize(
    ("text", "size"),
    [("4MB", 4), ("16 mb", 16), ("3MB", None), ("0MB", None), ("256MB", None), ("4", None)],
)
def test_sizes_of_flash(text: str, size: int | None) -> None:
    assert flash_bytes_of(text) == (None if size is None else size << 20)
    assert flash_bytes_of(4) is None


def test_the_example_is_a_fleet() -> None:
    fleet = load_fleet(paths.REPOSITORY / "examples" / "boards.toml")
    assert len(fleet.macs) == 10
    assert {board.chip for board in fleet.boards.values()} == set(CHIPS.values())
    # A tenth of a turn apart: one whole wave.
    offsets = sorted(
        round(board.settings["phase_offset"] % 1, 3) for board in fleet.boards.values()
    )
    assert offsets == [round(number / 10, 3) for number in range(10)]
