"""DBOS Transact 3.4.0

Workflows of asynchronous steps, enqueued by its client, run by the queue of one process. A shorter poll, more
at once or a larger pool is no faster: one core is busy with its Python. Its queues and waiters poll.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import psycopg
from dbos import DBOS, DBOSClient, DBOSConfig, EnqueueOptions, run_dbos_database_migrations

from bench.subjects._queued import Queue, cases_of
from bench.subjects._serve import serve

POLL = 0.02
RESULT_POLL = 0.01
CONCURRENCY = 64
POOL = 20


class Dbos(Queue):
    settings = (
        f"{CONCURRENCY} at once, pool of {POOL}, queue polled each {POLL * 1000:.0f} ms,"
        f" results each {RESULT_POLL * 1000:.0f} ms."
    )
    bulk = "No bulk enqueue."

    async def install(self) -> None:
        await asyncio.to_thread(run_dbos_database_migrations, self.dsn)

    @asynccontextmanager
    async def client(self) -> AsyncIterator[None]:
        self._client = await asyncio.to_thread(
            DBOSClient, system_database_url=self.dsn, application_name="bench"
        )
        async with await psycopg.AsyncConnection.connect(self.dsn, autocommit=True) as self._conn:
            yield
        await asyncio.to_thread(self._client.destroy)

    @asynccontextmanager
    async def worker(self) -> AsyncIterator[None]:
        progress, result = self.progress, self.result

        @DBOS.step(name="step")
        async def step(number: int) -> str:
            return result

        @DBOS.workflow(name="work")
        async def work(run: int, steps: int) -> str:
            progress.begin(run)
            for number in range(steps):
                await step(number)
            progress.end()
            return result

        config: DBOSConfig = {
            "name": "bench",
            "system_database_url": self.dsn,
            "sys_db_pool_size": POOL,
            "log_level": "ERROR",
            "run_migrations": False,
        }
        # Registered before: a launched process looks for new queues once a second.
        polled = {"polling_interval_sec": POLL} if self.tuned else {}
        await self._client.register_queue_async("bench", worker_concurrency=CONCURRENCY, **polled)
        DBOS(config=config)
        DBOS.launch()
        yield

    async def create(self, run: int, steps: int) -> Any:
        options: EnqueueOptions = {"queue_name": "bench", "workflow_name": "work"}
        return await self._client.enqueue_async(options, run, steps)

    async def wait_for(self, created: Any) -> None:
        polled = {"polling_interval_sec": RESULT_POLL} if self.tuned else {}
        await created.get_result(**polled)

    async def unfinished(self) -> int:
        cursor = await self._conn.execute(
            "select count(*) from dbos.workflow_status where status in ('ENQUEUED', 'PENDING')"
        )
        return (await cursor.fetchone() or [0])[0]

    async def fill(self, runs: int) -> None:
        """One is enqueued and copied: one by one, a backlog of 200,000 would take it five minutes."""
        await self.create(0, 1)
        await self._conn.execute(
            f"create temporary table copied as select generate_series(2, {runs}) as number"
        )
        await self._conn.execute("alter table copied add column workflow_uuid text default gen_random_uuid()")
        for table in ("workflow_status", "workflow_input"):
            cursor = await self._conn.execute(
                "select string_agg(quote_ident(attname), ', ') from pg_attribute"
                " where attrelid = ('dbos.' || %s)::regclass and attnum > 0 and not attisdropped"
                " and attgenerated = '' and attname <> 'workflow_uuid'",
                (table,),
            )
            names = (await cursor.fetchone() or [""])[0]
            await self._conn.execute(
                f"insert into dbos.{table} (workflow_uuid, {names})"
                f" select copied.workflow_uuid, {names} from dbos.{table} cross join copied"
            )
        await self._conn.execute("analyze")


if __name__ == "__main__":
    serve(cases_of(Dbos))
