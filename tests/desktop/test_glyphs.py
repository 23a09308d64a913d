"""`ascpi glyph` and a running field: seen, born, moved and ended, each of it once."""

import json
import re
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ascpi.address import Address, format_address
from ascpi.air.process import AirProcess
from ascpi.cli import main
from ascpi.cluster import BOARD, DESKTOP, Cluster, NodePlan
from ascpi.desktop.network import LOOPBACK_BROADCAST
from ascpi.errors import MicroPythonMissing
from ascpi.virtual.runtime import find_micropython
from ascpi_core.ssep import (
    DROP_DUPLICATE,
    DROP_OLD_EPOCH,
    DROP_UNTAGGED,
    KIND_BEACON,
    KIND_ORDER,
    ROLE_OBSERVER,
    WORD_MAXIMUM,
)
from tests.desktop.live import DEADLINE_S, LiveField, free_port

KEY = "open sesame"
BORN = re.compile(r"(\d+\.\d+) is born on node (\d+)")


def has_micropython() -> bool:
    try:
        find_micropython()
    except MicroPythonMissing:
        return False
    return True


@dataclass(frozen=True)
class At:
    """A field by its address."""

    broadcast: Address

    @property
    def options(self) -> list[str]:
        return ["--broadcast", format_address(self.broadcast)]


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def mixed() -> Iterator[Cluster | None]:
    """A virtual board and a desktop node on one air; None where there is no MicroPython."""
    if not has_micropython():
        yield None
        return
    nodes = [NodePlan(7, "board", BOARD, 20.0, 0.1), NodePlan(8, "desktop", DESKTOP, 0.0, 0.4)]
    with Cluster(nodes, "clean", 1) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def fields(
    tmp_path_factory: pytest.TempPathFactory, mixed: Cluster | None
) -> Iterator[tuple[LiveField, LiveField]]:
    """An open field and one with a key, started with the mixed one: all take over 5 s until they
    are stable."""
    opened = LiveField(tmp_path_factory.mktemp("open"), ids=(1, 2, 3))
    keyed = LiveField(
        tmp_path_factory.mktemp("keyed"), ids=(4, 5, 6), key=KEY, without_glyphs=(4,)
    )
    with opened, keyed:
        opened.wait_stable()
        keyed.wait_stable()
        yield opened, keyed


@pytest.fixture
def field(fields: tuple[LiveField, LiveField]) -> LiveField:
    return fields[0]


@pytest.fixture
def keyed(fields: tuple[LiveField, LiveField]) -> LiveField:
    return fields[1]


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's state folder; no key in the environment, and no types in the working folder."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.delenv("ASCPI_KEY", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def with_key(state: Path) -> list[str]:
    path = state / "key"
    path.write_text(KEY + "\n")
    return ["--key-file", str(path)]


@pytest.fixture
def glyph(state: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """`ascpi glyph …` in this process: its exit code, output and errors."""

    def run(field: LiveField | At, *words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main(["glyph", words[0], *field.options, *words[1:]])
        out, err = capsys.readouterr()
        return code, out, err

    return run


def spawn(glyph: Run, field: LiveField | At, *words: str) -> str:
    """The id of a glyph that is born."""
    code, out, err = glyph(field, "spawn", *words)
    found = BORN.match(out)
    assert code == 0, err
    assert found, out
    return found[1]


def balanced(field: LiveField) -> bool:
    return field.ask(
        lambda: all(
            node.node.motor is None or node.node.motor.imbalance() == 0
            for node in field.nodes.values()
        )
    )


class Tap:
    """Everything that is said on a field's broadcast."""

    def __init__(self, field: LiveField) -> None:
        self.heard: list[bytes] = []
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        self._socket.settimeout(0.05)
        self._socket.bind(field.broadcast)
        self._address = field.broadcast
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "Tap":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join(DEADLINE_S)
        self._socket.close()

    def _run(self) -> None:
        while not self._ended.is_set():
            try:
                self.heard.append(self._socket.recv(2048))
            except TimeoutError:
                continue

    def of_observers(self) -> list[bytes]:
        """Beacons of observers, and what else their senders said."""
        ids = {
            data[4:8]
            for data in list(self.heard)
            if data[3] == KIND_BEACON and data[35] >> 4 == ROLE_OBSERVER
        }
        return [data for data in list(self.heard) if data[4:8] in ids]

    def say(self, data: bytes) -> None:
        self._socket.sendto(data, self._address)


def without_tag(data: bytes) -> bytes:
    return data[:56] + bytes(8)


def test_a_list_disturbs_nobody_and_says_that_it_is_complete(field: LiveField, glyph: Run) -> None:
    before = field.ask(
        lambda: [node.node.field.membership.changes for node in field.nodes.values()]
    )
    with Tap(field) as tap:
        code, out, _ = glyph(field, "list")
    assert code == 0
    assert "complete: 0 glyphs on 3 nodes, energy 0" in out
    assert "the field is open" in out
    assert tap.heard
    assert tap.of_observers() == [], "listening needs no packet"
    after = field.ask(
        lambda: [node.node.field.membership.changes for node in field.nodes.values()]
    )
    assert after == before


def test_from_birth_to_end(field: LiveField, glyph: Run, tmp_path: Path) -> None:
    stable = [field.motor(node_id).stability for node_id in (1, 2, 3)]
    born = field.births()
    words = ("counter", "--on", "2", "--energy", "500", "--theta", "0.25", "--bytes", "0a")
    name = spawn(glyph, field, *words)
    assert name.startswith("2.")
    assert field.births() == {**born, 2: born[2] + 500}
    code, out, err = glyph(field, "move", name, "3")
    assert (code, "is on node 3, from node 2, at hop 1" in out) == (0, True), out + err
    assert field.where(name) == [3]
    assert glyph(field, "move", name, "3")[:2] == (0, f"{name} is on node 3 already\n")
    path = tmp_path / "list.json"
    code, out, err = glyph(field, "list", "--json", str(path))
    assert code == 0, out + err
    listed = json.loads(path.read_text("utf-8"))
    assert listed["complete"]
    assert listed["problems"] == []
    (entry,) = listed["glyphs"]
    assert entry["id"] == name
    assert (entry["type"], entry["node"], entry["hops"]) == ("counter", 3, 1)
    assert entry["theta"] == 0.25
    assert entry["lifetime"] is None
    assert int.from_bytes(bytes.fromhex(entry["state"])[:4], "little") >= 10
    assert 400 < entry["energy"] <= 500
    assert [node["id"] for node in listed["nodes"]] == [1, 2, 3]
    code, out, err = glyph(field, "kill", name)
    assert (code, out) == (0, f"{name} has ended; it was on node 3\n")
    assert "the field is open" in err
    assert field.where(name) == []
    assert field.ask(lambda: [each.why for each in stable]) == [0, 0, 0], "an order rests nobody"
    assert balanced(field)


def test_watch_tells_of_each_hop_in_a_pipe(field: LiveField, glyph: Run) -> None:
    name = spawn(glyph, field, "comet", "--on", "1", "--energy", "300", "--theta", "0.5")
    code, out, _ = glyph(field, "watch", "--seconds", "3")
    assert code == 0
    assert "the field is open" in out
    assert re.search(rf"{re.escape(name)} comet is on node \d", out), out
    hops = re.findall(rf"{re.escape(name)} comet node (\d) → node (\d), hop (\d+)", out)
    assert len(hops) >= 2, out
    assert all(one != other for one, other, _ in hops)
    assert [int(hop) for _, _, hop in hops] == sorted(int(hop) for _, _, hop in hops)
    assert "node 1 is here" in out
    code, out, _ = glyph(field, "kill", name)
    assert code == 0, "it is followed, although it hops"


def test_without_a_node_the_poorest_gets_it(field: LiveField, glyph: Run) -> None:
    for node in "12":
        spawn(glyph, field, "pulse", "--on", node, "--energy", "40")
    code, out, err = glyph(field, "spawn", "pulse", "--energy", "30", "--lifetime", "90")
    assert code == 0, err
    assert "is born on node 3" in out


def test_orders_that_cannot_be_carried_out(field: LiveField, glyph: Run) -> None:
    wrong: list[tuple[tuple[str, ...], int, str]] = [
        (("spawn", "200", "--on", "1"), 1, "node 1 says: the node does not have this type"),
        (("spawn", "pulse", "--on", "77"), 2, "node 77 is not heard; heard are 1, 2, 3"),
        (("kill", "7.1"), 1, "no node holds 7.1"),
    ]
    for words, expected, sentence in wrong:
        code, out, err = glyph(field, *words)
        assert (code, out) == (expected, ""), (words, err)
        assert sentence in err, words
    assert balanced(field)


def test_a_node_that_holds_no_glyphs_takes_none(
    keyed: LiveField, glyph: Run, with_key: list[str]
) -> None:
    name = spawn(glyph, keyed, "pulse", "--on", "5", "--energy", "30", *with_key)
    code, _, err = glyph(keyed, "move", name, "4", "--seconds", "1.2", *with_key)
    assert code == 1
    assert f"{name} has not come to node 4: it was offered and not taken" in err
    code, _, err = glyph(keyed, "spawn", "pulse", "--on", "4", "--seconds", "0.5", *with_key)
    assert code == 1
    assert "node 4 did not answer within 0." in err
    assert "it holds no glyphs" in err
    assert glyph(keyed, "kill", name, *with_key)[0] == 0


def test_a_field_with_a_key_takes_no_orders_without_it(
    keyed: LiveField, glyph: Run, state: Path
) -> None:
    born = keyed.births()
    code, out, err = glyph(keyed, "spawn", "pulse")
    assert (code, out) == (2, "")
    assert "has a key and none was given" in err
    wrong = state / "wrong"
    wrong.write_text("another key\n")
    code, _, err = glyph(keyed, "list", "--key-file", str(wrong))
    assert code == 2
    assert "have another key than the one given" in err
    assert "another key\n" not in err
    assert keyed.births() == born


def test_with_the_key_orders_are_taken_and_replays_are_not(
    keyed: LiveField, glyph: Run, with_key: list[str]
) -> None:
    with Tap(keyed) as tap:
        code, out, err = glyph(keyed, "spawn", "pulse", "--on", "5", *with_key)
        assert code == 0, err
        assert "open" not in out + err
        name = out.split()[0]
        born = keyed.births()
        recorded = tap.of_observers()
        assert {data[3] for data in recorded} == {KIND_BEACON, KIND_ORDER}
        for reason, change in ((DROP_DUPLICATE, bytes), (DROP_UNTAGGED, without_tag)):
            before = keyed.refused(5, reason)
            for data in recorded:
                tap.say(change(data))
            expected = before + len(recorded)
            keyed.wait_for(lambda: keyed.refused(5, reason) >= expected, "every refusal")  # noqa: B023
        assert keyed.births() == born
        code, out, _ = glyph(keyed, "kill", name, *with_key)
        assert code == 0
        old = keyed.refused(5, DROP_OLD_EPOCH)
        for data in recorded:
            tap.say(data)
        keyed.wait_for(
            lambda: keyed.refused(5, DROP_OLD_EPOCH) >= old + len(recorded),
            "the refusal of an older command's orders",
        )
    assert keyed.births() == born
    assert keyed.where(name) == []
    assert not any(KEY in line for lines in keyed.lines.values() for line in lines)


def test_orders_that_are_lost_and_doubled_on_the_way_are_carried_out_once(
    tmp_path: Path, glyph: Run
) -> None:
    with (
        AirProcess(preset="harsh", seed=3) as air,
        LiveField(tmp_path, ids=(1, 2), air=air.address) as field,
    ):
        names = [spawn(glyph, field, "pulse", "--on", "1", "--energy", "50") for _ in range(2)]
        assert len(set(names)) == 2
        assert field.births() == {1: 100, 2: 0}
        code, out, err = glyph(field, "kill", names[0])
        assert (code, out) == (0, f"{names[0]} has ended; it was on node 1\n"), err
        assert balanced(field)
        assert field.ask(lambda: field.motor(1).holding.count) == 1


def test_to_a_board_and_back(mixed: Cluster | None, glyph: Run) -> None:
    if mixed is None:
        pytest.skip("no MicroPython here")
    air = At(mixed.air.address)
    name = spawn(glyph, air, "counter", "--on", "8", "--energy", "200")
    for node, hop in (("7", 1), ("8", 2)):
        code, out, err = glyph(air, "move", name, node)
        assert code == 0, err
        assert f"{name} is on node {node}" in out
        assert f"at hop {hop}" in out
    code, out, err = glyph(air, "kill", name)
    assert (code, out) == (0, f"{name} has ended; it was on node 8\n"), err


def test_a_glyph_outlives_its_node(tmp_path: Path, glyph: Run) -> None:
    with LiveField(tmp_path, ids=(1,)) as field:
        name = spawn(glyph, field, "counter", "--on", "1", "--energy", "70")
        field.wait_for(lambda: field.motor(1).holding.slots[0].steps > 0, "a step")
    with LiveField(tmp_path, ids=(1,), epoch=2) as field:
        code, out, err = glyph(field, "list", "--plain")
        assert code == 0, out + err
        assert f"{name} counter node=1 place=held theta=0.000000 energy=" in out
        assert balanced(field)


def test_where_nobody_is_that_is_said(glyph: Run) -> None:
    code, out, err = glyph(At((LOOPBACK_BROADCAST, free_port())), "list", "--seconds", "1")
    assert (code, out) == (2, "")
    assert "no node is heard on 127.255.255.255:" in err
    assert "does --broadcast name its network?" in err


def test_an_id_is_kept_and_two_at_a_time_are_two(state: Path) -> None:
    from ascpi.glyphs.station import IDS_FIRST, open_station

    with open_station(None, None) as one, open_station(None, None) as other:
        assert IDS_FIRST <= one.node_id < other.node_id <= WORD_MAXIMUM
        assert (one.epoch, other.epoch) == (1, 1)
    with open_station(None, None) as again:
        assert (again.node_id, again.epoch) == (one.node_id, 2)
    with open_station(77, state / "mine") as named:
        assert (named.node_id, named.epoch) == (77, 1)
