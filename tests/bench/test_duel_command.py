"""`ascpi bench duel`: what it refuses, in which words; and its picture."""

from collections.abc import Callable
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest

from ascpi import cli
from ascpi.bench.duel import needs
from ascpi.bench.duel.bout import Rules
from ascpi.bench.duel.figures import run_figures
from ascpi.bench.duel.links import LinkPeers
from ascpi.bench.duel.outcome import Fought, Side
from ascpi.bench.duel.plot import draw
from ascpi.bench.duel.recording import Recording
from ascpi.errors import AscpiError

PNG = b"\x89PNG\r\n"


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """One that has all that the duel needs, whatever this one has."""
    device = tmp_path / "tun"
    device.touch()
    monkeypatch.setattr("ascpi.bench.duel.needs.sys.platform", "linux")
    monkeypatch.setattr("ascpi.bench.duel.needs.os.geteuid", lambda: 0, raising=False)
    monkeypatch.setattr(needs, "TUN_DEVICE", device)
    monkeypatch.setattr("ascpi.bench.duel.needs.shutil.which", lambda name: f"/sbin/{name}")
    return monkeypatch


def no_package(name: str) -> str:
    raise metadata.PackageNotFoundError(name)


@pytest.mark.parametrize(
    ("lack", "sentence"),
    [
        (
            lambda lacking: lacking.setattr("ascpi.bench.duel.needs.sys.platform", "darwin"),
            "network namespaces, which darwin does not have: run it on Linux",
        ),
        (
            lambda lacking: lacking.setattr("ascpi.bench.duel.needs.os.geteuid", lambda: 1000),
            "which only root may: sudo ",
        ),
        (
            lambda lacking: lacking.setattr(needs, "TUN_DEVICE", Path("/nowhere/tun")),
            "/nowhere/tun is missing: load the module",
        ),
        (
            lambda lacking: lacking.setattr(
                "ascpi.bench.duel.needs.shutil.which", lambda name: None
            ),
            "the duel needs the command `ip`: install iproute2",
        ),
        (
            lambda lacking: lacking.setattr("ascpi.bench.duel.needs.metadata.version", no_package),
            "the duel needs LinkPython-extern, which is no part of the installation: ",
        ),
    ],
)
def test_what_is_missing_is_said_in_a_sentence(
    machine: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    lack: Callable[[pytest.MonkeyPatch], None],
    sentence: str,
) -> None:
    lack(machine)
    assert cli.main(["bench", "duel"]) == 2
    said = capsys.readouterr().err
    assert sentence in said
    assert said.count("\n") == 1


def test_the_command_that_installs_link_names_a_file_that_is_there(
    machine: pytest.MonkeyPatch,
) -> None:
    machine.setattr("ascpi.bench.duel.needs.metadata.version", no_package)
    with pytest.raises(AscpiError, match=r"-m pip install -r .*requirements-duel\.txt$"):
        needs.require_contenders()
    assert "linkpython-extern==" in needs.REQUIREMENTS.read_text("utf-8").lower()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--peers", "1"], "--peers 1 is out of range: give 2 to 16"),
        (["--peers", "17"], "--peers 17 is out of range"),
        (["--seeds", "0"], "--seeds 0 is out of range"),
        (["--ppm", "-1"], "--ppm -1 is out of range"),
        (["--ppm", "nan"], "--ppm nan is out of range"),
        (["--after", "60"], "errors are taken between the two"),
        (["--seconds", "inf"], "errors are taken between the two"),
        (["--plot", "duel.txt"], "end it in .png"),
        (["--plot", "/nowhere/duel.png"], "/nowhere/duel.png cannot be written"),
        (["--json", "/nowhere/duel.json"], "/nowhere/duel.json cannot be written"),
    ],
)
def test_options_that_cannot_be_are_refused_before_anything_starts(
    capsys: pytest.CaptureFixture[str], words: list[str], sentence: str
) -> None:
    assert cli.main(["bench", "duel", *words]) == 2
    assert sentence in capsys.readouterr().err


def test_link_is_imported_by_its_peer_alone(checkout: Path) -> None:
    """Its licence and its threads stay in that process: the peer's script is nobody's module."""
    for path in (checkout / "host").rglob("*.py"):
        if path.name != "link_peer.py":
            text = path.read_text("utf-8")
            assert 'import_module("link")' not in text
            assert "import link_peer" not in text


def test_a_peer_of_link_is_read_line_by_line() -> None:
    link = LinkPeers(2)
    link._recent = {1: [], 2: []}  # type: ignore[dict-item]  # as `start` does
    assert link._look(1, "phase 150000 0.150000000 1") is None, "before its start"
    assert link._look(1, "start 100000 40000") is None
    seen = link._look(1, "phase 150000 0.250000000 3")
    assert seen is not None
    assert (seen.peer, seen.true_us, seen.up_us) == (1, 150_000, 100_000)
    assert (seen.phase, seen.others) == (0.25, 3)
    assert link.clock_ahead_us == 60_000


def test_the_picture_has_a_panel_for_each_side(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="the plot is an extra")
    rules = Rules(2, "wifi", 10.0, 5.0)
    instants = np.arange(200, dtype=np.int64) * 50_000
    rows = np.column_stack([1e5 / (1 + np.arange(200.0)), -1e5 / (1 + np.arange(200.0))])
    runs = [
        Fought(run_figures(1, made, 5.0), made, {}, {})
        for made in (
            Recording(instants, rows, np.ones(200, np.bool_)),
            Recording(instants, rows, np.zeros(200, np.bool_)),
        )
    ]
    path = tmp_path / "duel.png"
    draw(path, rules, (Side("ascpi", "ASCπ", runs, {}), Side("link", "Ableton Link", runs, {})))
    assert path.read_bytes().startswith(PNG)


def test_a_picture_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="the plot is an extra")
    with pytest.raises(AscpiError, match="cannot be drawn"):
        draw(tmp_path / "none" / "duel.png", Rules(2, "wifi", 10.0, 5.0), two_empty_sides())


def two_empty_sides() -> tuple[Side, Side]:
    return Side("ascpi", "ASCπ", [], {}), Side("link", "Ableton Link", [], {})
