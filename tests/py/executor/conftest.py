"""A workplace: a database, a fake Claude, a client, and executors that are stopped at the end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import Any
from uuid import UUID

import psycopg
import pytest
from agentpg import AsyncClient, Response
from agentpg.errors import RunCancelled, RunFailed
from agentpg_executor.events import Event
from agentpg_executor.executor import Executor
from agentpg_executor.testing import FakeClaude
from agentpg_executor.tools import ToolRegistry

MODEL = "claude-sonnet-5-5"


class Workplace:
    """Shorthand for what every executor test does."""

    def __init__(
        self, dsn: str, fake: FakeClaude, client: AsyncClient, conn: psycopg.Connection[dict[str, Any]]
    ) -> None:
        self.dsn = dsn
        self.fake = fake
        self.client = client
        self.conn = conn
        self.executors: list[Executor] = []
        self.events: list[Event] = []

    def executor(self, *tools: Any, **options: Any) -> Executor:
        """An executor on this database and this fake, not started."""
        settings: dict[str, Any] = {
            "api_key": self.fake.api_key,
            "base_url": self.fake.base_url,
            "on_event": self.events.append,
            "grace_period": 5.0,
        }
        made = Executor(self.dsn, tools=tools, **(settings | options))
        self.executors.append(made)
        return made

    async def started(self, *tools: Any, **options: Any) -> Executor:
        made = self.executor(*tools, **options)
        await made.start()
        return made

    async def agent(self, *tools: Any, name: str = "helper") -> UUID:
        """An agent with these tools, which are defined first if nobody has."""
        definitions = ToolRegistry(tools).definitions()
        names = [definition["name"] for definition in definitions]
        self.conn.execute("select agentpg.register_tools(null, %s)", (psycopg.types.json.Jsonb(definitions),))
        return (await self.client.create_agent(name, model=MODEL, tools=names)).id

    async def run(self, agent_id: UUID, prompt: str = "Hello.", **options: Any) -> UUID:
        """A streaming run in a session of its own."""
        return await self.client.run_fast(await self.client.new_session(), agent_id, prompt, **options)

    async def end(self, run_id: UUID, timeout: float = 60) -> Response:  # noqa: ASYNC109
        """The response of a run, however it ended."""
        try:
            return await self.client.wait_for_run(run_id, timeout=timeout)
        except (RunFailed, RunCancelled) as error:
            if error.response is None:
                raise
            return error.response

    def configure(self, **settings: str) -> None:
        self.conn.execute("select agentpg.configure(%s)", (psycopg.types.json.Jsonb(settings),))

    def row(self, query: str, *values: object) -> dict[str, Any]:
        found = self.conn.execute(query.encode(), values).fetchone()
        assert found is not None
        return found

    def rows(self, query: str, *values: object) -> list[dict[str, Any]]:
        return self.conn.execute(query.encode(), values).fetchall()

    def transcript(self, run_id: UUID) -> list[tuple[str, Any]]:
        """The session's messages, as (role, content)."""
        rows = self.rows(
            "select m.role::text, m.content from agentpg.get_run(%s) r,"
            " lateral agentpg.session_messages(r.session_id) m order by m.seq",
            run_id,
        )
        return [(row["role"], row["content"]) for row in rows]

    def tool_results(self, run_id: UUID) -> list[dict[str, Any]]:
        """The tool_result blocks that the model got, in order."""
        return [
            block
            for role, content in self.transcript(run_id)
            if role == "user"
            for block in content
            if block["type"] == "tool_result"
        ]

    def of(self, kind: type) -> list[Any]:
        """The events of one class so far."""
        return [event for event in self.events if isinstance(event, kind)]

    def attempts(self, run_id: UUID) -> list[dict[str, Any]]:
        return self.rows(
            "select kind, attempt, error_type, error_message from agentpg.failed_attempts"
            " where run_id = %s order by failed_at",
            run_id,
        )


async def eventually(check: Callable[[], Any], what: str, timeout: float = 60) -> None:  # noqa: ASYNC109
    """For conditions of other processes and servers, which nobody announces."""
    loop = asyncio.get_running_loop()
    end = loop.time() + timeout
    while True:
        found = check()
        if isinstance(found, Awaitable):
            found = await found
        if found:
            return
        assert loop.time() < end, f"not within {timeout} s: {what}"
        await asyncio.sleep(0.02)


@pytest.fixture
async def fake() -> AsyncIterator[FakeClaude]:
    async with FakeClaude() as running:
        yield running


@pytest.fixture
async def work(
    database: str, fake: FakeClaude, conn: psycopg.Connection[dict[str, Any]]
) -> AsyncIterator[Workplace]:
    async with AsyncClient(database) as client:
        place = Workplace(database, fake, client, conn)
        yield place
        await stop_all(place.executors)


async def stop_all(executors: Iterable[Executor]) -> None:
    await asyncio.gather(*(executor.stop(grace=0) for executor in executors))
