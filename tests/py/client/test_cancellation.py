"""Cancelling a task that uses the client ends the task, at whatever moment."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import psycopg
import pytest
from agentpg import AsyncClient
from agentpg._concurrency import AsyncCancelGuard

from .conftest import Talk, eventually


async def test_a_cancellation_that_something_below_swallows_is_raised_all_the_same() -> None:
    began = asyncio.Event()

    async def swallows() -> None:
        with AsyncCancelGuard():
            began.set()
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.Event().wait()
        pytest.fail("the cancellation was lost")

    task = asyncio.create_task(swallows())
    await began.wait()
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()


async def test_calls_work_while_a_cancelled_task_cleans_up(client: AsyncClient, talk: Talk) -> None:
    run_id = await client.run_fast(*talk, "Hello")

    async def cancels_its_run() -> bool:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            return await client.cancel_run(run_id)
        return False

    task = asyncio.create_task(cancels_its_run())
    await asyncio.sleep(0)
    task.cancel()
    assert await task


async def test_a_call_that_is_cancelled_while_the_server_works_stops_it_and_frees_its_connection(
    database: str, conn: psycopg.Connection[dict[str, Any]]
) -> None:
    def blocked() -> object:
        return conn.execute(
            "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
        ).fetchone()

    async with AsyncClient(database, min_size=1, max_size=1) as client:
        with psycopg.connect(database) as holder:
            holder.execute("lock table agentpg.sessions in access exclusive mode")
            task = asyncio.create_task(client.list_sessions())
            await eventually(blocked)
            task.cancel()
            await asyncio.wait([task])
            assert task.cancelled()
        assert await client.list_sessions() == []


@pytest.mark.parametrize("waits", [1, 5])
async def test_waits_end_whenever_they_are_cancelled(client: AsyncClient, talk: Talk, waits: int) -> None:
    run_id = await client.run_fast(*talk, "Hello")
    for turn in range(20):
        tasks = [asyncio.create_task(client.wait_for_run(run_id)) for _ in range(waits)]
        # Some milliseconds in, a wait is somewhere in its first look at the run.
        await asyncio.sleep(0.001 * turn)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        assert all(task.cancelled() for task in tasks)
