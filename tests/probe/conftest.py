from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.probe.setting import Setting


@pytest.fixture
def setting(tmp_path: Path) -> Iterator[Setting]:
    made = Setting(tmp_path)
    yield made
    made.close()
