"""One board by itself: who it is, what a reset does, and what it says of a wrong configuration."""

import json

from ascpi.hil import Board, BoardCluster

BROKEN = {"brodcast": "127.0.0.1", "rate_mhz": 0}
KEPT = "/ascpi.json.kept"


def test_a_reset_keeps_the_id_and_raises_the_epoch(cluster: BoardCluster) -> None:
    board = cluster[-1]
    node_id, epoch = board.node_id, board.epoch
    cluster.reset(board)
    report = board.wait_for(
        lambda heard: heard.report is not None and heard.report.epoch > epoch,
        deadline_s=10,
        what="a report of a later epoch",
    ).report
    assert report is not None
    assert (report.node_id, report.epoch) == (node_id, epoch + 1)


def test_the_repl_says_the_same_mac_as_the_telemetry(cluster: BoardCluster) -> None:
    board = cluster[-1]
    with board.repl() as repl:
        mac = repl.execute(
            "import machine\nprint(':'.join(['%02x' % byte for byte in machine.unique_id()]))"
        )
    assert mac.strip() == board.mac
    cluster.reset(board)  # known to have started, for the test that follows


def test_a_wrong_configuration_is_said_in_words(cluster: BoardCluster) -> None:
    board = cluster[-1]
    with board.repl() as repl:
        # Renamed, not read: it may have a password in it.
        repl.execute(f"import os\nos.rename('/ascpi.json', {KEPT!r})")
        repl.write("/ascpi.json", json.dumps(BROKEN).encode())
    try:
        sentence = error_after_reset(board)
        assert "2 mistakes in /ascpi.json" in sentence
        assert "brodcast is no setting, did you mean broadcast?" in sentence
        assert "rate_mhz: 0 is not allowed" in sentence
    finally:
        with board.repl() as repl:
            repl.execute(f"import os\nos.rename({KEPT!r}, '/ascpi.json')")
        cluster.reset(board)


def error_after_reset(board: Board) -> str:
    since = board.transcript.count
    board.reset()
    return board.wait_for(
        lambda heard: bool(heard.error), deadline_s=20, what="an error", since=since
    ).error
