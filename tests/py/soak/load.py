"""Runs of every kind, created as long as the soak lasts, and what the fake Claude answers them."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import psycopg
from agentpg_executor.testing import (
    FakeRequest,
    Turn,
    call,
    cut,
    error_event,
    fault,
    hang,
    lost,
    max_tokens_cut,
    reply,
    reset,
    text,
)
from survival.barrier import Barrier
from survival.world import MODEL

PROMPTS = ["Say something.", "Use a tool.", "Use tool, tool, tool.", "Cut it."]
OPEN_AT_ONCE = 40
SESSIONS = 12
ENDED = ("completed", "cancelled", "failed", "awaiting_input")


@dataclass
class Answers:
    """What Claude says: mostly sense, now and then every kind of nonsense the network and the API know."""

    chance: random.Random
    troubles: bool = True
    told: Counter[str] = field(default_factory=Counter)

    def answer(self, request: FakeRequest) -> Turn:
        good = self._good(request)
        if not self.troubles:
            return good
        broken = {
            "429": lambda: fault(429, retry_after=0.1),
            "529": lambda: fault(529, retry_after=0),
            "500": lambda: fault(500),
            "overloaded in mid stream": lambda: error_event(good, after=3),
            "cut in mid stream": lambda: cut(good, after=3),
            "reset": reset,
            "reset in mid stream": lambda: reset(good, after=4),
            "answer lost": lambda: lost(good),
            "hang in mid stream": lambda: hang(good, after=3, seconds=1.5),
        }
        if self.chance.random() < 0.15:
            kind = self.chance.choice(list(broken))
            self.told[kind] += 1
            return broken[kind]()
        return good

    def _good(self, request: FakeRequest) -> Turn:
        if request.prompt.startswith("Cut"):
            return max_tokens_cut("Too long to")
        wanted = request.prompt.count("tool")
        if request.prompt.startswith("Use") and request.position < 2:
            return reply(*(call("work", n=n) for n in range(wanted)))
        return text("The end.")


@dataclass
class Load:
    """Creates runs, cancels a few, and keeps count of what was accepted."""

    dsn: str
    chance: random.Random
    barrier: Barrier
    accepted: dict[str, UUID] = field(default_factory=dict)
    cancels: int = 0
    refused: int = 0
    _numbers: itertools.count[int] = field(default_factory=itertools.count)
    _sessions: list[UUID] = field(default_factory=list)

    async def create(self, stop: asyncio.Event) -> None:
        """Until `stop`. A creation whose answer was lost is repeated under its idempotency key."""
        key, prompt, session = "", "", 0
        while not stop.is_set():
            if not key:
                key = f"soak-{next(self._numbers)}"
                prompt = self.chance.choice(PROMPTS)
                session = self.chance.randrange(SESSIONS)
            try:
                async with await psycopg.AsyncConnection.connect(self.dsn, autocommit=True) as conn:
                    if await self._open_runs(conn) < OPEN_AT_ONCE:
                        self.accepted[key] = await self._create(conn, key, prompt, session)
                        key = ""
                    if self.chance.random() < 0.08 and self.accepted:
                        await self._cancel(conn)
            except psycopg.OperationalError:
                self.refused += 1
            if self.chance.random() < 0.1:
                self.barrier.answers.append(self.chance.choice(["raise", "snooze"]))
            await asyncio.sleep(0.02)

    async def _create(self, conn: Any, key: str, prompt: str, session: int) -> UUID:
        while len(self._sessions) <= session:
            row = await (await conn.execute("select agentpg.create_session()")).fetchone()
            self._sessions.append(row[0])
        row = await (
            await conn.execute(
                "select agentpg.create_run(session_id => %s, agent_id => a.id, prompt => %s,"
                " idempotency_key => %s) from agentpg.agents a where a.model = %s",
                (self._sessions[session], prompt, key, MODEL),
            )
        ).fetchone()
        run_id: UUID = row[0]
        return run_id

    async def _cancel(self, conn: Any) -> None:
        run_id = self.chance.choice(list(self.accepted.values())[-OPEN_AT_ONCE:])
        row = await (await conn.execute("select agentpg.cancel_run(%s)", (run_id,))).fetchone()
        self.cancels += bool(row[0])

    async def _open_runs(self, conn: Any) -> int:
        count = "select count(*) from agentpg.runs where finalized_at is null and state <> 'awaiting_input'"
        row = await (await conn.execute(count)).fetchone()
        return int(row[0])
