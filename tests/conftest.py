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


# Folders whose tests compute, or whose boards need not be on time: they may run beside those that
# do. A board shares a processor well with one neighbour, and badly with many.
PATIENT = frozenset(
    {"bench", "core", "desktop", "flash", "host", "monitor", "runtimes", "sim", "simulation"}
    | {"stock", "tools", "truth", "view"}
)
# And so may the tests of these files, wherever they are.
PATIENT_FILES = frozenset({"test_power_cuts.py"})


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """With two processes (`-n 2 --dist loadgroup`) all that runs in real time is in one."""
    for item in items:
        folder = item.path.relative_to(CHECKOUT / "tests").parts[0]
        if item.path.name in PATIENT_FILES:
            folder = item.path.name
        is_patient = folder in PATIENT or folder in PATIENT_FILES
        group = folder if is_patient else "real time"
        item.add_marker(pytest.mark.xdist_group(group))
