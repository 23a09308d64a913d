"""Where the parts of the checkout are that this package works on."""

from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
CORE = REPOSITORY / "shared" / "ascpi_core"
FIRMWARE = REPOSITORY / "firmware"
