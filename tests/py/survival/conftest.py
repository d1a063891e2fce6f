"""Real workers, a real Postgres, a real socket to a fake Claude, and what can happen to them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from agentpg_executor.embedded import find_bindir
from agentpg_executor.testing import FakeClaude
from fixtures.databases import Database, Databases
from survival.barrier import Barrier
from survival.fleet import Fleet, Nursery
from survival.postgres_proxy import PostgresProxy
from survival.routes import socket_of, through
from survival.servers import MortalServer
from survival.tally import Tally
from survival.world import World

_TALLY = pytest.StashKey[Tally]()
_REPORT = Path(__file__).resolve().parents[3] / "build" / "survival.txt"


@pytest.fixture(scope="session")
def tally(pytestconfig: pytest.Config) -> Tally:
    made = pytestconfig.stash[_TALLY] = Tally()
    return made


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    made = Nursery()
    yield made
    made.close()


@pytest.fixture
async def fake() -> AsyncIterator[FakeClaude]:
    async with FakeClaude() as running:
        yield running


@pytest.fixture
async def barrier() -> AsyncIterator[Barrier]:
    async with Barrier() as standing:
        yield standing


@pytest.fixture
async def fleet(nursery: Nursery, tmp_path: Path, fake: FakeClaude, barrier: Barrier) -> AsyncIterator[Fleet]:
    made = Fleet(nursery, tmp_path, {**fake.environment, "BARRIER": barrier.address})
    yield made
    await made.stop()


@pytest.fixture
async def world(
    database: Database, fake: FakeClaude, barrier: Barrier, fleet: Fleet, tally: Tally
) -> AsyncIterator[World]:
    """On a database whose clock the test moves."""
    made = World(database.dsn, fake, barrier, fleet, tally)
    yield made
    await made.close()
    await fleet.stop()


@pytest.fixture
async def wire(database: Database) -> AsyncIterator[PostgresProxy]:
    """A way to the database that stops at calls; `through(dsn, wire)` leads over it."""
    async with PostgresProxy(socket_of(database.dsn)) as running:
        yield running


@pytest.fixture
def wired(database: Database, wire: PostgresProxy) -> str:
    """The DSN that leads over `wire`."""
    return through(database.dsn, wire)


@pytest.fixture(scope="module")
def mortals(pytestconfig: pytest.Config) -> Iterator[Databases]:
    """The databases of a server that the module's tests may kill."""
    named = pytestconfig.getoption("--server-bindir")
    server = MortalServer(Path(named) if named else find_bindir())
    server.start()
    yield Databases(server)
    server.stop()


@pytest.fixture
def mortal(mortals: Databases) -> MortalServer:
    assert isinstance(mortals.server, MortalServer)
    return mortals.server


@pytest.fixture
async def mortal_world(
    mortals: Databases, fake: FakeClaude, barrier: Barrier, fleet: Fleet, tally: Tally
) -> AsyncIterator[World]:
    """On the server that may be killed."""
    database = mortals.deployed()
    made = World(database.dsn, fake, barrier, fleet, tally)
    yield made
    await made.close()
    await fleet.stop()
    mortals.drop(database)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    tally = session.config.stash.get(_TALLY, None)
    if tally is not None and tally.costs:
        tally.write(_REPORT)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    tally = config.stash.get(_TALLY, None)
    if tally is not None and tally.costs:
        terminalreporter.section("what the faults cost")
        for line in tally.table().splitlines():
            terminalreporter.write_line(line)
