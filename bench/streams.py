"""What following a run costs: the way of the first delta, and what the stream writes.

    .venv/bin/python bench/streams.py "postgresql://..." [runs]

An executor in this process, the fake Claude beside it, subscribers in a process of their own. Prints

- how long after the executor a subscriber has the first delta of the same answer, and both from the start of
  the run, beside the same answer read from the API directly (median, p99);
- the same with 100 subscribers on one run, all in one process;
- transactions and bytes of WAL per run (two model calls, one tool call, 2 KB of text, spoken slowly): with
  events off, on, and watched. Transactions are those of executor and subscriber together, polls among them.

One machine, one clock, no network: what it shows are the steps, not the distance. The database needs the
schema (agentpg migrate) and nobody else at work; rows are left in it.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import Iterable
from dataclasses import replace
from typing import Any
from uuid import UUID

import psycopg
from agentpg import AsyncClient, RunOptions, events
from agentpg_executor.events import Event, TextDelta
from agentpg_executor.executor import Executor
from agentpg_executor.testing import FakeClaude, Turn, call, reply
from agentpg_executor.tools import tool
from anthropic import AsyncAnthropic

MODEL = "claude-sonnet-5-5"
LONG = "All work and no play makes a dull benchmark. " * 23
# Begins after half a second, when all subscribers are there, and goes on for another.
SHORT = reply("Hello, whoever listens, and whoever does not. " * 2, delay=0.5, pace=0.02)


@tool
async def add(a: int, b: int) -> int:
    """Adds."""
    return a + b


def percentiles(seconds: Iterable[float]) -> str:
    """Median and p99 in milliseconds."""
    ordered = sorted(seconds)
    p99 = ordered[min(len(ordered) - 1, round(0.99 * (len(ordered) - 1)))]
    return f"{1000 * statistics.median(ordered):8.1f} {1000 * p99:8.1f}"


async def subscribe(dsn: str) -> None:
    """The other process: for each line "run_id count" so many subscribers, who print when they heard."""
    async with AsyncClient(dsn, name="subscriber") as client:

        async def follow(run_id: str) -> None:
            first = True
            async for event in client.stream(run_id):
                if first and isinstance(event, events.TextDelta):
                    first = False
                    print("delta", time.time(), flush=True)
            print("end", time.time(), flush=True)

        reader = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
        )
        print("ready", time.time(), flush=True)
        tasks: set[asyncio.Task[None]] = set()
        while line := (await reader.readline()).decode().split():
            made = {asyncio.create_task(follow(line[0])) for _ in range(int(line[1]))}
            tasks |= made
        await asyncio.gather(*tasks)


class Bench:
    def __init__(self, dsn: str, fake: FakeClaude, client: AsyncClient, agent_id: UUID) -> None:
        self.dsn = dsn
        self.fake = fake
        self.client = client
        self.agent_id = agent_id
        self.first: dict[UUID, float] = {}

    def on_event(self, event: Event) -> None:
        if isinstance(event, TextDelta):
            self.first.setdefault(event.run_id, time.time())

    def executor(self) -> Executor:
        return Executor(
            self.dsn,
            tools=[add],
            api_key=self.fake.api_key,
            base_url=self.fake.base_url,
            on_event=self.on_event,
        )

    async def run(self, *turns: Turn | str, on: bool = True) -> UUID:
        self.fake.script(turns)
        session_id = await self.client.new_session()
        return await self.client.run_fast(session_id, self.agent_id, "Go.", options=RunOptions(events=on))

    async def subscriber(self) -> Process:
        process = await asyncio.create_subprocess_exec(
            sys.executable, __file__, "--subscribe", self.dsn, stdin=PIPE, stdout=PIPE
        )
        await told(process)
        return process

    async def latency(self, runs: int, count: int) -> tuple[list[float], list[float], list[float]]:
        """Seconds: from executor to subscriber; from the start to the executor; to the subscriber."""
        between: list[float] = []
        here: list[float] = []
        there: list[float] = []
        process = await self.subscriber()
        async with self.executor():
            for _ in range(runs):
                started = time.time()
                run_id = await self.run(SHORT)
                follow(process, run_id, count)
                heard = [await told(process) for _ in range(2 * count)]
                deltas = [at for kind, at in heard if kind == "delta"]
                between += [at - self.first[run_id] for at in deltas]
                here.append(self.first[run_id] - started)
                there += [at - started for at in deltas]
        await end(process)
        return between, here, there

    async def direct(self, runs: int) -> list[float]:
        """Seconds from the request to the first delta, read from the API itself."""
        found: list[float] = []
        async with AsyncAnthropic(api_key=self.fake.api_key, base_url=self.fake.base_url) as api:
            for _ in range(runs):
                self.fake.script([SHORT])
                started = time.time()
                messages: Any = [{"role": "user", "content": "Go."}]
                async with api.messages.stream(model=MODEL, max_tokens=100, messages=messages) as stream:
                    async for _text in stream.text_stream:
                        found.append(time.time() - started)
                        break
        return found

    async def cost(self, runs: int, *, on: bool, watched: bool) -> tuple[float, float]:
        """Transactions and bytes of WAL of one run."""
        some, few = await self._life(runs, on, watched), await self._life(0, on, watched)
        return (some[0] - few[0]) / runs, (some[1] - few[1]) / runs

    async def _life(self, runs: int, on: bool, watched: bool) -> tuple[int, int]:
        before = await self._counters()
        process = await self.subscriber() if watched else None
        async with self.executor() as executor:
            while executor.stats.claim_queries < 2:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
            for _ in range(runs):
                turns = (
                    replace(reply(LONG, call("add", a=1, b=2)), pace=0.01),
                    replace(reply(LONG), pace=0.01),
                )
                run_id = await self.run(*turns, on=on)
                if process is not None:
                    follow(process, run_id, 1)
                    while (await told(process))[0] != "end":
                        pass
                else:
                    await self.client.wait_for_run(run_id)
        if process is not None:
            await end(process)
        after = await self._counters()
        return after[0] - before[0], after[1] - before[1]

    async def _counters(self) -> tuple[int, int]:
        # A backend reports what it did when it ends, or a second later.
        await asyncio.sleep(2.5)
        async with await psycopg.AsyncConnection.connect(self.dsn, autocommit=True) as conn:
            cursor = await conn.execute(
                "select xact_commit - sessions, (pg_current_wal_insert_lsn() - '0/0')::bigint"
                " from pg_stat_database where datname = current_database()"
            )
            row = await cursor.fetchone()
        assert row is not None
        return int(row[0]), int(row[1])


def follow(process: Process, run_id: UUID, count: int) -> None:
    assert process.stdin is not None
    process.stdin.write(f"{run_id} {count}\n".encode())


async def told(process: Process) -> tuple[str, float]:
    assert process.stdout is not None
    kind, at = (await process.stdout.readline()).split()
    return kind.decode(), float(at)


async def end(process: Process) -> None:
    assert process.stdin is not None
    process.stdin.close()
    await process.wait()


async def main(dsn: str, runs: int) -> None:
    async with FakeClaude() as fake, AsyncClient(dsn) as client:
        async with Executor(dsn, tools=[add], api_key=fake.api_key, base_url=fake.base_url):
            agent = await client.get_or_create_agent("bench streams", model=MODEL, tools=["add"])
        bench = Bench(dsn, fake, client, agent.id)
        between, here, there = await bench.latency(runs, 1)
        print(f"\nfirst delta, {runs} runs, the answer begins after 500 ms   median      p99  (ms)")
        print(f"  read from the API directly                       {percentiles(await bench.direct(runs))}")
        print(f"  a run: at its executor                           {percentiles(here)}")
        print(f"  a run: at a subscriber in another process        {percentiles(there)}")
        print(f"  from executor to subscriber                      {percentiles(between)}")
        between, _, _ = await bench.latency(5, 100)
        print(f"  from executor to 100 subscribers of one run      {percentiles(between)}")
        print("\nper run of two model calls, one tool call, 2 KB of text   transactions  WAL bytes")
        for name, on, watched in (("off", False, False), ("on", True, False), ("watched", True, True)):
            transactions, written = await bench.cost(max(3, runs // 5), on=on, watched=watched)
            print(f"  events {name:<50}{transactions:>10.1f} {written:>10.0f}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--subscribe"]:
        asyncio.run(subscribe(sys.argv[2]))
    elif len(sys.argv) > 1:
        asyncio.run(main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 30))
    else:
        raise SystemExit(__doc__)
