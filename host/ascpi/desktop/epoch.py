"""The boot epoch of a desktop node, kept in a file: one more at each start."""

import os
from pathlib import Path

from ascpi.errors import NodeFailed
from ascpi_core.ssep import WORD_MAXIMUM


def default_path(node_id: int) -> Path:
    """Where a node's epoch is kept unless it is told otherwise."""
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(state) / "ascpi" / f"node-{node_id}.epoch"


def journal_path(state: Path) -> Path:
    """Where a node keeps its glyphs, beside the file that counts its starts."""
    path = state.with_suffix(".journal")
    return path if path != state else state.with_name(state.name + ".journal")


def next_epoch(path: Path) -> int:
    """The epoch of this start, written down before it is used. NodeFailed if that cannot be."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        text = path.read_text().strip() if path.exists() else "0"
        epoch = min(int(text) + 1, WORD_MAXIMUM)
        beside = path.with_name(path.name + ".new")
        beside.write_text(f"{epoch}\n")
        os.replace(beside, path)
    except ValueError:
        raise NodeFailed(
            f"{path} holds no number; delete it if no node of that id is running, or name "
            "another file with --state"
        ) from None
    except OSError as error:
        raise NodeFailed(
            f"the boot epoch cannot be kept in {path} ({error.strerror}); "
            "name a file that can be written with --state"
        ) from None
    return epoch
