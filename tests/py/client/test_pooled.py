"""Through PgBouncer in transaction mode."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from agentpg import AsyncClient, Client

from .conftest import MODEL, Answerer, eventually, is_listening


async def test_calls_and_waits_work_by_polling(pooled_dsn: str, answerer: Answerer) -> None:
    async with AsyncClient(pooled_dsn, pooled=True, max_size=5) as client:
        agent = await client.create_agent("assistant", model=MODEL)
        # More often than psycopg needs to prepare a statement, on more connections than the pooler has.
        sessions = await asyncio.gather(*(client.new_session() for _ in range(40)))
        run_id = await client.run_fast(sessions[0], agent.id, "Hello")
        wait = asyncio.create_task(client.wait_for_run(run_id, timeout=60))
        await asyncio.sleep(0)
        answerer.finish(run_id, "Hi.")
        assert (await wait).text == "Hi."
        assert not is_listening(answerer.conn)


async def test_with_a_direct_connection_for_listening_waits_are_notified(
    pooled_dsn: str, database: str, answerer: Answerer
) -> None:
    async with AsyncClient(pooled_dsn, pooled=True, listen_dsn=database) as client:
        agent = await client.create_agent("assistant", model=MODEL)
        run_id = await client.run_fast(await client.new_session(), agent.id, "Hello")
        wait = asyncio.create_task(client.wait_for_run(run_id, timeout=60))
        await eventually(lambda: is_listening(answerer.conn))
        answerer.finish(run_id, "Hi.")
        assert (await wait).text == "Hi."


def test_the_synchronous_client_works_too(pooled_dsn: str, answerer: Answerer) -> None:
    with Client(pooled_dsn, pooled=True, max_size=5) as client, ThreadPoolExecutor(5) as threads:
        agent = client.create_agent("assistant", model=MODEL)
        sessions = list(threads.map(lambda _: client.new_session(), range(40)))
        run_id = client.run_fast(sessions[0], agent.id, "Hello")
        answerer.finish(run_id, "Hi.")
        assert client.wait_for_run(run_id, timeout=60).text == "Hi."
