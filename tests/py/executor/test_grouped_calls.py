"""Statements that settle work are sent together under load, and never share their fate."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from functools import partial
from typing import Any

import psycopg
import pytest
from agentpg._async.calls import AnyAsyncPool, AsyncCalls
from agentpg.errors import AgentPGError
from agentpg_executor._grouped_calls import Lane
from agentpg_executor.testing import call, reply
from agentpg_executor.tools import ToolError, tool
from executor.conftest import Workplace
from psycopg.types.json import Jsonb
from psycopg_pool import AsyncConnectionPool

TABLE = """
create table public.numbers (n int primary key, settled boolean, check (n <> 107 or not settled));
insert into public.numbers select n, false from generate_series(1, 120) as t(n);
"""
ONE = "update public.numbers set settled = true where n = %(n)s returning n"
MANY = """
with free as (
  select n from public.numbers where n = any (%(numbers)s::int[]) and n %% 5 <> 0 for update skip locked
)
update public.numbers t set settled = true from free f where t.n = f.n returning t.n
"""


@pytest.fixture
async def pool(conn: psycopg.Connection[Any], database: Any) -> AsyncIterator[AnyAsyncPool]:
    conn.execute(TABLE)
    pool = AsyncConnectionPool[Any](
        database.dsn, kwargs={"autocommit": True}, min_size=1, max_size=6, open=False
    )
    async with pool:
        yield pool


class Settling:
    """Marks numbers: together those that five does not divide and nobody holds, the others alone."""

    def __init__(self, pool: AnyAsyncPool, largest_group: int = 32) -> None:
        self.calls = AsyncCalls(pool)
        self.groups: list[int] = []
        self.alone: list[int] = []
        self.lane = Lane[int, int](self._together, largest_group=largest_group)

    async def _together(self, numbers: Sequence[int]) -> dict[int, int]:
        self.groups.append(len(numbers))
        rows = await self.calls.rows(MANY, {"numbers": list(numbers)})
        return {numbers.index(row["n"]): row["n"] for row in rows}

    async def _alone(self, number: int) -> int:
        self.alone.append(number)
        return (await self.calls.row(ONE, {"n": number}))["n"]

    async def settle(self, number: int) -> int:
        return await self.lane.settle(number, partial(self._alone, number))

    async def all(self, numbers: Sequence[int]) -> list[int | BaseException]:
        return await asyncio.gather(*map(self.settle, numbers), return_exceptions=True)


def settled(conn: psycopg.Connection[Any]) -> list[int]:
    return [
        row["n"] for row in conn.execute("select n from public.numbers where settled order by n").fetchall()
    ]


async def test_a_crowd_shares_few_statements(pool: AnyAsyncPool, conn: psycopg.Connection[Any]):
    settling = Settling(pool, largest_group=10)
    wanted = [n for n in range(1, 60) if n % 5]
    assert await settling.all(wanted) == wanted
    assert settled(conn) == wanted
    assert len(settling.alone) <= 2
    assert len(settling.groups) <= 6
    assert max(settling.groups) == 10


async def test_one_alone_is_sent_at_once_in_its_own(pool: AnyAsyncPool):
    settling = Settling(pool)
    for n in (1, 2, 3):
        assert await settling.settle(n) == n
    assert settling.alone == [1, 2, 3]
    assert settling.groups == []


async def test_what_a_group_leaves_out_goes_alone(pool: AnyAsyncPool, conn: psycopg.Connection[Any]):
    settling = Settling(pool)
    assert await settling.all(range(1, 41)) == list(range(1, 41))
    assert settled(conn) == list(range(1, 41))
    assert set(range(5, 41, 5)) <= set(settling.alone)
    assert len(settling.alone) < 12


async def test_one_that_is_refused_harms_no_other(pool: AnyAsyncPool, conn: psycopg.Connection[Any]):
    answers = await Settling(pool).all(range(101, 121))
    assert isinstance(answers[6], AgentPGError)
    assert [a for a in answers if a is not answers[6]] == [n for n in range(101, 121) if n != 107]
    assert settled(conn) == [n for n in range(101, 121) if n != 107]


async def test_who_waits_for_a_lock_keeps_no_other_waiting(
    pool: AnyAsyncPool, conn: psycopg.Connection[Any], database: Any
):
    settling = Settling(pool)
    with psycopg.connect(database.dsn) as other:
        other.execute("select from public.numbers where n < 3 for update")
        locked = [asyncio.create_task(settling.settle(n)) for n in (1, 2)]
        begun = time.monotonic()
        assert await settling.all(range(10, 40)) == list(range(10, 40))
        assert time.monotonic() - begun < 20
        assert not any(task.done() for task in locked)
        other.rollback()
    assert await asyncio.gather(*locked) == [1, 2]


async def test_who_stops_waiting_disturbs_nobody(pool: AnyAsyncPool, conn: psycopg.Connection[Any]):
    settling = Settling(pool)
    tasks = [asyncio.create_task(settling.settle(n)) for n in range(1, 31)]
    await asyncio.sleep(0)
    for task in tasks[::3]:
        task.cancel()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    kept = [answer for n, answer in enumerate(answers) if n % 3]
    assert kept == [n + 1 for n in range(30) if n % 3]
    assert await settling.settle(99) == 99


async def test_an_executor_settles_what_ends_at_once_in_few_transactions(work: Workplace):
    """Two calls of tools in each turn, one of them an error."""
    count = 20
    all_of_them = asyncio.Barrier(2 * count)

    @tool
    async def meet(well: bool) -> str:
        await all_of_them.wait()
        if not well:
            raise ToolError("nobody there")
        return "met"

    work.fake.script(
        [reply(call("meet", well=True), call("meet", well=False)), "Done."], per_conversation=True
    )
    agent_id = await work.agent(meet)
    run_ids = [await work.run(agent_id) for _ in range(count)]
    await work.started(meet, max_concurrent_runs=count, max_concurrent_tools=2 * count)
    for run_id in run_ids:
        assert (await work.end(run_id)).text == "Done."
        assert [r.get("is_error", False) for r in work.tool_results(run_id)] in ([False, True], [True, False])
    written = work.row(
        "select count(*), count(distinct xmin::text) as commits from agentpg.messages where content @> %s",
        Jsonb([{"type": "tool_result"}]),
    )
    assert written["count"] == 2 * count
    assert written["commits"] < count
    assert work.rows("select * from agentpg.invariant_violations") == []
