from collections.abc import Iterator
from pathlib import Path

import pytest

from ascpi.flash.stand_in import StandInFailed, require_stand_in
from ascpi.flash.workers import Workers
from tests.flash.desk import Desk


@pytest.fixture(scope="session")
def workers() -> Iterator[Workers]:
    """One for all tests, as one for all boards: importing esptool takes a while."""
    with Workers() as made:
        yield made


@pytest.fixture
def desk(tmp_path: Path, workers: Workers) -> Iterator[Desk]:
    try:
        require_stand_in()
    except StandInFailed as error:
        pytest.skip(str(error))
    made = Desk(tmp_path, workers)
    yield made
    made.close()
