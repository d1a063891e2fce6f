"""The workplace of the executor tests, in a database whose batches do not wait."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any
from uuid import UUID

import pytest
from agentpg_executor.testing import FakeClaude
from executor.conftest import MODEL, Workplace, fake, stop_all
from executor.conftest import work as workplace
from executor_batches.conftest import QUICK

__all__ = ["MODEL", "Place", "fake", "workplace"]


class Place:
    """What the tests of requests do."""

    def __init__(self, work: Workplace) -> None:
        self.work = work
        self.fake = work.fake
        self.client = work.client

    async def agent(self, config: Mapping[str, object] | None = None, **definition: Any) -> UUID:
        settings: dict[str, Any] = {"name": "helper", "model": MODEL, "config": config}
        return (await self.client.create_agent(**(settings | definition))).id

    async def run(
        self, agent_id: UUID, *, batch: bool = False, prompt: str = "Hello.", **options: Any
    ) -> UUID:
        create = self.client.run if batch else self.client.run_fast
        return await create(await self.client.new_session(), agent_id, prompt, **options)

    def bodies(self, fake: FakeClaude | None = None) -> list[dict[str, Any]]:
        """The requests that reached the wire: those of calls, then the items of batches."""
        journal = (fake or self.fake).journal
        calls = [{**entry.body} for entry in journal.of("messages")]
        for body in calls:
            body.pop("stream")
        batches = [entry.body["requests"] for entry in journal.of("batches.create")]
        return calls + [item["params"] for requests in batches for item in requests]

    def betas(self) -> list[list[str]]:
        """What the header anthropic-beta said, call by call."""
        return [entry.betas for entry in self.fake.journal if entry.kind in ("messages", "batches.create")]


@pytest.fixture
async def place(workplace: Workplace) -> AsyncIterator[Place]:
    workplace.configure(**QUICK)
    workplace.fake.batches.seconds = 0.2
    yield Place(workplace)
    await stop_all(workplace.executors)
