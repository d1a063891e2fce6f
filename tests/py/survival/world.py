"""What every survival test stands on: a database, a fake Claude, a barrier for tools, a fleet of workers."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable
from typing import Any
from uuid import UUID

import psycopg
from agentpg_executor.testing import FakeClaude, call, reply
from agentpg_executor.tools import ToolRegistry
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb
from survival import tools
from survival.barrier import Barrier
from survival.fleet import Fleet
from survival.polling import HANGING, eventually
from survival.tally import Cost, Tally

MODEL = "claude-sonnet-5-5"
QUICK = {
    "heartbeat_interval": "200 milliseconds",
    "poll_interval": "1 second",
    "leader_ttl": "600 milliseconds",
    "model_retry_base": "20 milliseconds",
    "resume_window": "0 seconds",
}
"""Beats and maintenance are quick; leases keep their 20 s, which tests with a clock skip."""
SHORT_LEASES = {**QUICK, "lease_ttl": "1 second", "instance_ttl": "2 seconds"}
TABLES = ("runs", "iterations", "messages", "tool_executions", "failed_attempts", "sessions")


class World:
    """`dsn` is the direct way to the database; workers may be given another."""

    def __init__(self, dsn: str, fake: FakeClaude, barrier: Barrier, fleet: Fleet, tally: Tally) -> None:
        self.dsn = dsn
        self.fake = fake
        self.barrier = barrier
        self.fleet = fleet
        self.tally = tally
        self.runs: list[UUID] = []
        self._fault_at = time.monotonic()
        self._conn: psycopg.AsyncConnection[dict[str, Any]] | None = None

    async def open(self, **settings: str) -> None:
        """Settings, tools and one agent; two model calls and one tool call make a run."""
        definitions = Jsonb(ToolRegistry([tools]).definitions())
        await self.rows("select agentpg.configure(%s)", Jsonb(settings))
        await self.rows("select agentpg.register_tools(null, %s)", definitions)
        await self.rows("select agentpg.create_agent('worker', %s, tools => '{work}')", MODEL)
        self.fake.script([reply(call("work", n=1)), "Done."], per_conversation=True)

    async def close(self) -> None:
        if self._conn is not None:
            await self._conn.close()

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

    async def run(self, prompt: str = "Go.") -> UUID:
        """A run in a session of its own."""
        run_id: UUID = await self.value(
            "select agentpg.create_run(agentpg.create_session(), a.id, %s) from agentpg.agents a", prompt
        )
        self.runs.append(run_id)
        return run_id

    async def start_runs(self, count: int) -> list[UUID]:
        return [await self.run(f"Go {number}.") for number in range(count)]

    async def state(self, run_id: UUID) -> str:
        return str(await self.value("select state::text from agentpg.get_run(%s)", run_id))

    async def snapshot(self) -> str:
        """A digest of all that a worker could change."""
        parts = [await self.rows(f"select t::text from agentpg.{name} t order by 1") for name in TABLES]
        return hashlib.sha256(repr(parts).encode()).hexdigest()

    def fault_now(self) -> None:
        """The time from here to the end of the last run is what the fault cost."""
        self._fault_at = time.monotonic()

    async def all_ended(
        self,
        within: float = HANGING,
        *,
        states: Iterable[str] = ("completed",),
        runs: Iterable[UUID] | None = None,
    ) -> None:
        """Until every run is in one of these states."""
        wanted, ids = set(states), list(self.runs if runs is None else runs)
        open_runs = "select count(*) as n from agentpg.runs where id = any (%s) and finalized_at is null"

        async def finished() -> bool:
            try:
                return bool(await self.value(open_runs, ids) == 0)
            except psycopg.OperationalError:
                return False

        try:
            await eventually(finished, f"{len(ids)} runs ended", within)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{await self.explain()}") from None
        rows = await self.rows("select state::text, error_message from agentpg.runs where id = any (%s)", ids)
        assert len(rows) == len(ids)
        assert {row["state"] for row in rows} <= wanted, rows

    async def check(self, fault: str) -> Cost:
        """Nothing is broken, lost or doubled; the numbers are told and written down."""
        seconds = time.monotonic() - self._fault_at
        assert await self.rows("select * from agentpg.invariant_violations") == []
        recorded = await self.rows("select message_id from agentpg.iterations where message_id is not null")
        ids = [row["message_id"] for row in recorded]
        given = [entry.response["id"] for entry in self.fake.journal.messages if entry.response]
        assert len(ids) == len(set(ids)), "an answer was recorded twice"
        assert set(ids) <= set(given)
        prompts = await self.rows(
            "select run_id, count(*) as n from agentpg.messages where iteration_id is null group by run_id"
        )
        assert {row["n"] for row in prompts} <= {1}, "a prompt stands twice in a transcript"
        cost = Cost(
            fault=fault,
            runs=len(self.runs),
            sent=len(self.fake.journal.messages),
            answered=sum(entry.served for entry in self.fake.journal.messages),
            recorded=len(ids),
            bodies=len(self.barrier.bodies),
            repeated=self.barrier.repeated,
            seconds=seconds,
        )
        self.tally.add(cost)
        return cost

    async def explain(self) -> str:
        """Why runs still wait, and what the workers said."""
        waiting = await self.rows(
            "select r.id, r.state::text, r.attempt, w.* from agentpg.runs r,"
            " lateral agentpg.why_waiting(r.id) w where r.finalized_at is null limit 5"
        )
        logs = [f"--- worker {worker.pid}\n{worker.log[-3000:]}" for worker in self.fleet.workers]
        return "\n".join([*map(str, waiting), *logs])
