"""What the cases of this product have in common: an agent, runs one by one and in bulk, a worker."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from typing import Any

import psycopg
from agentpg_executor.executor import Executor
from agentpg_executor.tools import tool

from .callers import call_when_told
from .multiply import multiply
from .noop_model import TEXT, NoopModel

MODEL = "claude-sonnet-5-5"
CONCURRENCY = 256
CREATE = "select agentpg.create_run(agentpg.create_session(), %s, 'Go.')"
BULK = (
    "select count(*) from agentpg.create_runs(%s,"
    ' (select jsonb_agg(\'{"prompt": "Go."}\'::jsonb) from generate_series(1, %s)),'
    " mode => %s::agentpg.run_mode, options => %s)"
)
AT_ONCE = 10_000
REAL = 500
"""So many of a backlog are created by the product; the others are copies of their rows."""


@tool(name="noop")
async def noop() -> str:
    """Does nothing."""
    return TEXT


def make_agent(dsn: str, name: str = "bench", tools: str = "{noop}") -> str:
    """The agent of the benchmark, and the tool's definition. Returns its id."""
    with psycopg.connect(dsn, autocommit=True) as conn:
        definition = '[{"name": "noop", "description": "Does nothing.", "input_schema": {"type": "object"}}]'
        conn.execute("select agentpg.register_tools(null, %s)", [definition])
        row = conn.execute(
            "select id from agentpg.get_or_create_agent(%s, %s, tools => %s)", [name, MODEL, tools]
        ).fetchone()
    assert row is not None
    return str(row[0])


def create_runs(dsn: str, agent_id: str, count: int, options: str = "{}", *, mode: str = "streaming") -> None:
    """So many runs, each in a session of its own, in as few calls as possible."""
    with psycopg.connect(dsn, autocommit=True) as conn:
        for begin in range(0, count, AT_ONCE):
            conn.execute(BULK, [agent_id, min(AT_ONCE, count - begin), mode, options])
        conn.execute("vacuum analyze")


def make_backlog(dsn: str, agent_id: str, count: int) -> None:
    """So many pending runs, of any number, in seconds."""
    create_runs(dsn, agent_id, min(count, REAL))
    multiply(dsn, count)


def create_one_by_one(dsn: str, agent_id: str, count: int, callers: int) -> None:
    """Each in a transaction and a call of its own. The first is created at once, the others when told to."""
    with psycopg.connect(dsn, autocommit=True) as conn:
        conn.execute(CREATE, [agent_id])
    asyncio.run(call_when_told(dsn, CREATE.encode(), [agent_id], count=count - 1, callers=callers))


class Enqueuer:
    """A second process whose callers create runs one by one. The first of them is created before `go`."""

    def __init__(self, dsn: str, agent_id: str, count: int, callers: int = 1) -> None:
        command = [sys.executable, "-m", "bench.product", dsn, agent_id, str(count), str(callers)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        if self._process.stdout.readline() != "ready\n":
            raise SystemExit("the process that creates runs did not start")

    def go(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write("go\n")
        self._process.stdin.flush()

    def wait(self) -> None:
        self._process.communicate()


def worker(dsn: str, model: NoopModel, **options: Any) -> Executor:
    """An executor with the no-op model and tool."""
    options.setdefault("max_concurrent_runs", CONCURRENCY)
    options.setdefault("max_concurrent_tools", CONCURRENCY)
    return Executor(dsn, tools=[noop], anthropic_client=model.client(), **options)


async def until_ended(executor: Executor, model: NoopModel, runs: int) -> None:
    """Until so many runs have had their last answer recorded."""
    while model.ends < runs:  # noqa: ASYNC110
        await asyncio.sleep(0.002)
    while executor.stats.active_runs and model.ends <= runs:  # noqa: ASYNC110
        await asyncio.sleep(0.001)


def check_completed(dsn: str, least: int) -> None:
    """A figure for work that was not done is worth nothing."""
    with psycopg.connect(dsn, autocommit=True) as conn:
        row = conn.execute("select count(*) from agentpg.runs where state = 'completed'").fetchone()
    if row is None or row[0] < least:
        raise SystemExit(f"{row and row[0]} of {least} runs completed")


if __name__ == "__main__":
    create_one_by_one(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
