import threading
from pathlib import Path

import pytest

from ascpi.hil.errors import HilError, NotSo
from ascpi.hil.transcript import Heard, Transcript


def test_a_line_that_comes_later_is_waited_for() -> None:
    transcript = Transcript("hall")
    transcript.add("early", 1)
    threading.Timer(0.05, transcript.add, ("ASCPI event joined peer=3", 2)).start()
    heard = transcript.wait_for(lambda heard: heard.event is not None, 5)
    assert heard.event is not None
    assert (heard.event.words, heard.at_us, heard.number) == ({"peer": "3"}, 2, 1)


def test_lines_of_before_count_only_from_where_they_are_asked_for() -> None:
    transcript = Transcript("hall")
    transcript.add("early", 1)
    assert transcript.wait_for(lambda heard: heard.text == "early", 5, since=0).at_us == 1
    with pytest.raises(
        NotSo, match=r"hall: not within 0.01 s: something early; its last lines:\n"
    ):
        transcript.wait_for(lambda heard: heard.text == "early", 0.01, "something early")


def test_a_prompt_before_a_line_of_telemetry_is_passed_over() -> None:
    transcript = Transcript("hall")
    heard: list[Heard] = []
    transcript.on_line(heard.append)
    transcript.add(">R\x01 >ASCPI error config: 1 mistake", 1)
    assert heard[0].error == "config: 1 mistake"


def test_lines_go_to_the_file_of_the_moment(tmp_path: Path) -> None:
    transcript = Transcript("hall")
    transcript.log_to(tmp_path / "one.log")
    transcript.add("a", 1_500_000)
    transcript.log_to(None)
    transcript.add("b", 2_500_000)
    assert (tmp_path / "one.log").read_text("utf-8") == "1.500000 a\n"
    with pytest.raises(HilError, match="cannot be written"):
        transcript.log_to(tmp_path)
