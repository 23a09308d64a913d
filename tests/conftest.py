"""What all tests share: programs that a test starts find this checkout's sources, too."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

CHECKOUT = Path(__file__).resolve().parent.parent

# The same examples in every run: a failure is there again. A deadline would measure the load.
settings.register_profile("ascpi", derandomize=True, deadline=None, print_blob=True)
settings.load_profile("ascpi")


def pytest_configure(config: pytest.Config) -> None:
    sources = [str(CHECKOUT / "host"), str(CHECKOUT / "shared")]
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join([*sources, *([before] if before else [])])


@pytest.fixture(scope="session")
def checkout() -> Path:
    return CHECKOUT


# Folders whose tests compute and wait for nothing: they may run beside those of real time. Boards
# share a processor badly enough with one neighbour, and a PTY's number goes to the next that asks,
# so whoever waits for a lost port to come back must not meet another test's board there.
COMPUTING = frozenset({"core", "host", "runtimes", "simulation", "stock", "tools", "truth", "view"})


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """With two processes (`-n 2 --dist loadgroup`) all that runs in real time is in one of them."""
    for item in items:
        folder = item.path.relative_to(CHECKOUT / "tests").parts[0]
        group = folder if folder in COMPUTING else "real time"
        item.add_marker(pytest.mark.xdist_group(group))
