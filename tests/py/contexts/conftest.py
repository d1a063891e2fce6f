"""One database, one fake Claude and one executor for a module; sessions and agents for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest_asyncio
from agentpg import AsyncClient, Response
from agentpg_executor.testing import FakeClaude
from agentpg_executor.tools import tool
from executor.conftest import Workplace, stop_all
from fixtures.databases import Database
from psycopg.rows import dict_row

Json = dict[str, Any]
QUICK = {
    "batch_max_wait": "20 milliseconds",
    "batch_poll_interval": "50 milliseconds",
    "batch_max_poll_interval": "100 milliseconds",
    "batch_settle_time": "100 milliseconds",
}


class Conversations(Workplace):
    """Sessions with any agents, and what was sent and stored of them."""

    results: dict[str, Any]

    async def agent_like(self, model: str, *, tools: tuple[str, ...] = ("give",), **more: Any) -> UUID:
        """An agent of its own."""
        made = await self.client.create_agent(f"agent {uuid4()}", model=model, tools=list(tools), **more)
        return made.id

    async def ask(
        self,
        session_id: UUID,
        agent_id: UUID,
        prompt: str | list[Json],
        *,
        batch: bool = False,
        **options: Any,
    ) -> Response:
        """A run to its end."""
        start = self.client.run if batch else self.client.run_fast
        return await self.end(await start(session_id, agent_id, prompt, **options))

    def sent(self) -> list[Json]:
        """The requests so far, those of batches included."""
        kinds = ("messages", "batch_item")
        return [entry.request.params for entry in self.fake.journal if entry.kind in kinds and entry.request]

    def stored(self, session_id: UUID) -> list[tuple[str, list[Json]]]:
        """The transcript as `session_messages` gives it."""
        rows = self.rows("select role::text, content from agentpg.session_messages(%s)", session_id)
        return [(row["role"], row["content"]) for row in rows]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place(shared_database: Database) -> AsyncIterator[Conversations]:
    """A workplace that a module shares."""
    fake_claude = FakeClaude(seed=1, delta_chars=7, chunk_bytes=997)
    async with fake_claude as fake, AsyncClient(shared_database) as client:
        with psycopg.connect(shared_database, autocommit=True, row_factory=dict_row) as conn:
            made = Conversations(shared_database, fake, client, conn)
            made.results = {}

            @tool
            def give(key: str) -> Any:
                """Gives what the test put there."""
                return made.results[key]

            made.configure(**QUICK)
            fake.batches.seconds = 0.05
            await made.started(give, poll_interval=0.05)
            yield made
            await stop_all(made.executors)


@pytest_asyncio.fixture(loop_scope="module")
async def work(place: Conversations) -> AsyncIterator[Conversations]:
    """The same with a fresh fake."""
    place.fake.clear()
    place.results.clear()
    yield place
