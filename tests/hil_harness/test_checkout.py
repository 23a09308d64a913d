"""Whether a board's files are the checkout's."""

import hashlib

from ascpi.hil.checkout import checkout_sources, compare


def digests(files: dict[str, bytes]) -> dict[str, str]:
    return {path: hashlib.sha256(data).hexdigest() for path, data in files.items()}


def test_sources_and_compiled_files_both_count() -> None:
    sources = checkout_sources()
    assert "/ascpi_core/node.py" in sources
    assert "/ascpi_board/app.py" in sources
    assert compare(digests(sources), {}) == []
    compiled = {path.replace(".py", ".mpy"): b"compiled " + data for path, data in sources.items()}
    assert compare(digests(compiled), compiled) == []


def test_what_differs_or_lacks_is_named() -> None:
    sources = checkout_sources()
    there = digests(sources)
    there["/ascpi_core/node.py"] = "0" * 64
    del there["/ascpi_board/app.py"]
    assert compare(there, {}) == ["ascpi_board/app.mpy", "ascpi_core/node.py"]
