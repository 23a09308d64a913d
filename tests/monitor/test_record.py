"""Lines and JSON of what happened, and the files of a log."""

import json
import os
from datetime import datetime
from pathlib import Path

import pytest

from ascpi.errors import AscpiError
from ascpi.monitor import record
from ascpi.monitor.log import HELD_US, LogFolder
from ascpi.monitor.record import Record, WallClock, as_json
from ascpi.monitor.session import matches
from ascpi.monitor.sources import now_us

PORT = "/dev/ttyUSB0"


def line(name: str, text: str, at_us: int | None = None, kind: str = record.LINE) -> Record:
    return Record(now_us() if at_us is None else at_us, name, PORT, kind, text)


def logged(path: Path) -> list[str]:
    """The lines of a file without their time, which is looked at."""
    found = []
    for each in path.read_text("utf-8").splitlines():
        stamp, _, rest = each.partition(" ")
        at = datetime.fromisoformat(stamp)
        assert abs((datetime.now().astimezone() - at).total_seconds()) < 60
        found.append(rest)
    return found


def test_json_has_numbers_where_words_are_numbers() -> None:
    words = {"id": "7", "c": "0.5", "err_us": "-3", "claim_us": "unknown", "why": "late:2"}
    words |= {"odd": "1_000", "odder": "nan", "mac": "0a:1b"}
    told = Record(5, "node-7", PORT, record.REPORT, "ASCPI report …", words)
    assert json.loads(as_json(told, "2030-05-01T12:00:00.000+00:00")) == {
        "at": "2030-05-01T12:00:00.000+00:00",
        "name": "node-7",
        "port": PORT,
        "kind": "report",
        "line": "ASCPI report …",
        "words": {
            "id": 7,
            "c": 0.5,
            "err_us": -3,
            "claim_us": None,
            "why": "late:2",
            "odd": "1_000",
            "odder": "nan",
            "mac": "0a:1b",
        },
    }


def test_the_id_of_a_glyph_is_no_number() -> None:
    words = {"glyph": "7.120", "state": "0012", "energy": "3"}
    told = Record(5, "node-7", PORT, record.GLYPH, "ASCPI glyph …", words)
    assert json.loads(as_json(told, ""))["words"] == {**words, "energy": 3}


def test_json_of_a_strange_line_is_one_line() -> None:
    told = Record(5, "node-7", "", record.LINE, 'a "quote"\n and \x1b[2J')
    text = as_json(told, "")
    assert "\n" not in text
    assert json.loads(text)["line"] == 'a "quote"\n and \x1b[2J'
    assert json.loads(text)["port"] is None


def test_the_filter_looks_at_name_and_line_whatever_the_case() -> None:
    told = line("node-7", "ASCPI event Joined peer=5")
    assert matches(told, "")
    assert matches(told, "NODE-7 ascpi")
    assert matches(told, "joined")
    assert not matches(told, "silent")


def test_a_file_for_each_board_is_added_to(tmp_path: Path) -> None:
    for _ in range(2):
        log = LogFolder(tmp_path / "new" / "logs", WallClock())
        log.write(line("node-7", "one"))
        log.write(line("node-8", "two"))
        log.close()
    assert logged(tmp_path / "new" / "logs" / "node-7.log") == ["one", "one"]
    assert logged(tmp_path / "new" / "logs" / "node-8.log") == ["two", "two"]


def test_what_came_before_a_board_said_who_it_is_is_in_its_file(tmp_path: Path) -> None:
    log = LogFolder(tmp_path, WallClock())
    log.write(line("ttyUSB0", "ESP-ROM:esp32s3"))
    assert list(tmp_path.iterdir()) == []
    log.write(line("node-7", "ASCPI event boot id=7"))
    log.close()
    assert [path.name for path in tmp_path.iterdir()] == ["node-7.log"]
    assert logged(tmp_path / "node-7.log") == ["ESP-ROM:esp32s3", "ASCPI event boot id=7"]


def test_who_never_says_gets_a_file_by_the_port(tmp_path: Path) -> None:
    log = LogFolder(tmp_path, WallClock())
    start_us = now_us()
    log.write(line("ttyUSB0", "hello", start_us))
    log.write(line("ttyUSB0", "hello again", start_us + HELD_US + 1))
    log.write(line("ttyUSB0", "at once", start_us + HELD_US + 2))
    assert logged(tmp_path / "ttyUSB0.log") == ["hello", "hello again", "at once"]
    log.close()


def test_nothing_is_kept_back_at_the_end(tmp_path: Path) -> None:
    log = LogFolder(tmp_path, WallClock())
    log.write(line("ttyUSB0", "hello"))
    log.close()
    assert logged(tmp_path / "ttyUSB0.log") == ["hello"]


def test_a_folder_that_cannot_be_written_is_said_before_anything(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(AscpiError, match=r"--log .*file cannot be written: .*; name another"):
        LogFolder(tmp_path / "file", WallClock())


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")
def test_a_full_disk_is_said_and_ends_nothing(tmp_path: Path) -> None:
    log = LogFolder(tmp_path, WallClock())
    (tmp_path / "node-7.log").symlink_to("/dev/full")
    log.write(line("node-7", "one"))
    assert "No space left" in log.failure
    log.write(line("node-8", "two"))
    assert log.failure == ""
    log.close()
    assert logged(tmp_path / "node-8.log") == ["two"]
