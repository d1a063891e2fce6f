"""The workplace of the executor tests, in a database whose batches do not wait."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any
from uuid import UUID

import pytest
from agentpg import Response
from agentpg_executor.executor import Executor
from agentpg_executor.testing import Turn
from anthropic import AsyncAnthropic
from executor.conftest import MODEL, Workplace, eventually, fake, stop_all, work

__all__ = ["QUICK", "BatchPlace", "eventually", "fake", "work"]

QUICK = {
    "batch_max_wait": "50 milliseconds",
    "batch_poll_interval": "100 milliseconds",
    "batch_max_poll_interval": "200 milliseconds",
    "batch_settle_time": "300 milliseconds",
}


class BatchPlace:
    """What every test of batches does."""

    def __init__(self, work: Workplace) -> None:
        self.work = work
        self.fake = work.fake
        self.clients: list[AsyncAnthropic] = []
        work.fake.batches.seconds = 0.2

    async def started(self, *tools: Any, **options: Any) -> Executor:
        settings: dict[str, Any] = {"poll_interval": 0.1, "max_concurrent_batches": 2}
        return await self.work.started(*tools, **(settings | options))

    def patient_with(self, turn: Turn) -> dict[str, Any]:
        """Options of an executor that leaves a provider that is silent, and waits for a slow one."""
        silent = turn.gate is not None or (turn.fault is not None and turn.fault.kind == "hang")
        return self.over(timeout=2.0 if silent else 60.0)

    def over(self, *, path: str = "", **options: Any) -> dict[str, Any]:
        """Options of an executor with a client of its own."""
        client = AsyncAnthropic(api_key=self.fake.api_key, base_url=self.fake.base_url + path, **options)
        self.clients.append(client)
        return {"anthropic_client": client, "api_key": None, "base_url": None}

    async def foreign_batch(self, count: int) -> str:
        """A batch of somebody else in the same workspace."""
        params: Any = {"model": MODEL, "max_tokens": 10, "messages": [{"role": "user", "content": "Hi."}]}
        async with AsyncAnthropic(api_key=self.fake.api_key, base_url=self.fake.base_url) as client:
            made = await client.messages.batches.create(
                requests=[{"custom_id": f"theirs-{index}", "params": params} for index in range(count)]
            )
        return made.id

    async def runs(self, count: int, *tools: Any, prompt: str = "Hello {}.") -> list[UUID]:
        """That many runs in batch mode, each in a session of its own."""
        agent_id = await self.work.agent(*tools)
        client = self.work.client
        return [
            await client.run(await client.new_session(), agent_id, prompt.format(index))
            for index in range(count)
        ]

    async def ends(self, run_ids: Sequence[UUID]) -> list[Response]:
        return [await self.work.end(run_id) for run_id in run_ids]

    def batches(self) -> list[dict[str, Any]]:
        return self.work.rows("select * from agentpg.batches order by created_at")

    def calls(self, kind: str) -> list[Any]:
        """The requests of one kind that the provider got."""
        return [entry for entry in self.fake.journal if entry.kind == kind]

    def billed(self) -> int:
        return sum(1 for entry in self.fake.journal if entry.kind == "batch_item" and entry.billed)


@pytest.fixture
async def place(work: Workplace) -> AsyncIterator[BatchPlace]:
    work.configure(**QUICK)
    made = BatchPlace(work)
    yield made
    await stop_all(work.executors)
    for client in made.clients:
        await client.close()
