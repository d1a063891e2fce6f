"""Absurd 0.5.1

Tasks of checkpointed steps, spawned and worked by its asynchronous SDK; its SQL comes with absurdctl. An SDK
object has one connection, so the worker process has several of them. It polls: nothing is notified.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import psycopg
from absurd_sdk import AsyncAbsurd
from absurdctl import BUNDLED_SCHEMA_SQL

from bench.subjects._queued import Queue, cases_of
from bench.subjects._serve import serve

OBJECTS = 8
CONCURRENCY = 8
POLL = 0.02
RESULT_POLL = 0.01


class Absurd(Queue):
    settings = (
        f"{OBJECTS} SDK objects of {CONCURRENCY} at once, queue polled each {POLL * 1000:.0f} ms,"
        f" results each {RESULT_POLL * 1000:.0f} ms."
    )
    bulk = "No bulk spawn: its SQL function, called for each run in one statement."

    async def install(self) -> None:
        async with await psycopg.AsyncConnection.connect(self.dsn, autocommit=True) as conn:
            await conn.execute(BUNDLED_SCHEMA_SQL.encode())
            await conn.execute("select absurd.create_queue('bench')")

    @asynccontextmanager
    async def client(self) -> AsyncIterator[None]:
        # One has one connection, and does one thing at a time.
        self._creators = [AsyncAbsurd(self.dsn, queue_name="bench") for _ in range(self.callers)]
        self._client = self._creators[0]
        async with await psycopg.AsyncConnection.connect(self.dsn, autocommit=True) as self._conn:
            yield
        for client in self._creators:
            await client.close()

    @asynccontextmanager
    async def worker(self) -> AsyncIterator[None]:
        async def step() -> str:
            return self.result

        async def work(params: Any, task: Any) -> str:
            self.progress.begin(params["run"])
            for number in range(params["steps"]):
                await task.step(f"step {number}", step)
            self.progress.end()
            return self.result

        self._working = set[asyncio.Task[None]]()
        polled = {"poll_interval": POLL} if self.tuned else {}
        for _ in range(OBJECTS if self.tuned else 1):
            worker = AsyncAbsurd(self.dsn, queue_name="bench")
            worker.register_task("work")(work)
            self._working.add(asyncio.create_task(worker.start_worker(concurrency=CONCURRENCY, **polled)))
        yield

    async def create(self, run: int, steps: int) -> Any:
        return await self._creators[run % self.callers].spawn(
            "work", {"run": run, "steps": steps}, queue="bench"
        )

    async def wait_for(self, created: Any) -> None:
        task_id = created["task_id"]
        if not self.tuned:
            await self._client.await_task_result(task_id)
            return
        while True:
            seen = await self._client.fetch_task_result(task_id)
            if seen is not None and seen.state == "completed":
                return
            await asyncio.sleep(RESULT_POLL)

    async def unfinished(self) -> int:
        cursor = await self._conn.execute("select count(*) from absurd.t_bench where state <> 'completed'")
        return (await cursor.fetchone() or [0])[0]

    async def create_many(self, runs: int, steps: int) -> None:
        await self._conn.execute(
            "select count(task_id) from generate_series(0, %s - 1) as run, absurd.spawn_task("
            "'bench', 'work', jsonb_build_object('run', run, 'steps', %s::int), '{\"max_attempts\": 5}')",
            (runs, steps),
        )
        await self._conn.execute("analyze")


if __name__ == "__main__":
    serve(cases_of(Absurd))
