"""Whether a file can be written is known before the work, and asking changes nothing."""

from pathlib import Path

import pytest

from ascpi.errors import AscpiError
from ascpi.files import require_writable


def test_asking_leaves_nothing_behind(tmp_path: Path) -> None:
    require_writable(tmp_path / "new.json")
    assert list(tmp_path.iterdir()) == []
    require_writable(None)


def test_a_file_that_is_there_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "old.json"
    path.write_text("{}")
    require_writable(path)
    assert path.read_text() == "{}"


def test_what_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(AscpiError, match="it is a folder"):
        require_writable(tmp_path)
    with pytest.raises(AscpiError, match="cannot be written: No such file or directory"):
        require_writable(tmp_path / "nowhere" / "new.json")
