from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.virtual.lab import Lab


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    laboratory = Lab(tmp_path)
    yield laboratory
    laboratory.close()
