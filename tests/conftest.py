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
