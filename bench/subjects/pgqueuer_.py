"""PgQueuer 1.6.0

One worker on an asyncpg pool, woken by notifications; completions are written in batches, at most 0.1 s late
(batches of one where latency is measured). No steps, no results. The pool's reset query, a round trip after
each statement, is off: there is nothing to undo.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import asyncpg
from pgqueuer import PgQueuer
from pgqueuer.core.completion import CompletionWatcher
from pgqueuer.db import AsyncpgPoolDriver
from pgqueuer.models import Job
from pgqueuer.queries import Queries

from bench.subject import Subject
from bench.subjects._queued import Queue, cases_of
from bench.subjects._serve import serve

BATCH = 100
POOL = 8
DEBOUNCE = timedelta(milliseconds=1)


async def unreset(connection: Any) -> None:
    """What a pool does when a connection comes back to it: nothing."""


class Pgqueuer(Queue):
    has_steps = False

    def __init__(self, subject: Subject) -> None:
        super().__init__(subject)
        self._batch = 1 if subject.case == "latency" else BATCH
        self.settings = f"Batches of {self._batch}, pool of {POOL} without reset queries."

    async def install(self) -> None:
        async with self._pool_of() as pool:
            await Queries(AsyncpgPoolDriver(pool)).install()

    def _pool_of(self) -> Any:
        return asyncpg.create_pool(self.dsn, min_size=2, max_size=POOL, reset=unreset)

    @asynccontextmanager
    async def client(self) -> AsyncIterator[None]:
        async with self._pool_of() as self._pool:
            self._driver = AsyncpgPoolDriver(self._pool)
            self._queries = Queries(self._driver)
            self._watcher: CompletionWatcher | None = None
            yield

    @asynccontextmanager
    async def worker(self) -> AsyncIterator[None]:
        async with self._pool_of() as pool:
            worker = PgQueuer.from_asyncpg_pool(pool)
            queries = Queries(AsyncpgPoolDriver(pool))

            @worker.entrypoint("work")
            async def work(job: Job) -> None:
                run, left, _ = json.loads(job.payload or b"")
                self.progress.begin(run)
                if left > 1:
                    await queries.enqueue("work", json.dumps([run, left - 1, self.result]).encode())
                else:
                    self.progress.end()

            batch = {"batch_size": self._batch} if self.tuned else {}
            self._working = asyncio.create_task(worker.qm.run(**batch))
            yield

    async def create(self, run: int, steps: int) -> Any:
        return (await self._queries.enqueue("work", json.dumps([run, steps, ""]).encode()))[0]

    async def wait_for(self, created: Any) -> None:
        if self._watcher is None:
            debounced = {"debounce": DEBOUNCE} if self.tuned else {}
            self._watcher = CompletionWatcher(self._driver, queries=self._queries, **debounced)
            await self._watcher.__aenter__()
        await self._watcher.wait_for(created)

    async def unfinished(self) -> int:
        return await self._pool.fetchval("select count(*) from pgqueuer")

    async def create_many(self, runs: int, steps: int) -> None:
        for first in range(0, runs, 10_000):
            some = range(first, min(first + 10_000, runs))
            payloads = [json.dumps([run, steps, ""]).encode() for run in some]
            await self._queries.enqueue(["work"] * len(some), payloads, [0] * len(some))
        await self._pool.execute("analyze")


if __name__ == "__main__":
    serve(cases_of(Pgqueuer))
