import json
import os

from ascpi.virtual import flash
from tests.virtual.lab import Lab


def test_only_files_that_differ_are_written(lab: Lab) -> None:
    options = lab.options("print(1)")
    flash.prepare(options)
    main = options.flash / "main.py"
    os.utime(main, ns=(1, 1))
    flash.prepare(options)
    assert main.stat().st_mtime_ns == 1
    assert options.firmware is not None
    (options.firmware / "main.py").write_text("print(2)")
    flash.prepare(options)
    assert main.read_text() == "print(2)"


def test_core_goes_to_its_folder_and_caches_stay_behind(lab: Lab) -> None:
    options = lab.options()
    assert options.core is not None
    (options.core / "ticks.py").write_text("")
    (options.core / "__pycache__").mkdir()
    (options.core / "__pycache__" / "ticks.pyc").write_text("")
    flash.prepare(options)
    files = sorted(path.name for path in (options.flash / "ascpi_core").rglob("*"))
    assert files == ["ticks.py"]


def test_what_else_lies_on_the_flash_is_kept(lab: Lab) -> None:
    options = lab.options()
    options.flash.mkdir()
    (options.flash / "epoch").write_text("7")
    flash.prepare(options)
    assert (options.flash / "epoch").read_text() == "7"


def test_configuration_has_what_the_firmware_needs(lab: Lab) -> None:
    options = lab.options(node_id=3, phase=0.25, settings={"report_ms": 500, "name": "comet"})
    flash.prepare(options)
    assert json.loads((options.flash / "ascpi.json").read_text()) == {
        "id": 3,
        "board": "virtual",
        "bind": "127.0.0.1:0",
        "broadcast": "127.255.255.255:31415",
        "phase": 0.25,
        "report_ms": 500,
        "poll_us": flash.POLL_US,
        "name": "comet",
    }


def test_erase_takes_the_nvs_too(lab: Lab) -> None:
    options = lab.options()
    flash.prepare(options)
    options.nvs.write_text("{}")
    flash.erase(options)
    assert not options.flash.exists()
    assert not options.nvs.exists()
