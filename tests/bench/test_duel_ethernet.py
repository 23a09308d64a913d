"""The emulated Ethernet itself: frames between namespaces, and nothing left behind.

All traffic stays inside namespaces that the test makes. Where they cannot be made, it is skipped.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ascpi.bench.duel import ethernet as ethernets
from ascpi.bench.duel import links, needs
from ascpi.bench.duel.boards import Boards
from ascpi.bench.duel.bout import Rules, fight
from ascpi.bench.duel.ethernet import BROADCAST, Ethernet, address
from ascpi.bench.duel.switching import Switching
from ascpi.errors import AscpiError
from ascpi.virtual.runtime import find_micropython

PORT = 31_415
DEADLINE_S = 20.0

# Answers each datagram to its sender, once.
ECHO = f"""
import socket
here = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
here.settimeout({DEADLINE_S})
here.bind(("", {PORT}))
print("ready", flush=True)
data, sender = here.recvfrom(2000)
here.sendto(b"heard " + data, sender)
"""
# Asks everybody, prints who answered what.
ASK = f"""
import socket
here = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
here.settimeout({DEADLINE_S})
here.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
here.sendto(b"hello", ("{BROADCAST}", {PORT}))
data, sender = here.recvfrom(2000)
print(sender[0], data.decode())
"""


@pytest.fixture(scope="module", autouse=True)
def namespaces() -> None:
    """Whether this machine lets us make them; the reason if not."""
    try:
        needs.require_machine()
        with Ethernet(1):
            pass
    except AscpiError as error:
        pytest.skip(str(error))


def left() -> list[str]:
    """Namespaces with our prefix and this process's number."""
    own = f"{ethernets.PREFIX}-{os.getpid()}-*"
    return [path.name for path in ethernets.NAMESPACES.glob(own)]


def test_two_namespaces_talk_over_the_switch() -> None:
    """A broadcast, ARP both ways and a datagram back; through the air, each of them."""
    with Ethernet(2) as ethernet, Switching("clean", 1, ethernet.taps) as switching:
        ethernet.release_taps()
        echo = subprocess.Popen(
            [*ethernet.inside(2), sys.executable, "-c", ECHO], stdout=subprocess.PIPE, text=True
        )
        try:
            assert echo.stdout is not None
            assert echo.stdout.readline() == "ready\n"
            answer = subprocess.run(
                [*ethernet.inside(1), sys.executable, "-c", ASK],
                capture_output=True,
                text=True,
                timeout=2 * DEADLINE_S,
                check=True,
            ).stdout
        finally:
            echo.kill()
            echo.communicate()
        counts = switching.report()["counts"]
    assert answer == f"{address(2)} heard hello\n"
    assert counts["udp"]["payload_bytes"] == len("hello" + "heard hello")
    assert counts["arp"]["frames"] >= 2
    assert left() == []


def test_nothing_is_left_after_an_interruption() -> None:
    ethernet = Ethernet(2)

    def interrupted() -> None:
        with ethernet:
            assert len(left()) == 2
            assert len(ethernet.taps) == 2
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert left() == []
    assert ethernet.taps == []


def test_what_a_killed_process_left_is_removed_by_the_next() -> None:
    program = "from ascpi.bench.duel.ethernet import Ethernet\nimport time\n"
    program += "with Ethernet(2):\n    print('made', flush=True)\n    time.sleep(60)\n"
    killed = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert killed.stdout is not None
    assert killed.stdout.readline() == "made\n"
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    pattern = f"{ethernets.PREFIX}-{killed.pid}-*"
    assert len(list(ethernets.NAMESPACES.glob(pattern))) == 2
    ethernets.sweep()
    assert list(ethernets.NAMESPACES.glob(pattern)) == []


def test_an_ip_command_that_fails_is_said_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ethernets, "BROADCAST", "nowhere")
    with pytest.raises(AscpiError, match=r"`ip .*` failed \(.*nowhere.*\): "), Ethernet(1):
        pass
    assert left() == []


def test_two_boards_are_heard_in_their_namespaces() -> None:
    """A short run of our own side: the boards are up, and their packets pass the switch."""
    try:
        find_micropython()
    except AscpiError as error:
        pytest.skip(str(error))
    seen: list[float | None] = []
    rules = Rules(2, "clean", 2.0, 1.0)
    bout = fight(Boards(2, 40.0, 1), rules, 1, lambda elapsed_s, _: seen.append(elapsed_s))
    assert bout.recording.deviations_us.shape[1] == 2
    assert len(bout.recording.instants_us) > 30
    assert bout.switch["counts"]["udp"]["payload_bytes"] % 64 == 0
    assert bout.switch["counts"]["udp"]["frames"] > 5
    assert bout.after is not None
    assert bout.after.packets_per_s > 0
    assert seen[0] is None
    assert seen[-1] is not None
    assert left() == []


def test_a_side_that_does_not_come_up_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "PEER_SCRIPT", Path("/nowhere/link_peer.py"))
    with pytest.raises(AscpiError, match=r"Link's peer \d has ended with 2: .*nowhere"):
        fight(links.LinkPeers(2), Rules(2, "clean", 2.0, 1.0), 1, lambda *_: None)
    assert left() == []


def test_two_peers_of_link_become_one() -> None:
    """Only where somebody has installed it: no check of the project needs it."""
    try:
        needs.require_contenders()
    except AscpiError as error:
        pytest.skip(str(error))
    link = links.LinkPeers(2)
    bout = fight(link, Rules(2, "clean", 4.0, 3.0), 1, lambda *_: None)
    assert bout.recording.one[-1]
    assert link.clock_ahead_us is not None
    assert bout.switch["counts"]["udp"]["payload_bytes"] > 0
    assert left() == []
