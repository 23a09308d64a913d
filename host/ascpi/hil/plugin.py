"""The pytest plugin: options, the fixtures `boards` and `cluster`, and what a failure shows.

Loaded by its entry point where ascpi is installed, else with `-p ascpi.hil.plugin`. To load it
costs next to nothing: what works with boards is imported by the first test that wants some.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from ascpi.hil.board import Board
    from ascpi.hil.cluster import BoardCluster
    from ascpi.hil.options import RackOptions
    from ascpi.hil.rack import Rack

# Of tests that name one of these.
FIXTURES = frozenset({"cluster", "boards", "hil_rack"})
REPETITION = "hil_repetition"

_options_key = pytest.StashKey["RackOptions"]()
_session_key = pytest.StashKey["_Session"]()
_cluster_key = pytest.StashKey["tuple[BoardCluster, Path]"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    add = parser.getgroup("boards", "tests with boards, real and virtual (ascpi)").addoption
    add("--boards", metavar="WHICH", help="virtual:N, ports or URLs, fleet.toml (virtual:4)")
    add("--hil-air", default="wifi", metavar="AIR", help="of virtual boards: preset or ADDR:PORT")
    add("--hil-seed", type=int, default=1, metavar="N", help="of crystals, phases and the air")
    add(
        "--hil-within",
        type=float,
        default=500.0,
        metavar="US",
        help="what `cluster.locked()` asks, in µs, where the test does not say (500)",
    )
    add("--hil-logs", type=Path, metavar="DIR", help="a folder a test, a file a board, kept")
    add("--flash", action="store_true", help="put the checkout's firmware on boards first")
    add("--probe", metavar="PORT", help="a board with firmware/probe, wired to pulse pins")
    add("--probe-pins", metavar="PIN=MAC,…", help="which of its pins is wired to which board")
    add("--repeat", type=int, default=1, metavar="N", help="each test with boards so often")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "fresh: every board is reset before the test")
    if config.getoption("--repeat") < 1:
        raise pytest.UsageError("--repeat: give the number of times, 1 or more")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """No rerun until it passes: each of the repetitions counts."""
    count = metafunc.config.getoption("--repeat")
    if count > 1 and FIXTURES & set(metafunc.fixturenames):
        metafunc.fixturenames.append(REPETITION)
        ids = [f"{number}of{count}" for number in range(1, count + 1)]
        metafunc.parametrize(REPETITION, range(1, count + 1), ids=ids)


def pytest_collection_finish(session: pytest.Session) -> None:
    """What is wrong with --boards is said before the first test, in one sentence."""
    config = session.config
    if config.option.collectonly or not any(_wants_boards(item) for item in session.items):
        return
    from ascpi.errors import AscpiError
    from ascpi.hil.options import require_ports

    try:
        options = _rack_options(config)
        require_ports(options.selection)
    except AscpiError as error:
        raise pytest.UsageError(str(error)) from None
    config.stash[_options_key] = options


def _wants_boards(item: pytest.Item) -> bool:
    return bool(FIXTURES & set(getattr(item, "fixturenames", ())))


def _rack_options(config: pytest.Config) -> RackOptions:
    from ascpi.hil.options import RackOptions, checked_air, parse_probe, require_common_air
    from ascpi.hil.selection import DEFAULT, parse_selection

    option = config.getoption
    options = RackOptions(
        parse_selection(option("--boards") or DEFAULT),
        checked_air(option("--hil-air")),
        option("--hil-seed"),
        option("--flash"),
        parse_probe(option("--probe"), option("--probe-pins")),
    )
    require_common_air(options)
    return options


class _Session:
    """The boards, started for the first test that wants some and stopped after the last in a row.

    Or why there are none, which the first test tells in full.
    """

    def __init__(self, options: RackOptions) -> None:
        self._options = options
        self._stack = ExitStack()
        self._rack: Rack | None = None
        self._failure = ""

    def boards_or_failure(self) -> Rack:
        if self._failure:
            pytest.fail("the boards are not there: see the first test", pytrace=False)
        if self._rack is None:
            from ascpi.errors import AscpiError
            from ascpi.hil.rack import Rack

            try:
                self._rack = self._stack.enter_context(Rack(self._options))
            except (AscpiError, AssertionError) as error:
                self._failure = str(error)
                pytest.fail(self._failure, pytrace=False)
        return self._rack

    def close(self) -> None:
        self._rack = None
        self._stack.close()


@pytest.fixture(scope="session")
def hil_session(pytestconfig: pytest.Config) -> Iterator[_Session]:
    """All boards, started once for all tests that follow each other."""
    session = _Session(pytestconfig.stash[_options_key])
    pytestconfig.stash[_session_key] = session
    yield session
    session.close()


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """Boards that nobody wants next take no time from others."""
    session = item.config.stash.get(_session_key, None)
    if session is not None and (nextitem is None or not _wants_boards(nextitem)):
        session.close()


@pytest.fixture
def hil_rack(hil_session: _Session) -> Rack:
    """All boards of the session, and what lies between them."""
    return hil_session.boards_or_failure()


@pytest.fixture
def hil_logs(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The folder of this test's logs."""
    chosen: Path | None = request.config.getoption("--hil-logs")
    if chosen is None:
        folder = tmp_path / "boards"
    else:
        folder = chosen / re.sub(r"[^\w.\[\]-]+", "_", request.node.nodeid)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        pytest.fail(f"--hil-logs {folder}: {error.strerror}; name another folder", pytrace=False)
    return folder


@pytest.fixture
def cluster(
    request: pytest.FixtureRequest, hil_rack: Rack, hil_logs: Path
) -> Iterator[BoardCluster]:
    """The boards as one field: faults, and what is to hold. Faults are taken back afterwards."""
    from ascpi.hil.cluster import BoardCluster

    made = BoardCluster(
        hil_rack.boards,
        hil_rack.watch,
        hil_rack.network,
        request.config.getoption("--hil-within"),
    )
    request.node.stash[_cluster_key] = (made, hil_logs)
    request.node.user_properties.append(("hil_logs", str(hil_logs)))
    for board in made.boards:
        board.transcript.log_to(hil_logs / f"{_file_name(board.name)}.log")
    try:
        if request.node.get_closest_marker("fresh") is not None:
            made.restart_all()
        yield made
    finally:
        try:
            made.restore()
        finally:
            for name, value in made.figures.items():
                request.node.user_properties.append((f"hil_{name}", value))
            for board in made.boards:
                board.transcript.log_to(None)


@pytest.fixture
def boards(cluster: BoardCluster) -> list[Board]:
    """The boards one by one, as `cluster.boards`."""
    return cluster.boards


def _file_name(name: str) -> str:
    return re.sub(r"[^\w.-]+", "-", name)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """What the boards cannot do is no failure of theirs."""
    if not _wants_boards(item):
        return (yield)
    from ascpi.hil.errors import Impossible

    try:
        return (yield)
    except Impossible as reason:
        pytest.skip(str(reason))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    found = item.stash.get(_cluster_key, None)
    if found is None or report.when != "call" or not report.failed:
        return report
    from ascpi.hil.failure import gather

    made, folder = found
    evidence = gather(made, folder, item.name, str(call.excinfo.value if call.excinfo else ""))
    report.sections += evidence.sections
    # The report of the teardown is what JUnit takes them from.
    item.user_properties += evidence.properties
    return report
