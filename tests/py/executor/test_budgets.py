"""How many transactions and claim queries things cost: counted, never timed."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import psycopg
import pytest
from agentpg_executor import events
from agentpg_executor.executor import Executor
from agentpg_executor.testing import FakeClaude, Turn, call, reply
from agentpg_executor.tools import ToolRegistry, tool
from executor.conftest import eventually
from fixtures.databases import Database
from psycopg.types.json import Jsonb


@tool
async def add(a: int, b: int) -> int:
    return a + b


@tool
def minus(a: int, b: int) -> int:
    return a - b


class Meter:
    """Counts what one run commits, from outside of the database.

    A backend reports its transactions when it ends, and starting, stopping and connecting cost some too. So
    an executor's life with one run is compared with a life with three. It does not listen here: Postgres
    counts a transaction for every notification that a listening backend reads.
    """

    def __init__(self, database: Database, fake: FakeClaude, agent_id: UUID) -> None:
        self.events = False
        self._database = database
        self._fake = fake
        self._agent_id = agent_id

    async def cost(self, *turns: Turn | str) -> int:
        """Transactions of one run that is answered with `turns`, `create_run` included.

        Rounded down: the pool may be opening a session of its own in one life and not in the other.
        """
        return (await self._life(3, turns) - await self._life(1, turns)) // 2

    async def _life(self, runs: int, turns: tuple[Turn | str, ...]) -> int:
        with self._database.connect() as conn:
            sessions = [conn.execute("select agentpg.create_session() as id").fetchone() for _ in range(runs)]
        ended = asyncio.Event()

        def watch(event: events.Event) -> None:
            if isinstance(event, events.ModelCallFinished) and event.stop_reason != "tool_use":
                ended.set()

        before = await self._committed()
        with psycopg.connect(self._database, autocommit=True) as conn:
            async with Executor(
                self._database,
                tools=[add, minus],
                api_key=self._fake.api_key,
                base_url=self._fake.base_url,
                pooled=True,
                poll_interval=3600,
                only_runs=[],
                on_event=watch,
            ) as executor:
                await first_look(executor)
                for session in sessions:
                    self._fake.script(turns)
                    created = conn.execute(
                        "select agentpg.create_run(%s, %s, 'x', options => %s)",
                        ((session or {})["id"], self._agent_id, Jsonb({"events": self.events})),
                    ).fetchone()
                    executor.serve((created or ())[0])
                    await asyncio.wait_for(ended.wait(), 10)
                    ended.clear()
                    # Its answer is recorded too: with that of the next, it would be one transaction for both.
                    await eventually(lambda: executor.stats.active_runs == 0, "the run is settled")
        return await self._committed() - before

    async def _committed(self) -> int:
        """The count once no backend of the database is left that has not reported."""
        name = self._database.name
        with self._database.server.connect() as conn:
            backends = "select count(*) from pg_stat_activity where datname = %s"
            await eventually(lambda: conn.execute(backends, (name,)).fetchone() == (0,), "all backends ended")
            # A session begins with a transaction of its own, and the pool opens them as it sees fit.
            counter = "select xact_commit - sessions from pg_stat_database where datname = %s"
            row = conn.execute(counter, (name,)).fetchone()
        return int((row or ())[0])


async def first_look(executor: Executor) -> None:
    """Both kinds of work have been asked for once."""
    await eventually(lambda: executor.stats.claim_queries >= 2, "the first look")


@pytest.fixture
def agent(database: Database) -> UUID:
    with database.connect() as conn:
        definitions = Jsonb(ToolRegistry([add, minus]).definitions())
        conn.execute("select agentpg.register_tools(null, %s)", (definitions,))
        row = conn.execute(
            "select (agentpg.create_agent('a', 'claude-sonnet-5-5', tools => '{add,minus}')).id"
        ).fetchone()
        assert row is not None
        agent_id: UUID = row["id"]
        return agent_id


@pytest.fixture
def meter(database: Database, fake: FakeClaude, agent: UUID) -> Meter:
    return Meter(database, fake, agent)


async def test_a_run_without_tools_takes_at_most_four_transactions(meter: Meter):
    assert await meter.cost("Hi.") <= 4


async def test_a_tool_iteration_adds_two_transactions_and_one_more_for_each_further_call(meter: Meter):
    plain = await meter.cost("Hi.")
    with_one = await meter.cost(reply(call("add", a=1, b=2)), "3")
    three = reply(call("add", a=1, b=2), call("minus", a=1, b=2), call("add", a=5, b=2))
    with_three = await meter.cost(three, "3")
    assert with_one - plain <= 2
    assert with_three - with_one <= 2


async def test_events_add_a_transaction_for_each_piece_that_is_published(meter: Meter):
    without = await meter.cost(reply(call("add", a=1, b=2)), "3")
    meter.events = True
    with_events = await meter.cost(reply(call("add", a=1, b=2)), "3")
    assert 0 <= with_events - without <= 2, "one answer has text; the rest is told where it happens"


async def test_a_run_costs_one_claim_query_however_many_notifications_it_sends(
    database: Database, agent: UUID, fake: FakeClaude
):
    ended = asyncio.Event()

    def watch(event: events.Event) -> None:
        if isinstance(event, events.ModelCallFinished) and event.stop_reason != "tool_use":
            ended.set()

    fake.script(["Hi.", reply(call("add", a=1, b=2), call("minus", a=1, b=2)), "3"])
    async with Executor(
        database, tools=[add, minus], api_key=fake.api_key, base_url=fake.base_url, on_event=watch
    ) as executor:
        await first_look(executor)
        await asyncio.sleep(0.2)
        for claims in (1, 1):
            before = executor.stats.claim_queries
            with database.connect() as conn:
                conn.execute("select agentpg.create_run(agentpg.create_session(), %s, 'x')", (agent,))
            await asyncio.wait_for(ended.wait(), 10)
            ended.clear()
            await asyncio.sleep(0.3)
            assert executor.stats.claim_queries - before <= claims


async def test_an_idle_executor_asks_at_most_once_a_second(database: Database, fake: FakeClaude):
    options: dict[str, Any] = {"api_key": fake.api_key, "base_url": fake.base_url, "poll_interval": 0.01}
    async with Executor(database, tools=[add], **options) as executor:
        # What follows the start (the first look, the catch-up) is over once both loops have slept.
        await asyncio.sleep(0.2)
        before = executor.stats.claim_queries
        await asyncio.sleep(4)
        assert executor.stats.claim_queries - before <= 4
        with database.connect() as conn:
            for _ in range(20):
                conn.execute("select pg_notify('agentpg_run_state', '{\"state\": \"completed\"}')")
                conn.execute("select pg_notify('agentpg_tool_pending', '{\"tool_name\": \"not_mine\"}')")
        before = executor.stats.claim_queries
        notified = executor.stats.notifications
        await eventually(lambda: executor.stats.notifications >= notified + 40, "40 notifications")
        assert executor.stats.claim_queries - before <= 1, "hints about others' work cost no query"
