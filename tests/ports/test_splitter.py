"""Bytes to lines."""

from ascpi.ports.splitter import LINE_BYTES_MAX, LineSplitter


def test_lines_are_split_wherever_they_are_cut() -> None:
    splitter = LineSplitter()
    assert splitter.feed(b"a\r\nb") == ["a"]
    assert splitter.feed(b"c\nd\n\n") == ["bc", "d", ""]
    assert splitter.feed(b"\xff\n") == ["\ufffd"]


def test_an_endless_line_is_cut() -> None:
    length = LINE_BYTES_MAX + 1
    assert [len(line) for line in LineSplitter().feed(b"e" * length)] == [length]
