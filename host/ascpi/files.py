"""Files that a command leaves behind: whether they can be written is known before the work."""

from pathlib import Path

from ascpi.errors import AscpiError


def require_writable(path: Path | None) -> None:
    """An AscpiError for what cannot be written. A file that is there stays as it is."""
    if path is None:
        return
    if path.is_dir():
        raise AscpiError(f"{path} cannot be written: it is a folder; name a file in it")
    is_new = not path.exists()
    try:
        path.open("ab").close()
        if is_new:
            path.unlink()
    except OSError as error:
        raise AscpiError(
            f"{path} cannot be written: {error.strerror}; name another file"
        ) from None
