"""The least product with a queue: a table, and a worker that polls it. It stands for a peer in the tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import psycopg

from bench.subjects._queued import Queue, cases_of
from bench.subjects._serve import serve


class TableQueue(Queue):
    settings = "Polled each 5 ms."
    bulk = "One by one."
    has_steps = False

    async def install(self) -> None:
        async with self.client():
            await self._conn.execute(
                "create table job (id bigint generated always as identity, run int, steps int, done boolean)"
            )

    @asynccontextmanager
    async def client(self) -> AsyncIterator[None]:
        async with await psycopg.AsyncConnection.connect(self.dsn, autocommit=True) as self._conn:
            yield

    @asynccontextmanager
    async def worker(self) -> AsyncIterator[None]:
        working = asyncio.create_task(self._work())
        yield
        working.cancel()

    async def _work(self) -> None:
        async with await psycopg.AsyncConnection.connect(self.dsn, autocommit=True) as conn:
            while True:
                cursor = await conn.execute("select id, run from job where not done order by id limit 1")
                if job := await cursor.fetchone():
                    self.progress.begin(job[1])
                    self.progress.end()
                    await conn.execute("update job set done = true where id = %s", (job[0],))
                else:
                    await asyncio.sleep(0.005)

    async def create(self, run: int, steps: int) -> Any:
        statement = "insert into job (run, steps, done) values (%s, %s, false) returning id"
        return await (await self._conn.execute(statement, (run, steps))).fetchone()

    async def wait_for(self, created: Any) -> None:
        while True:
            cursor = await self._conn.execute("select done from job where id = %s", created)
            if (await cursor.fetchone() or [False])[0]:
                return
            await asyncio.sleep(0.005)

    async def unfinished(self) -> int:
        cursor = await self._conn.execute("select count(*) from job where not done")
        return (await cursor.fetchone() or [0])[0]


if __name__ == "__main__":
    serve(cases_of(TableQueue))
