"""Oban for Python 0.7.0

One instance with one queue, woken by notifications of inserts; completions are written in batches before the
next claim. No steps and no results; a client that waits for a job polls its state.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from oban import Job, Oban, worker
from oban.schema import install

from bench.subjects._queued import Queue, cases_of
from bench.subjects._serve import serve

LIMIT = 64
POOL = 8
POLL = 0.01


@worker(queue="bench")
class Work:
    queue: ObanQueue

    @classmethod
    def of(cls, run: int, left: int, carried: str = "") -> Job:
        return cls.new({"run": run, "left": left, "carried": carried})

    async def process(self, job: Job) -> None:
        run, left = job.args["run"], job.args["left"]
        self.queue.progress.begin(run)
        if left > 1:
            await Oban.get_instance().enqueue(Work.of(run, left - 1, self.queue.result))
        else:
            self.queue.progress.end()


class ObanQueue(Queue):
    settings = (
        f"{LIMIT} jobs at once, pool of {POOL}; a job waited for is looked at each {POLL * 1000:.0f} ms."
    )
    has_steps = False

    async def install(self) -> None:
        async with self._pool() as pool:
            await install(pool)

    @asynccontextmanager
    async def _pool(self) -> AsyncIterator[Any]:
        pool = await Oban.create_pool(self.dsn, min_size=2, max_size=POOL)
        yield pool
        await pool.close()

    @asynccontextmanager
    async def client(self) -> AsyncIterator[None]:
        async with self._pool() as self._conns:
            self._client = Oban(pool=self._conns, name="client")
            yield

    @asynccontextmanager
    async def worker(self) -> AsyncIterator[None]:
        async with self._pool() as pool:
            Work.queue = self
            await Oban(pool=pool, queues={"bench": LIMIT if self.tuned else 10}).start()
            yield

    async def create(self, run: int, steps: int) -> Any:
        return (await self._client.enqueue(Work.of(run, steps))).id

    async def wait_for(self, created: Any) -> None:
        while True:
            job = await self._client.get_job(created)
            if job is not None and job.state == "completed":
                return
            await asyncio.sleep(POLL)

    async def unfinished(self) -> int:
        async with self._conns.connection() as conn:
            cursor = await conn.execute("select count(*) from oban_jobs where state <> 'completed'")
            return (await cursor.fetchone() or [0])[0]

    async def create_many(self, runs: int, steps: int) -> None:
        for first in range(0, runs, 1000):
            some = range(first, min(first + 1000, runs))
            await self._client.enqueue_many(Work.of(run, steps) for run in some)
        async with self._conns.connection() as conn:
            await conn.execute("analyze")


if __name__ == "__main__":
    serve(cases_of(ObanQueue))
