"""Real workers on a real Postgres, and a fake Claude whose batches the test winds up by its clock."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from agentpg_executor.testing import FakeClaude
from batches.world import BatchWorld
from fixtures.databases import Database, Databases
from survival.conftest import fake, mortal, mortals, nursery, wire, wired
from survival.fleet import Fleet, Nursery

__all__ = ["fake", "mortal", "mortals", "nursery", "wire", "wired"]


@pytest.fixture
async def fleet(nursery: Nursery, tmp_path: Path, fake: FakeClaude) -> AsyncIterator[Fleet]:
    made = Fleet(nursery, tmp_path, fake.environment)
    yield made
    await made.stop()


@pytest.fixture
async def world(database: Database, fake: FakeClaude, fleet: Fleet) -> AsyncIterator[BatchWorld]:
    """On a database whose clock the test moves."""
    made = BatchWorld(database.dsn, fake, fleet)
    yield made
    await made.close()
    await fleet.stop()


@pytest.fixture
async def mortal_world(mortals: Databases, fake: FakeClaude, fleet: Fleet) -> AsyncIterator[BatchWorld]:
    """On the server that may be killed."""
    database = mortals.deployed()
    made = BatchWorld(database.dsn, fake, fleet)
    yield made
    await made.close()
    await fleet.stop()
    mortals.drop(database)
