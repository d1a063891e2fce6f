"""One thing after the other goes wrong, at random, with workers, networks and Postgres."""

from __future__ import annotations

import asyncio
import contextlib
import random
import signal
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import psycopg
from survival.fleet import Fleet, Worker
from survival.proxy import Proxy
from survival.servers import MortalServer

WORKERS = 3


@dataclass
class Faults:
    """`rage` until told to stop; then `peace` mends what can be mended."""

    chance: random.Random
    fleet: Fleet
    server: MortalServer
    dsn: str
    database_wire: Proxy
    claude_wire: Proxy
    start: Callable[[], Awaitable[Worker]]
    done: Counter[str] = field(default_factory=Counter)
    workers: list[Worker] = field(default_factory=list)

    async def rage(self, stop: asyncio.Event) -> None:
        kinds: dict[Callable[[], Awaitable[None]], int] = {
            self.kill: 4, self.freeze: 3, self.drain: 2, self.hurry: 1,
            self.cut_database: 4, self.stall_database: 2, self.swallow_database: 1, self.refuse_database: 1,
            self.cut_claude: 3, self.stall_claude: 2, self.refuse_claude: 1,
            self.terminate_backends: 3, self.crash_postgres: 1, self.stop_postgres: 1,
        }  # fmt: skip
        while not stop.is_set():
            await self._man()
            kind = self.chance.choices(list(kinds), list(kinds.values()))[0]
            self.done[kind.__name__.replace("_", " ")] += 1
            await kind()
            await asyncio.sleep(self.chance.uniform(0.1, 0.8))

    async def peace(self) -> None:
        self.database_wire.heal()
        self.claude_wire.heal()
        for worker in self.workers:
            worker.thaw()
        await self._man()

    async def _man(self) -> None:
        """Whoever ended is replaced."""
        self.workers = [worker for worker in self.workers if worker.exit_status is None]
        while len(self.workers) < WORKERS:
            self.workers.append(await self.start())

    def _any(self) -> Worker:
        return self.chance.choice(self.workers)

    async def _a_while(self, longest: float) -> None:
        await asyncio.sleep(self.chance.uniform(0.05, longest))

    async def kill(self) -> None:
        await self._any().kill()

    async def freeze(self) -> None:
        worker = self._any()
        await worker.freeze()
        await self._a_while(4.0)
        worker.thaw()

    async def drain(self) -> None:
        self._any().send(signal.SIGTERM)

    async def hurry(self) -> None:
        worker = self._any()
        worker.send(signal.SIGTERM)
        await self._a_while(0.3)
        worker.send(signal.SIGINT)

    async def cut_database(self) -> None:
        self.database_wire.cut()

    async def stall_database(self) -> None:
        self.database_wire.stall()
        await self._a_while(3.0)
        self.database_wire.heal()

    async def swallow_database(self) -> None:
        self.database_wire.black_hole()
        await self._a_while(2.0)
        self.database_wire.heal()

    async def refuse_database(self) -> None:
        self.database_wire.refuse()
        await self._a_while(1.0)
        self.database_wire.heal()

    async def cut_claude(self) -> None:
        self.claude_wire.cut()

    async def stall_claude(self) -> None:
        self.claude_wire.stall()
        await self._a_while(2.0)
        self.claude_wire.heal()

    async def refuse_claude(self) -> None:
        self.claude_wire.refuse()
        await self._a_while(1.0)
        self.claude_wire.heal()

    async def terminate_backends(self) -> None:
        query = (
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and application_name like 'agentpg executor%'"
            " and random() < 0.5"
        )
        with contextlib.suppress(psycopg.OperationalError):
            async with await psycopg.AsyncConnection.connect(self.dsn, autocommit=True) as conn:
                await conn.execute(query)

    async def crash_postgres(self) -> None:
        await self.server.crash()

    async def stop_postgres(self) -> None:
        await self.server.stop_immediately()
        await self._a_while(1.0)
        await self.server.come_back()
