"""Every text that a board can say has its row in the guides."""

from pathlib import Path

import pytest

from ascpi_core.peers import EVENT_NAMES
from ascpi_core.phase import BAND_NAMES, LOCK_STATES
from ascpi_core.ssep import DROP_REASONS
from tests.firmware import messages

WIFI = messages.PAGES[0]


def test_each_message_of_the_firmware_is_explained() -> None:
    """`python -m tests.firmware.messages` prints them all."""
    assert messages.undocumented() == []


def test_the_collector_finds_what_boards_say() -> None:
    found = [" … ".join(text.pieces) for text in messages.texts()]
    assert "no network of that name is heard" in found
    assert any(text.startswith("crash:") for text in found)
    assert not any("Keeps the network up" in text for text in found)


def test_a_message_without_a_row_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "\n".join(
            line
            for line in WIFI.read_text("utf-8").splitlines()
            if "no network of that name" not in line
        ),
        "utf-8",
    )
    missing = messages.undocumented((page,))
    assert any(text.endswith("no network of that name is heard") for text in missing)


@pytest.mark.parametrize("name", EVENT_NAMES)
def test_each_event_is_explained(name: str) -> None:
    assert f"| `event {name} " in WIFI.read_text("utf-8")


@pytest.mark.parametrize("name", [*DROP_REASONS, *LOCK_STATES, *BAND_NAMES])
def test_each_word_of_a_report_is_explained(name: str) -> None:
    assert f"`{name}`" in WIFI.read_text("utf-8")
