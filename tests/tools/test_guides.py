"""The guides: their links lead somewhere, and what they say a tool says, it says."""

import re
from pathlib import Path

import pytest

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
SAID = re.compile(r"^\| `([^`]+)` \|", re.MULTILINE)
PAGES = (
    "README.md",
    "docs/first-ten-boards.md",
    "docs/wiring.md",
    "docs/wifi.md",
    "docs/stock.md",
)


def anchors(page: Path) -> set[str]:
    """The names that headings have on the page."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    kept = [re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings]
    return {heading.replace(" ", "-") for heading in kept}


@pytest.mark.parametrize("name", PAGES)
def test_each_link_of_a_page_leads_somewhere(checkout: Path, name: str) -> None:
    page = checkout / name
    links = [link for link in LINK.findall(page.read_text("utf-8")) if "://" not in link]
    assert links or name == "docs/stock.md"
    for link in links:
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{name}: {link}"
        assert not anchor or anchor in anchors(target), f"{name}: {link}"


def said_in(folder: Path) -> str:
    """The Python sources there, with texts joined that go on in the next line."""
    source = "\n".join(file.read_text("utf-8") for file in sorted(folder.rglob("*.py")))
    return re.sub(r'"\s*\n\s*f?"', "", source)


def test_what_flashing_says_is_quoted_as_it_is(checkout: Path) -> None:
    page = (checkout / "docs" / "first-ten-boards.md").read_text("utf-8")
    quoted = SAID.findall(page.partition("| it says | why | do |")[2].partition("On the wall:")[0])
    assert len(quoted) > 10
    sources = said_in(checkout / "host" / "ascpi" / "flash")
    sources += said_in(checkout / "host" / "ascpi" / "ports")
    for sentence in quoted:
        for piece in sentence.split("…"):
            words = piece.strip(" (),:.")
            assert words in sources, f"{sentence}: nothing says {words!r}"
