from pathlib import Path

from ascpi.virtual import Edge, EdgeReader


def test_lines_are_taken_once_they_are_whole(tmp_path: Path) -> None:
    path = tmp_path / "edges"
    reader = EdgeReader(path)
    assert reader.read_edges() == []
    path.write_text("10 boot 1\n20 2 1\n30 2 duty_u16 500\n40 2")
    assert reader.read_edges() == [Edge(20, 2, 1)]
    with path.open("a") as file:
        file.write(" 0\n")
    assert reader.read_edges() == [Edge(40, 2, 0)]
    assert reader.read_edges() == []
