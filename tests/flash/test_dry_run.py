import json
import shutil
from pathlib import Path

import pytest

from ascpi import paths
from ascpi.flash.application import build
from ascpi.flash.chips import CHIPS
from ascpi.flash.dry_run import describe, document, dry_run
from ascpi.flash.errors import FlashError
from ascpi.flash.fleet import Fleet, load_fleet
from ascpi.flash.image import load_image
from ascpi.flash.plan import make_plan
from ascpi.flash.releases import release_for
from tests.flash import images

MB = 1 << 20
MAC = "24:6f:28:0a:1b:2c"
LARGEST_BYTES = 150 * 1024


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ASCPI_KEY", "ASCPI_WIFI_PASSWORD", "HALL_KEY", "HALL_PASSWORD"):
        monkeypatch.delenv(name, raising=False)


def example() -> Fleet:
    return load_fleet(paths.REPOSITORY / "examples" / "boards.toml")


def fleet_of(folder: Path, text: str) -> Fleet:
    path = folder / "boards.toml"
    path.write_text(text)
    return load_fleet(path)


def test_the_example_needs_no_board_and_no_network(tmp_path: Path) -> None:
    runs = dry_run(example(), None, tmp_path / "cache")
    assert [run.document["chip"] for run in runs] == [
        "esp32",
        "esp32s3",
        "esp32c3",
        "esp32c6",
        "esp32s2",
    ]
    assert sum(len(run.document["boards"]) for run in runs) == 10
    assert not (tmp_path / "cache").exists()
    for run in runs:
        chip = CHIPS[run.document["chip"]]
        release = release_for(chip)
        image = run.document["image"]
        assert (image["name"], image["offset"]) == (release.name, chip.image_offset)
        assert release.url in image["from"]
        how = "will be downloaded from" if release.sha256 else "give --image FILE"
        assert how in image["from"]
        assert f"at {chip.image_offset:#x}: {release.name}" in run.text
        assert "at 0x200000: LittleFS" in run.text
        application = run.document["application"]
        assert application["bytes"] == sum(application["files"].values()) < LARGEST_BYTES
        assert set(application["files"]) == set(build(chip))
        for path, size in application["files"].items():
            assert any(line.split() == [path, str(size)] for line in run.text.splitlines()), path


def test_every_board_has_its_own_place_and_files(tmp_path: Path) -> None:
    boards = {
        board["name"]: board
        for run in dry_run(example(), None, tmp_path)
        for board in run.document["boards"]
    }
    assert boards["hall-0"]["filesystem"]["bytes"] == 2 * MB
    assert boards["hall-3"]["filesystem"]["bytes"] == 6 * MB
    for board in boards.values():
        filesystem = board["filesystem"]
        assert filesystem["offset"] + filesystem["bytes"] == board["flash_bytes"]
        assert {"/ascpi.json", "/ascpi_epoch", "/main.py", "/ascpi_run"} <= set(
            filesystem["files"]
        )
        assert filesystem["written_bytes"] >= sum(filesystem["files"].values())
    assert boards["hall-1"]["configuration"]["phase_offset"] == -0.1
    assert boards["hall-1"]["configuration"]["wifi"]["password"] == "(not known here)"


def test_an_image_that_is_there_is_measured(tmp_path: Path) -> None:
    """--image: a folder with one for each chip, here of the layout with a smaller file system."""
    for chip in CHIPS.values():
        images.image_file(tmp_path, chip, images.OTA)
    for run in dry_run(example(), tmp_path, tmp_path / "cache"):
        image = run.document["image"]
        file = tmp_path / image["name"]
        assert image["bytes"] == file.stat().st_size
        assert image["from"] == f"from --image, {file}"
        assert "at 0x310000: LittleFS" in run.text


def test_secrets_are_never_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HALL_KEY", "the cluster key")
    monkeypatch.setenv("HALL_PASSWORD", "the password")
    for run in dry_run(example(), None, tmp_path):
        everything = run.text + json.dumps(run.document) + repr(run)
        assert "the cluster key" not in everything
        assert "the password" not in everything
        assert "wifi.password = (set)" in run.text
        assert "key = (set)" in run.text


def test_a_fleet_file_that_does_not_name_the_chips(tmp_path: Path) -> None:
    fleet = fleet_of(tmp_path, f'["{MAC}"]\nname = "door"\n["{MAC[:-1]}d"]\nchip = "esp32"\n')
    with pytest.raises(
        FlashError, match=r'does not say which chip .*: door; add chip = "esp32s3"'
    ):
        dry_run(fleet, None, tmp_path)
    with pytest.raises(FlashError, match="no table of a board, so there is nothing to show"):
        dry_run(fleet_of(tmp_path, "[defaults]\n"), None, tmp_path)


def test_mistakes_name_the_board(tmp_path: Path) -> None:
    head = f'["{MAC}"]\nname = "door"\nchip = "esp32"\n'
    with pytest.raises(
        FlashError, match=rf"door \({MAC}\): the flash has 2 MB, and ESP32_GENERIC"
    ):
        dry_run(fleet_of(tmp_path, head + 'flash = "2MB"\n'), None, tmp_path)
    with pytest.raises(FlashError, match=rf"board door \({MAC}\) has 1 mistake: .*no ESP32,"):
        dry_run(fleet_of(tmp_path, head + 'board = "esp32-c3-devkitm"\n'), None, tmp_path)
    image = images.image_file(tmp_path, CHIPS["esp32"], images.WITH_VFS)
    with pytest.raises(FlashError, match=rf"door \({MAC}\): the flash has 2 MB, but"):
        dry_run(fleet_of(tmp_path, head + 'flash = "2MB"\n'), image, tmp_path)


def test_the_cache_is_looked_at_and_left_alone(tmp_path: Path) -> None:
    name = release_for(CHIPS["esp32"]).name
    (tmp_path / name).write_bytes(b"half of it")
    fleet = fleet_of(tmp_path, f'["{MAC}"]\nchip = "esp32"\n')
    (run,) = dry_run(fleet, None, tmp_path)
    assert "will be downloaded from" in run.text
    assert (tmp_path / name).read_bytes() == b"half of it"


def test_a_plan_is_told_in_the_same_way(tmp_path: Path) -> None:
    chip = CHIPS["esp32c3"]
    image = load_image(images.image_file(tmp_path, chip), chip)
    given = json.dumps({"name": "door", "board": chip.board, "key": "the cluster key"}).encode()
    plan = make_plan(chip, MAC, 4 * MB, image, build(chip), given, {"/glyphs/1": b"x"}, 2e9)
    text, told = describe(plan), document(plan)
    assert "ESP32-C3: 1 board\n" in text
    assert f"at 0x0: {image.path.name}, {len(image.data)} bytes" in text
    assert f"{MAC} door, id " in text
    assert "/glyphs/1 1 bytes" in text
    assert "the cluster key" not in text + json.dumps(told)
    assert told["boards"][0]["filesystem"]["files"] == dict(plan.files)
    assert told["boards"][0]["filesystem"]["written_bytes"] == len(plan.regions[1].data)
    assert told["application"]["sha256"] == plan.application_digest


def test_the_same_run_says_the_same(tmp_path: Path) -> None:
    shutil.copy(paths.REPOSITORY / "examples" / "boards.toml", tmp_path)
    one = dry_run(example(), None, tmp_path, 2e9)
    other = dry_run(load_fleet(tmp_path / "boards.toml"), None, tmp_path, 2e9)
    assert [run.document for run in one] == [run.document for run in other]
