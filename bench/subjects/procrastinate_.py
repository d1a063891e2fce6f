"""procrastinate 3.10.0

One worker of many jobs at once on its asynchronous connector, woken by notifications. No steps and no
results; a client that waits for a job polls its status.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from procrastinate import App, PsycopgConnector
from procrastinate.jobs import Status

from bench.subject import Subject
from bench.subjects._queued import Queue, cases_of
from bench.subjects._serve import serve

CONCURRENCY = 16
POOL = 8
POLL = 0.01


class Procrastinate(Queue):
    settings = (
        f"{CONCURRENCY} jobs at once, pool of {POOL};"
        f" a job waited for is looked at each {POLL * 1000:.0f} ms."
    )
    has_steps = False

    def __init__(self, subject: Subject) -> None:
        super().__init__(subject)
        self._app = App(connector=PsycopgConnector(conninfo=self.dsn, min_size=1, max_size=POOL))

        @self._app.task(name="work", queue="bench")
        async def work(run: int, left: int, carried: str) -> None:
            self.progress.begin(run)
            if left > 1:
                await work.defer_async(run=run, left=left - 1, carried=self.result)
            else:
                self.progress.end()

        self._work = work

    async def install(self) -> None:
        async with self._app.open_async():
            await self._app.schema_manager.apply_schema_async()

    @asynccontextmanager
    async def client(self) -> AsyncIterator[None]:
        async with self._app.open_async():
            yield

    @asynccontextmanager
    async def worker(self) -> AsyncIterator[None]:
        concurrency = {"concurrency": CONCURRENCY} if self.tuned else {}
        self._working = asyncio.create_task(
            self._app.run_worker_async(queues=["bench"], install_signal_handlers=False, **concurrency)
        )
        yield

    async def create(self, run: int, steps: int) -> Any:
        return await self._work.defer_async(run=run, left=steps, carried="")

    async def wait_for(self, created: Any) -> None:
        while True:
            if await self._app.job_manager.get_job_status_async(created) is Status.SUCCEEDED:
                return
            await asyncio.sleep(POLL)

    async def unfinished(self) -> int:
        row = await self._app.connector.execute_query_one_async(
            "select count(*) as open from procrastinate_jobs where status <> 'succeeded'"
        )
        return row["open"]

    async def create_many(self, runs: int, steps: int) -> None:
        for first in range(0, runs, 1000):
            jobs = (
                {"run": run, "left": steps, "carried": ""} for run in range(first, min(first + 1000, runs))
            )
            await self._work.batch_defer_async(*jobs)
        await self._app.connector.execute_query_async("analyze")


if __name__ == "__main__":
    logging.getLogger("procrastinate").setLevel(logging.ERROR)
    serve(cases_of(Procrastinate))
