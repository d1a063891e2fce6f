"""Statements that settle work share transactions under load, and never their fate."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import psycopg
import pytest
from agentpg._async.calls import AnyAsyncPool
from agentpg.errors import AgentPGError
from agentpg_executor._grouped_calls import LANES, GroupedCalls
from psycopg_pool import AsyncConnectionPool

INSERT = "insert into public.settled values (%(n)s, pg_current_xact_id()::text) returning n"


@pytest.fixture
async def pool(conn: psycopg.Connection[Any], database: Any) -> AsyncIterator[AnyAsyncPool]:
    conn.execute("create table public.settled (n int primary key, xid text not null)")
    pool = AsyncConnectionPool[Any](
        database.dsn, kwargs={"autocommit": True}, min_size=1, max_size=6, open=False
    )
    async with pool:
        yield pool


async def settle(calls: GroupedCalls, numbers: range) -> list[object]:
    return await asyncio.gather(*(calls.rows(INSERT, {"n": n}) for n in numbers), return_exceptions=True)


def transactions(conn: psycopg.Connection[Any]) -> int:
    return conn.execute("select count(distinct xid) as n from public.settled").fetchone()["n"]  # type: ignore[index]


async def test_a_crowd_shares_few_transactions(pool: AnyAsyncPool, conn: psycopg.Connection[Any]):
    answers = await settle(GroupedCalls(pool, largest_group=10), range(40))
    assert answers == [[{"n": n}] for n in range(40)]
    assert transactions(conn) <= LANES + 4


async def test_one_alone_is_sent_at_once_in_its_own(pool: AnyAsyncPool, conn: psycopg.Connection[Any]):
    calls = GroupedCalls(pool)
    for n in range(3):
        assert await calls.rows(INSERT, {"n": n}) == [{"n": n}]
    assert transactions(conn) == 3


async def test_one_that_is_refused_harms_no_other(pool: AnyAsyncPool, conn: psycopg.Connection[Any]):
    conn.execute("insert into public.settled values (7, 'before')")
    answers = await settle(GroupedCalls(pool), range(20))
    assert isinstance(answers[7], AgentPGError)
    assert [a for n, a in enumerate(answers) if n != 7] == [[{"n": n}] for n in range(20) if n != 7]
    assert conn.execute("select count(*) as n from public.settled").fetchone()["n"] == 20  # type: ignore[index]


async def test_a_lock_that_somebody_holds_keeps_only_its_own_waiting(
    pool: AnyAsyncPool, conn: psycopg.Connection[Any], database: Any
):
    conn.execute("insert into public.settled values (0, 'x'), (1, 'x'), (2, 'x')")
    update = "update public.settled set xid = 'mine' where n = %(n)s returning n"
    calls = GroupedCalls(pool)
    with psycopg.connect(database.dsn) as other:
        other.execute("update public.settled set xid = 'theirs' where n < 3")
        locked = [asyncio.create_task(calls.rows(update, {"n": n})) for n in range(3)]
        begun = time.monotonic()
        answers = await settle(calls, range(10, 40))
        assert [a for a in answers if isinstance(a, Exception)] == []
        assert time.monotonic() - begun < 20
        assert not any(task.done() for task in locked)
    assert await asyncio.gather(*locked) == [[{"n": n}] for n in range(3)]


async def test_a_lock_timeout_is_gone_after_its_group(pool: AnyAsyncPool):
    await settle(GroupedCalls(pool), range(20))
    async with pool.connection() as conn:
        shown = await (await conn.execute("show lock_timeout")).fetchone()
    assert shown == ("0",)


async def test_who_stops_waiting_disturbs_nobody(pool: AnyAsyncPool):
    calls = GroupedCalls(pool)
    tasks = [asyncio.create_task(calls.rows(INSERT, {"n": n})) for n in range(30)]
    await asyncio.sleep(0)
    for task in tasks[::3]:
        task.cancel()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    kept = [answer for n, answer in enumerate(answers) if n % 3]
    assert kept == [[{"n": n}] for n in range(30) if n % 3]
    assert await calls.rows(INSERT, {"n": 99}) == [{"n": 99}]
