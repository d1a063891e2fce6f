"""Bare psycopg, the floor: no product.

The least SQL that keeps a run, its steps and its result: runs are claimed in batches, each step is one call
of a function that inserts its result and updates its run, creation and completion notify. An asynchronous
pool of 8 connections, statements prepared. No leases, retries, transcripts, tenants or rules: a worker that
dies takes its runs with it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable

import psycopg
from psycopg_pool import AsyncConnectionPool

from bench.callers import call_when_told
from bench.subject import Subject

TEXT = "x" * 200
CONNECTIONS = CLAIMED = 8

SCHEMA = """
create schema floor;
create table floor.runs (
  id bigint generated always as identity primary key,
  state text not null default 'pending',
  steps int not null default 0,
  result text
) with (fillfactor = 70);
create index on floor.runs (id) where state = 'pending';
create table floor.steps (run_id bigint, number int, result text, primary key (run_id, number));

create function floor.create_run() returns bigint language plpgsql as $$
declare v_id bigint;
begin
  insert into floor.runs default values returning id into v_id;
  perform pg_notify('floor_created', '');
  return v_id;
end $$;

create function floor.claim_runs(count int) returns setof bigint language plpgsql as $$
begin
  return query update floor.runs set state = 'running' where id = any(array(
    select r.id from floor.runs r where r.state = 'pending' order by r.id limit count for update skip locked
  )) returning id;
end $$;

create function floor.keep_step(run_id bigint, number int, result text) returns void language plpgsql as $$
begin
  insert into floor.steps values (run_id, number, result);
  update floor.runs r set steps = number where r.id = keep_step.run_id;
end $$;

create function floor.finish_run(run_id bigint, number int, result text) returns void language plpgsql as $$
begin
  insert into floor.steps values (run_id, number, result);
  update floor.runs r set state = 'done', steps = number, result = finish_run.result
  where r.id = finish_run.run_id;
  perform pg_notify('floor_done', run_id::text);
end $$;
"""

CREATE = b"select floor.create_run()"
KEEP = "select floor.keep_step(%s, %s, %s)"
FINISH = "select floor.finish_run(%s, %s, %s)"


class Worker:
    """Claims for free places, and does `steps` for each run; the last of them ends it."""

    def __init__(self, dsn: str, steps: int, told: Callable[[], None] | None = None) -> None:
        self.ended = 0
        self._steps = steps
        self._told = told
        self._pool = AsyncConnectionPool(
            dsn,
            min_size=CONNECTIONS,
            max_size=CONNECTIONS,
            open=False,
            kwargs={"autocommit": True, "prepare_threshold": 0},
        )
        self._dsn = dsn
        self._free = CLAIMED
        self._wake = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    async def run_until(self, enough: Callable[[int], bool]) -> None:
        async with self._pool, await psycopg.AsyncConnection.connect(self._dsn, autocommit=True) as heard:
            await heard.execute("listen floor_created")
            listening = asyncio.create_task(self._listen(heard))
            try:
                while not enough(self.ended):
                    claimed = await self._claim()
                    if not claimed:
                        self._wake.clear()
                        if not enough(self.ended):
                            await _within(self._wake.wait(), 1.0)
                await asyncio.gather(*self._tasks)
            finally:
                listening.cancel()
                await asyncio.gather(listening, return_exceptions=True)

    async def _claim(self) -> int:
        if not self._free:
            return 0
        async with self._pool.connection() as conn:
            found = await (await conn.execute("select floor.claim_runs(%s)", [self._free])).fetchall()
        self._free -= len(found)
        for (run_id,) in found:
            task = asyncio.create_task(self._carry(run_id))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return len(found)

    async def _carry(self, run_id: int) -> None:
        if self._told is not None:
            self._told()
        for number in range(1, self._steps + 1):
            async with self._pool.connection() as conn:
                await conn.execute(KEEP if number < self._steps else FINISH, [run_id, number, TEXT])
        self._free += 1
        self.ended += 1
        self._wake.set()

    async def _listen(self, conn: psycopg.AsyncConnection) -> None:
        async for _ in conn.notifies():
            self._wake.set()


async def _within(work: Awaitable[object], seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(work, seconds)


def create(dsn: str, count: int) -> None:
    with psycopg.connect(dsn, autocommit=True) as conn:
        conn.execute("insert into floor.runs (state) select 'pending' from generate_series(1, %s)", [count])
        conn.execute("vacuum analyze floor.runs")


async def work(subject: Subject, items: int, runs: int, steps: int) -> None:
    worker = Worker(subject.dsn, steps)
    subject.start()
    await worker.run_until(lambda ended: ended >= runs)
    subject.end(items)


async def one_by_one(subject: Subject) -> None:
    count = subject.number("runs")
    creator = _second(subject.dsn, "create", count=count, callers=subject.number("callers"))
    worker = Worker(subject.dsn, 1)
    subject.start()
    _say(creator, "go")
    await worker.run_until(lambda ended: ended >= count)
    subject.end(count)
    creator.wait()


def latency(subject: Subject) -> None:
    calls = subject.number("calls")
    worker = _second(subject.dsn, "work")
    begun: list[float] = []
    ended: list[float] = []
    with (
        psycopg.connect(subject.dsn, autocommit=True) as conn,
        psycopg.connect(subject.dsn, autocommit=True) as heard,
    ):
        heard.execute("listen floor_done")
        subject.start()
        for number in range(-3, calls):
            time.sleep(0.02)
            created = time.time()
            row = conn.execute("select floor.create_run()", prepare=True).fetchone()
            assert row is not None
            for notify in heard.notifies():
                if notify.payload == str(row[0]):
                    break
            conn.execute("select result from floor.runs where id = %s", row, prepare=True).fetchone()
            finished = time.time()
            assert worker.stdout is not None
            at = float(worker.stdout.readline())
            if number >= 0:
                begun.append((at - created) * 1000)
                ended.append((finished - created) * 1000)
        subject.end(calls, latencies_ms={"start": begun, "result": ended})
    worker.kill()
    worker.wait()


def _second(dsn: str, what: str, **parameters: int) -> subprocess.Popen[str]:
    """A second process, when it is ready."""
    command = [sys.executable, "-P", __file__, what, dsn, json.dumps(parameters)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    if process.stdout.readline() != "ready\n":
        raise SystemExit("the second process did not start")
    return process


def _say(process: subprocess.Popen[str], line: str) -> None:
    assert process.stdin is not None
    process.stdin.write(line + "\n")
    process.stdin.flush()


def main() -> None:
    subject = Subject.from_arguments()
    number = subject.number
    match subject.case:
        case "setup":
            with psycopg.connect(subject.dsn, autocommit=True) as conn:
                conn.execute(SCHEMA)
        case "runs":
            asyncio.run(one_by_one(subject))
        case "drain":
            create(subject.dsn, number("runs"))
            asyncio.run(work(subject, number("runs"), number("runs"), 1))
        case "backlog":
            create(subject.dsn, number("pending"))
            asyncio.run(work(subject, number("drain"), number("drain"), 1))
        case "loop":
            create(subject.dsn, number("runs"))
            steps = number("iterations") * 2
            asyncio.run(work(subject, number("runs") * steps, number("runs"), steps))
        case "latency":
            latency(subject)
        case "create":
            count, callers = number("count"), number("callers")
            asyncio.run(call_when_told(subject.dsn, CREATE, [], count=count, callers=callers))
        case "work":
            worker = Worker(subject.dsn, 1, told=lambda: print(time.time(), flush=True))
            print("ready", flush=True)
            asyncio.run(worker.run_until(lambda _: False))
        case other:
            subject.cannot(f"no case {other}")


if __name__ == "__main__":
    main()
