"""Executors with nothing to do, and what so many of them cost a notification.

One is a real executor. The others are instances that beat their hearts and poll as the database tells them,
over a few connections, and as many connections that listen, all in another process: in production these are
other machines, so it is counted apart. With `work` the real one does one run after the other, heard by all.
"""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import sys
import time
from typing import Any

import psycopg
from agentpg import AsyncClient
from psycopg_pool import AsyncConnectionPool

from bench.noop_model import NoopModel
from bench.product import make_agent, worker
from bench.subject import Subject

CHANNELS = ("agentpg_run_created", "agentpg_run_state", "agentpg_tool_pending")


async def live(pool: AsyncConnectionPool[Any], number: int, born: asyncio.Semaphore) -> None:
    """One idle instance, as an executor is one."""
    async with born, pool.connection() as conn:
        row = await (
            await conn.execute(
                "select instance_id, extract(epoch from heartbeat_interval)::float,"
                " extract(epoch from poll_interval)::float from agentpg.register_instance(%s)",
                [f"idle {number}"],
            )
        ).fetchone()
    assert row is not None
    instance_id, beat, poll = row
    now = time.monotonic()
    beat_at, poll_at = now + random.uniform(0, beat), now + random.uniform(0, poll)
    while True:
        await asyncio.sleep(max(0.0, min(beat_at, poll_at) - time.monotonic()))
        now = time.monotonic()
        async with pool.connection() as conn:
            if now >= beat_at:
                told = await (
                    await conn.execute("select agentpg.heartbeat(%s)", [instance_id], prepare=True)
                ).fetchone()
                assert told is not None
                poll = told[0]["poll_interval_ms"] / 1000
                beat_at = now + beat
            if now >= poll_at:
                for claim in ("claim_runs", "claim_tool_executions"):
                    query = f"select count(*) from agentpg.{claim}(%s, max_count => 0)"
                    await conn.execute(query.encode(), [instance_id], prepare=True)
                poll_at = now + poll


async def listen(dsn: str) -> None:
    conn = await psycopg.AsyncConnection.connect(dsn, autocommit=True)
    for channel in CHANNELS:
        await conn.execute(f"listen {channel}".encode())
    async for _ in conn.notifies():
        pass


async def fleet(dsn: str, count: int) -> None:
    """Until its standard input ends."""
    async with AsyncConnectionPool(dsn, min_size=4, max_size=4, kwargs={"autocommit": True}) as pool:
        born = asyncio.Semaphore(4)
        tasks = [asyncio.create_task(live(pool, number, born)) for number in range(count)]
        for _ in range(count):
            tasks.append(asyncio.create_task(listen(dsn)))
            await asyncio.sleep(0.005)
        await asyncio.sleep(3.0)
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        # Each of a thousand connections would ask the server to cancel what it waits for.
        os._exit(0)


async def work(subject: Subject, others: subprocess.Popen[str] | None) -> None:
    agent_id, model = make_agent(subject.dsn), NoopModel()
    taken: list[float] = []
    async with worker(subject.dsn, model), AsyncClient(subject.dsn) as client:
        sessions = [await client.new_session() for _ in range(subject.number("runs") + 1)]
        await client.run_fast_sync(sessions.pop(), agent_id, "Go.")
        subject.start({} if others is None else {"others": others.pid})
        if subject.parameters["work"]:
            for session_id in sessions:
                begun = time.perf_counter()
                await client.run_fast_sync(session_id, agent_id, "Go.")
                taken.append((time.perf_counter() - begun) * 1000)
            subject.end(len(taken), latencies_ms={"result": taken})
        else:
            seconds = subject.number("seconds")
            await asyncio.sleep(seconds)
            subject.end(seconds)


def main() -> None:
    subject = Subject.from_arguments()
    count = subject.number("executors") - 1
    others: subprocess.Popen[str] | None = None
    if count:
        command = [sys.executable, "-m", "bench.cases.idle", "fleet", subject.dsn, str(count)]
        others = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert others.stdout is not None
        if others.stdout.readline() != "ready\n":
            raise SystemExit("the other executors did not start")
    asyncio.run(work(subject, others))
    if others is not None:
        others.communicate("end\n")


if __name__ == "__main__":
    if sys.argv[1] == "fleet":
        asyncio.run(fleet(sys.argv[2], int(sys.argv[3])))
    else:
        main()
