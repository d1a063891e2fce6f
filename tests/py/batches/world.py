"""What the tests of batches stand on: a database, a fake Claude, workers; and what must hold at their end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import psycopg
from agentpg_executor.testing import Entry, FakeClaude, call, text
from agentpg_executor.testing._journal import entry_key
from agentpg_executor.tools import ToolRegistry
from batches import tools
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb
from survival.fleet import Fleet, Worker
from survival.polling import HANGING, eventually

MODEL = "claude-sonnet-5-5"
QUICK = {
    "heartbeat_interval": "200 milliseconds",
    "leader_ttl": "600 milliseconds",
    "poll_interval": "1 second",
    "model_retry_base": "20 milliseconds",
    "model_retry_cap": "200 milliseconds",
    "resume_window": "0 seconds",
    "batch_max_wait": "0 seconds",
    "batch_poll_interval": "50 milliseconds",
    "batch_max_poll_interval": "200 milliseconds",
    "batch_settle_time": "200 milliseconds",
}
"""Leases keep their 20 s, which tests with a clock skip."""
PAST_EVERY_LEASE = 30.0


class BatchWorld:
    """`dsn` is the direct way to the database; workers may be given another."""

    def __init__(self, dsn: str, fake: FakeClaude, fleet: Fleet) -> None:
        self.dsn = dsn
        self.fake = fake
        self.fleet = fleet
        self.runs: list[UUID] = []
        self.turns = 1
        self.others: set[str] = set()
        self._conn: psycopg.AsyncConnection[dict[str, Any]] | None = None

    async def open(self, turns: int = 1, **settings: str) -> None:
        """Settings, a tool and one agent. A run takes so many model calls; all but the last call the tool."""
        self.turns = turns
        await self.configure(**{**QUICK, **settings})
        await self.rows("select agentpg.register_tools(null, %s)", Jsonb(ToolRegistry([tools]).definitions()))
        await self.rows(
            "select agentpg.create_agent('batcher', %s, tools => '{step}', max_tokens => 64000)", MODEL
        )
        steps = [call("step", n=number) for number in range(1, turns)]
        self.fake.script([*steps, text("Done.")], per_conversation=True)
        self.fake.batches.seconds = 0

    async def close(self) -> None:
        if self._conn is not None:
            await self._conn.close()

    # The database

    async def rows(self, query: str, *values: object) -> list[dict[str, Any]]:
        """Over a connection that is made anew when it broke."""
        if self._conn is None or self._conn.closed:
            self._conn = await psycopg.AsyncConnection.connect(
                self.dsn, autocommit=True, row_factory=dict_row
            )
        try:
            return await (await self._conn.execute(query.encode(), values)).fetchall()
        except psycopg.OperationalError:
            await self._conn.close()
            raise

    async def value(self, query: str, *values: object) -> Any:
        (row,) = await self.rows(query, *values)
        return next(iter(row.values()))

    async def configure(self, **settings: str) -> None:
        await self.rows("select agentpg.configure(%s)", Jsonb(settings))

    async def create(self, count: int, options: Mapping[str, object] | None = None) -> list[UUID]:
        """So many runs in batch mode, each in a session of its own."""
        first = len(self.runs)
        rows = await self.rows(
            "select agentpg.create_run(agentpg.create_session(), a.id, format('Go %%s.', n), 'batch', %s)"
            " as id from agentpg.agents a, generate_series(%s::int, %s) n",
            Jsonb(options or {}), first, first + count - 1,
        )  # fmt: skip
        made = [row["id"] for row in rows]
        self.runs += made
        return made

    async def batches(self) -> list[dict[str, Any]]:
        return await self.rows("select * from agentpg.batches order by created_at, id")

    async def advance(self, seconds: float = PAST_EVERY_LEASE) -> None:
        """Time passes for the database and for the provider. Only on a database with a movable clock."""
        await self.rows("select agentpg_test.advance(make_interval(secs => %s))", seconds)
        self.fake.clock.advance(seconds)

    # Workers

    def launch(self, *arguments: str, over: str = "", **environment: str) -> Worker:
        """A worker on its way up; `over` is another way to the database."""
        words = ["--tools", "batches.tools", "--poll-interval", "0.1", *arguments]
        return self.fleet.launch(over or self.dsn, *words, tools=False, **environment)

    async def start(self, *arguments: str, over: str = "", **environment: str) -> Worker:
        """A worker that has registered and claims."""
        worker = self.launch(*arguments, over=over, **environment)
        await worker.says(" started: ")
        return worker

    # The provider

    def calls(self, kind: str) -> list[Entry]:
        """The requests of one kind that reached the provider: "create", "retrieve", "list", "results" ..."""
        return self.fake.journal.of(f"batches.{kind}")

    def billed(self) -> Counter[str]:
        """How often each request was billed. The key is a digest of its messages, which no two share."""
        return Counter(
            entry_key(entry)
            for entry in self.fake.journal
            if entry.billed and entry.batch_id not in self.others
        )

    def accepted(self) -> int:
        """How many batches the provider made of them."""
        return sum(entry.batch_id is not None for entry in self.calls("create"))

    # The end

    async def all_ended(
        self,
        within: float = HANGING,
        *,
        states: Iterable[str] = ("completed",),
        runs: Sequence[UUID] | None = None,
    ) -> None:
        """Until every run is in one of these states, no batch is open and no result is kept for later."""
        wanted, ids = set(states), list(self.runs if runs is None else runs)
        open_runs = (
            "select (select count(*) from agentpg.runs where id = any (%s) and finalized_at is null)"
            " + (select count(*) from agentpg.batches where closed_at is null)"
            " + (select count(*) from agentpg.batch_members where result is not null) as n"
        )

        async def finished() -> bool:
            try:
                return bool(await self.value(open_runs, ids) == 0)
            except psycopg.OperationalError:
                return False

        try:
            await eventually(finished, f"{len(ids)} runs and all batches ended", within)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{await self.explain()}") from None
        rows = await self.rows("select state::text, error_message from agentpg.runs where id = any (%s)", ids)
        assert len(rows) == len(ids)
        assert {row["state"] for row in rows} <= wanted, rows

    async def check(self, *, paid_twice: int = 0, calls: int | None = None) -> None:
        """Nothing is broken or lost. Each request is billed once, but for so many that are billed twice.

        `calls` is how many requests there were in all, if not every run took all its turns.
        """
        assert await self.rows("select * from agentpg.invariant_violations") == []
        expected = len(self.runs) * self.turns if calls is None else calls
        billed = self.billed()
        assert len(billed) == expected, "a request was never answered"
        again = {key: count for key, count in billed.items() if count > 1}
        assert set(again.values()) <= {2}, "a request was billed more than twice"
        assert len(again) == paid_twice, f"{len(again)} requests were billed twice\n{await self.explain()}"
        recorded = await self.rows("select message_id from agentpg.iterations where message_id is not null")
        ids = [row["message_id"] for row in recorded]
        assert len(ids) == len(set(ids)), "an answer was recorded twice"
        assert len(ids) == expected, f"{len(ids)} of {expected} answers are recorded\n{await self.explain()}"
        logs = "\n".join(worker.log for worker in self.fleet.workers)
        assert "Traceback" not in logs, logs[logs.find("Traceback") - 500 :][:3000]

    async def explain(self) -> str:
        """Why runs still wait, and what the workers said."""
        waiting = await self.rows(
            "select r.id, r.state::text, r.attempt, w.* from agentpg.runs r,"
            " lateral agentpg.why_waiting(r.id) w where r.finalized_at is null limit 5"
        )
        batches = await self.rows(
            "select id, state, status, request_count, failures, last_error, submissions, next_poll_at,"
            " lease_expires_at, agentpg.now() from agentpg.batches where closed_at is null limit 5"
        )
        logs = [f"--- worker {worker.pid}\n{worker.log[-3000:]}" for worker in self.fleet.workers]
        return "\n".join([*map(str, waiting), *map(str, batches), *logs])
