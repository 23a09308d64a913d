"""What was on a board survives on this computer, until the board is well."""

import stat
from pathlib import Path

import pytest

from ascpi.flash.errors import FlashError
from ascpi.flash.shelter import Shelter

MAC = "24:0a:c4:00:00:07"
FILES = {"/ascpi.json": b'{"key": "secret"}', "/glyphs/1": bytes(range(256))}


def test_keeps_until_cleared(tmp_path: Path) -> None:
    shelter = Shelter(tmp_path / "cache", MAC)
    assert shelter.load() is None
    shelter.keep(FILES)
    shelter.keep(FILES)
    assert Shelter(tmp_path / "cache", MAC).load() == FILES
    assert Shelter(tmp_path / "cache", "24:0a:c4:00:00:08").load() is None
    shelter.clear()
    shelter.clear()
    assert shelter.load() is None


def test_only_its_owner_may_read_it(tmp_path: Path) -> None:
    Shelter(tmp_path, MAC).keep(FILES)
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [stat.S_IMODE(path.stat().st_mode) for path in kept] == [0o600]


def test_a_damaged_one_is_none(tmp_path: Path) -> None:
    shelter = Shelter(tmp_path, MAC)
    shelter.keep(FILES)
    for content in ('{"/a": "?"', '{"/a": "&"}', '["/a"]', '{"/a": 5}'):
        next(path for path in tmp_path.rglob("*.json")).write_text(content)
        assert shelter.load() is None


def test_a_cache_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FlashError, match="set ASCPI_CACHE to a folder that can"):
        Shelter(tmp_path / "file", MAC).keep(FILES)
