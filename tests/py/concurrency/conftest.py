"""Fixtures of the tests with several connections."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fixtures.actors import Actor, Stage, stage_on
from fixtures.databases import Database


@pytest.fixture
def stage(database: Database) -> Iterator[Stage]:
    """A database with an executor that offers `lookup`, and an agent with that tool."""
    with stage_on(database) as stage:
        stage.ask("select given_instance('{lookup}')")
        stage.ask("select given_agent(tools => '{lookup}')")
        yield stage


@pytest.fixture
def one(stage: Stage) -> Actor:
    return stage.actor()


@pytest.fixture
def two(stage: Stage) -> Actor:
    return stage.actor()
