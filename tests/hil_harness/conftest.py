from collections.abc import Iterator

import pytest

from tests.hil_harness.desk import Desk


@pytest.fixture(scope="package")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Three boards on ports, for all of these tests."""
    made = Desk(tmp_path_factory.mktemp("desk"))
    yield made
    made.close()
