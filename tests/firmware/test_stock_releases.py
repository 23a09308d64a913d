"""The parts of `python -m tests.stock`, which takes minutes and so runs beside the check."""

import base64
import hashlib
import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest

from ascpi.errors import AscpiError
from tests.stock import boot, image, releases, standins
from tests.stock.boot import Boot
from tests.stock.releases import Release, StockError

STUBS = Path(sys.prefix) / "micropython" / "1.23"

needs_stubs = pytest.mark.skipif(
    not STUBS.exists(), reason="MicroPython 1.23's stubs are missing: `python3 tools/test.py`"
)

BOOT = (
    "ASCPI event boot id=7 epoch=1 mac=0a:1b:2c:3d:4e:5f version=0.1.0 micropython=1.23.0 "
    "board=esp32-devkitc transport=station"
)
REPORT = (
    "ASCPI report id=7 epoch=1 up_ms=2000 ticks=252 theta=0.000999995 state=alone band=loose "
    "c=0.0000 err_us=0 claim_us=unknown peers=0 dphi=0.0000 kappa=0.1250 topology=mesh "
    "field=open heard=0 sent=21 refused=0 mem_free=166184064 pulses=2"
)


def module(name: str) -> dict[str, Any]:
    """A stand-in, run by CPython, for what both Pythons do alike."""
    held: dict[str, Any] = {}
    exec(standins.make(STUBS)[f"{name}.py"], held)
    return held


@needs_stubs
def test_a_stand_in_has_a_boards_names_and_no_others() -> None:
    network = module("network")
    station = network["WLAN"](network["STA_IF"])
    assert station.connect("a network", "its password") is None
    assert station.config(pm=network["WLAN"].PM_NONE) is None
    with pytest.raises(AttributeError):
        station.ipconfig("addr4")  # from 1.24 on
    assert "ipconfig" not in network


@needs_stubs
def test_a_stand_in_takes_no_keyword_that_a_board_refuses() -> None:
    machine = module("machine")
    machine["WDT"](timeout=8000)
    with pytest.raises(TypeError, match=r"machine\.WDT\(\) takes no keyword seconds"):
        machine["WDT"](seconds=8)
    with pytest.raises(TypeError, match=r"machine\.reset\(\) takes no keyword now"):
        machine["reset"](now=True)


@needs_stubs
def test_a_boards_files_have_all_that_the_firmware_imports(tmp_path: Path) -> None:
    folder = boot.board_files(tmp_path, boot.SETUPS[0], STUBS)
    there = {file.name for file in (folder / "standins").iterdir()}
    assert {"machine.py", "network.py", "socket.py", "os.py", "asyncio.py"} <= there
    assert (folder / "main.py").exists()
    program = folder / (folder / "ascpi_run").read_text("utf-8")
    assert (program / "ascpi_node.mpy").read_bytes()[:2] == b"M\x06"
    assert '"board": "esp32-devkitc"' in (folder / "ascpi.json").read_text("utf-8")


def test_a_board_that_boots_and_reports_is_right() -> None:
    assert Boot("1.23.0", "esp32-devkitc", (BOOT, REPORT, REPORT)).wrong() == []


@pytest.mark.parametrize(
    ("lines", "wrong"),
    [
        ((REPORT, REPORT), "no boot line of MicroPython 1.23.0"),
        ((BOOT.replace("1.23.0", "1.25.0"), REPORT, REPORT), "no boot line of MicroPython 1.23.0"),
        ((BOOT, REPORT), "1 reports"),
        ((BOOT, REPORT, REPORT.replace("sent=21", "sent=0")), "nothing was sent"),
        ((BOOT, REPORT, REPORT, "ASCPI error crash: X; it is kept"), "it said: crash: X"),
        ((BOOT, REPORT, REPORT, "AttributeError: 'WLAN'"), "it said: AttributeError: 'WLAN'"),
    ],
)
def test_what_a_board_does_wrong_is_said(lines: tuple[str, ...], wrong: str) -> None:
    assert any(wrong in sentence for sentence in Boot("1.23.0", "esp32-devkitc", lines).wrong())


def test_an_archive_that_is_not_the_pinned_one_is_refused(tmp_path: Path) -> None:
    archive = tmp_path / "micropython-1.23.0.tgz"
    archive.write_bytes(b"something else")
    with pytest.raises(StockError, match=r"is not MicroPython 1\.23\.0 as pinned; delete it"):
        releases.folder(releases.RELEASES["1.23.0"], tmp_path)
    digest = base64.b64encode(hashlib.sha512(b"something else").digest()).decode()
    releases.check(Release("1.23.0", digest), archive)


def test_without_node_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(StockError, match=r"Node\.js, .* `python3 tools/test\.py` brings it"):
        releases.node()


def test_node_and_npm_come_with_the_wheel() -> None:
    assert all(Path(word).is_file() for word in releases.npm())


def test_names_that_an_image_lacks_are_found(tmp_path: Path) -> None:
    wanted = image.wanted()
    assert {"machine", "WDT", "timeout", "readinto", "PM_NONE"} <= wanted
    file = tmp_path / "image.bin"
    names = sorted(wanted - {"PM_NONE"})
    file.write_bytes(bytes([image.MAGIC]) + b"".join(name.encode() + b"\0" for name in names))
    assert image.missing(file) == ["PM_NONE"]


def test_what_is_no_image_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "image.bin"
    with pytest.raises(AscpiError, match="cannot be read: No such file"):
        image.missing(file)
    file.write_bytes(b"MZ")
    with pytest.raises(AscpiError, match="is no image for an ESP32"):
        image.missing(file)
