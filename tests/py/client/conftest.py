"""A client on the test's database, and an executor that answers at the test's word."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
import pytest
from agentpg import AsyncClient, Client
from psycopg.types.json import Jsonb

MODEL = "claude-sonnet-4-5"


class Answerer:
    """Finishes runs through the same SQL functions an executor calls."""

    def __init__(self, conn: psycopg.Connection[dict[str, Any]]) -> None:
        self.conn = conn
        row = conn.execute("select instance_id from agentpg.register_instance(name => 'answerer')").fetchone()
        assert row is not None
        self.instance_id: UUID = row["instance_id"]

    def offer(self, *names: str) -> None:
        """Register tools that take any object."""
        tools = [
            {"name": name, "description": f"{name}.", "input_schema": {"type": "object", "properties": {}}}
            for name in names
        ]
        self.conn.execute("select agentpg.register_tools(%s, %s)", (self.instance_id, Jsonb(tools)))

    def claim(self, run_id: UUID) -> dict[str, Any]:
        claim = self.conn.execute(
            "select * from agentpg.claim_runs(instance_id => %s, run_ids => %s)", (self.instance_id, [run_id])
        ).fetchone()
        assert claim is not None, f"run {run_id} was not there to claim"
        return claim

    def reply(
        self, claim: dict[str, Any], content: list[dict[str, Any]], stop_reason: str
    ) -> list[dict[str, Any]]:
        """Record a Message for a claimed model call; returns the tool calls of it, claimed."""
        message = {
            "id": f"msg_{claim['iteration_id']}",
            "type": "message",
            "role": "assistant",
            "model": MODEL,
            "content": content,
            "stop_reason": stop_reason,
            "stop_sequence": None,
            "usage": {
                "input_tokens": 10,
                "output_tokens": 5,
                "cache_creation_input_tokens": 3,
                "cache_read_input_tokens": 2,
            },
        }
        return self.conn.execute(
            "select * from agentpg.record_response(%s, %s, %s)",
            (claim["iteration_id"], claim["lease_token"], Jsonb(message)),
        ).fetchall()

    def finish(self, run_id: UUID, text: str = "Done.", stop_reason: str = "end_turn") -> None:
        self.reply(self.claim(run_id), [{"type": "text", "text": text}], stop_reason)

    def fail(self, run_id: UUID) -> None:
        """Fail a run for good, as a request does that the API calls invalid."""
        claim = self.claim(run_id)
        error = {"type": "invalid_request_error", "message": "no such parameter", "status": 400}
        self.conn.execute(
            "select * from agentpg.record_failure(%s, %s, %s)",
            (claim["iteration_id"], claim["lease_token"], Jsonb(error)),
        )

    def call_tool(self, run_id: UUID, name: str, arguments: dict[str, Any], output: object) -> None:
        """One iteration that calls a tool, and the tool's answer."""
        block = {"type": "tool_use", "id": f"toolu_{name}", "name": name, "input": arguments}
        (call,) = self.reply(self.claim(run_id), [block], "tool_use")
        self.conn.execute(
            "select * from agentpg.complete_tool(%s, %s, %s)",
            (call["tool_execution_id"], call["lease_token"], Jsonb(output)),
        )


@pytest.fixture
def answerer(conn: psycopg.Connection[dict[str, Any]]) -> Answerer:
    return Answerer(conn)


@pytest.fixture
async def client(database: str) -> AsyncIterator[AsyncClient]:
    async with AsyncClient(database) as opened:
        yield opened


@pytest.fixture
def sync_client(database: str) -> Iterator[Client]:
    with Client(database) as opened:
        yield opened


class Talk(NamedTuple):
    """A session and an agent to start runs with."""

    session_id: UUID
    agent_id: UUID


@pytest.fixture
async def talk(client: AsyncClient) -> Talk:
    agent = await client.create_agent("assistant", model=MODEL)
    return Talk(await client.new_session(), agent.id)


@pytest.fixture
def sync_talk(sync_client: Client) -> Talk:
    agent = sync_client.create_agent("assistant", model=MODEL)
    return Talk(sync_client.new_session(), agent.id)


async def a_run(client: AsyncClient, name: str = "assistant") -> UUID:
    """A run of an agent and a session of its own."""
    agent = await client.create_agent(name, model=MODEL)
    return await client.run_fast(await client.new_session(), agent.id, "Hello")


def is_listening(conn: psycopg.Connection[dict[str, Any]]) -> bool:
    """Whether some session of the test's database has just said LISTEN and waits."""
    return bool(
        conn.execute(
            "select 1 from pg_stat_activity where datname = current_database()"
            " and state = 'idle' and query = 'listen \"agentpg_run_state\"'"
        ).fetchone()
    )


async def eventually(condition: Callable[[], object], seconds: float = 60) -> None:
    """Return once `condition` holds; for what only the server's statistics views can tell."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition never came true"
        await asyncio.sleep(0.01)


def eventually_sync(condition: Callable[[], object], seconds: float = 60) -> None:
    """`eventually` for tests of the synchronous client."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition never came true"
        time.sleep(0.01)


def connections(conn: psycopg.Connection[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    """The sessions of the test's database that go by an application name."""
    return conn.execute(
        "select pid, query_start from pg_stat_activity where datname = current_database()"
        " and application_name = %s and query not like 'listen%%' order by pid",
        (name,),
    ).fetchall()
