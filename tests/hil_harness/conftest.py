from collections.abc import Iterator

import pytest

from tests.hil_harness.desk import Desk


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Three boards on ports, for the tests of one file: who needs none has them not beside it."""
    made = Desk(tmp_path_factory.mktemp("desk"))
    yield made
    made.close()
