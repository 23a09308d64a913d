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


# Where tests open serial ports: the number of a PTY that was closed goes to the next that asks, so
# whoever waits for a lost port to come back must not meet another test's board there.
PORTS = frozenset({"flash", "hil", "hil_harness", "monitor", "ports", "probe"})


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """With several processes (`-n 2 --dist loadgroup`) a folder's tests stay in one of them."""
    for item in items:
        folder = item.path.relative_to(CHECKOUT / "tests").parts[0]
        group = "ports" if folder in PORTS else folder
        item.add_marker(pytest.mark.xdist_group(group))
