"""`ascpi bench flash`: the figures, and what is said where there can be none."""

import json
from pathlib import Path

import pytest

from ascpi.bench.flash import command
from ascpi.bench.flash.command import flash, plugged_in
from ascpi.cli import main
from ascpi.errors import AscpiError
from ascpi.flash.chips import CHIPS
from ascpi.flash.image import filesystem_place, load_image
from ascpi.flash.stand_in.synthetic import synthetic_image

SMALL_BYTES = 80_000


def test_two_against_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # How good the figures are is no test's affair: the machine may be doing other things.
    monkeypatch.setattr(command, "RATIO_MOST", 100.0)
    path = tmp_path / "flash.json"
    words = ["--boards", "2", "--runs", "1", "--bytes", str(SMALL_BYTES), "--chip", "esp32c3"]
    assert main(["bench", "flash", *words, "--json", str(path)]) == 0
    figures = json.loads(path.read_text())
    assert figures["parallel_ratio"] == pytest.approx(
        figures["all_s"] / figures["one_s"], rel=0.01
    )
    assert (figures["boards"], figures["bytes"], figures["passed"]) == (2, SMALL_BYTES, True)
    assert "parallel_ratio" in capsys.readouterr().out


def test_a_board_that_fails_is_no_figure(tmp_path: Path) -> None:
    image = tmp_path / "image.bin"
    image.write_bytes(synthetic_image(CHIPS["esp32"], SMALL_BYTES))
    with (
        plugged_in(tmp_path / "boards", "esp32c3", 1) as ports,
        pytest.raises(
            AscpiError, match=r"`ascpi flash` failed: .*is an image for ESP32, and this"
        ),
    ):
        flash(ports, image, tmp_path)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--boards", "1"], "--boards 1: give 2 to 16"),
        (["--runs", "0"], "--runs 0 measures nothing"),
    ],
)
def test_what_cannot_be_measured(
    words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bench", "flash", *words]) == 2
    assert sentence in capsys.readouterr().err


@pytest.mark.parametrize("chip", CHIPS.values(), ids=CHIPS)
def test_the_synthetic_image_passes_for_micropython(tmp_path: Path, chip: object) -> None:
    from ascpi.flash.chips import Chip

    assert isinstance(chip, Chip)
    path = tmp_path / "image.bin"
    path.write_bytes(synthetic_image(chip, SMALL_BYTES))
    image = load_image(path, chip)
    assert abs(len(image.data) + chip.image_offset - SMALL_BYTES) < 8192
    assert filesystem_place(image, 4 << 20)[0] == 0x200000
