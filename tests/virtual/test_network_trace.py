"""What a board's network did, written down beside its firmware; and the timers of its process."""

import os
import socket
import sys
from pathlib import Path

import pytest

from ascpi.errors import BoardOptionError
from ascpi.virtual import VirtualBoard, true_us
from ascpi.virtual.network_trace import Read, Sent, read_network_trace
from tests.virtual.lab import DEADLINE_S, Lab

# Says one packet, then answers the first that it hears.
ANSWERER = """
import socket, time
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.bind(socket.getaddrinfo("127.0.0.1", 0)[0][-1])
sock.setblocking(False)
target = socket.getaddrinfo("127.0.0.1", PORT)[0][-1]
buffer = bytearray(64)
sock.sendto(bytes(range(64)), target)
while sock.readinto(buffer) is None:
    time.sleep_ms(1)
sock.sendto(buffer, target)
print("done")
while True:
    time.sleep_ms(100)
"""

IDLE = "import time\nwhile True:\n    time.sleep_ms(100)\n"


def test_reads_and_sends_are_there_with_their_true_times(lab: Lab, tmp_path: Path) -> None:
    path = tmp_path / "trace"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.bind(("127.0.0.1", 0))
        peer.settimeout(DEADLINE_S)
        main = ANSWERER.replace("PORT", str(peer.getsockname()[1]))
        began_us = true_us()
        _, lines = lab.board(main, trace_network=path)
        first, board = peer.recvfrom(100)
        heard_us = true_us()
        peer.sendto(b"q" * 64, board)
        assert (first, peer.recv(100)) == (bytes(range(64)), b"q" * 64)
        lines.expect("done")
    reads, sent = read_network_trace(path)
    assert [one.head for one in sent] == [bytes(range(24)), b"q" * 24]
    assert began_us < sent[0].began_us <= sent[0].ended_us
    assert sent[0].began_us < heard_us
    # The line of a read is written at the next call of its socket, and no read came after it.
    assert reads == []


def test_a_read_is_written_at_the_next_one(lab: Lab, tmp_path: Path) -> None:
    path = tmp_path / "trace"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.bind(("127.0.0.1", 0))
        peer.settimeout(DEADLINE_S)
        main = ANSWERER.replace("PORT", str(peer.getsockname()[1]))
        main = main.replace("sock.sendto(buffer, target)", "sock.readinto(bytearray(64))")
        _, lines = lab.board(main, trace_network=path)
        _, board = peer.recvfrom(100)
        asked_us = true_us()
        peer.sendto(b"q" * 64, board)
        lines.expect("done")
        done_us = true_us()
    reads, _ = read_network_trace(path)
    assert [one.head for one in reads] == [b"q" * 24]
    assert asked_us <= reads[0].at_us <= done_us


def test_a_torn_line_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "trace"
    path.write_text("10 read cf80\n20 sent 25 cf80\n30 read cf", "ascii")
    assert read_network_trace(path) == (
        [Read(10, b"\xcf\x80")],
        [Sent(20, 25, b"\xcf\x80")],
    )


def test_a_trace_that_cannot_be_written_is_refused(lab: Lab, tmp_path: Path) -> None:
    board = VirtualBoard(lab.options(IDLE, trace_network=tmp_path / "nowhere" / "trace"))
    with pytest.raises(BoardOptionError, match=r"network trace file .* cannot be written"):
        board.start()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a slack to set")
def test_a_boards_timers_are_sharp(lab: Lab) -> None:
    board, _ = lab.board(IDLE)
    assert Path(f"/proc/{board.pid}/timerslack_ns").read_text("ascii").strip() == "1"
    assert not board.has_precedence


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux grants precedence")
def test_precedence_is_had_where_the_system_grants_it(lab: Lab) -> None:
    """Asked of the system itself, by a child that tries the same."""
    child = os.fork()
    if child == 0:
        try:
            os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
        except OSError:
            os._exit(1)
        os._exit(0)
    grants = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    board, _ = lab.board(IDLE, precedence=True)
    assert board.has_precedence == grants
    board.kill()
    assert not board.has_precedence
