"""Settles finished work: several calls in one transaction when they come faster than the database answers."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, LiteralString

from agentpg._async.calls import AnyAsyncConnection, AnyAsyncPool, AsyncCalls, Row
from agentpg._translate import translating
from agentpg.errors import AgentPGError
from psycopg import AsyncCursor, AsyncPipeline
from psycopg.rows import dict_row

# Two processes of Postgres with warm caches settle more than ten that share the processors.
LANES = 2
LARGEST_GROUP = 16
# Nobody's transaction may hold up the work of others: who meets a lock goes on alone.
LOCK_TIMEOUT = "50ms"
# A lane that takes longer than this waits for a lock, or for a far database: another one opens.
SLOW_SECONDS = 0.05

_BEGIN = "select set_config('lock_timeout', %s, true), set_config('agentpg.bulk', 'on', true)"


@dataclass(slots=True)
class _Call:
    query: LiteralString
    params: Mapping[str, object] | None
    answer: asyncio.Future[list[Row]]


class GroupedCalls(AsyncCalls):
    """Runs statements that can be repeated. Alone, one is sent at once, in a transaction of its own.

    While `LANES` of them are under way, others gather and share the next transaction. A group in which one
    fails leaves nothing behind: each of its statements is then run alone and has its own answer.
    """

    def __init__(self, pool: AnyAsyncPool, *, largest_group: int = LARGEST_GROUP) -> None:
        super().__init__(pool)
        self._largest = largest_group if AsyncPipeline.is_supported() else 1
        self._waiting: deque[_Call] = deque()
        self._lanes: dict[asyncio.Task[None], float] = {}
        self._look_again: asyncio.TimerHandle | None = None

    async def rows(
        self,
        query: LiteralString,
        params: Mapping[str, object] | None = None,
        *,
        conn: AnyAsyncConnection | None = None,
        repeatable: bool = False,
    ) -> list[Row]:
        """All rows of one statement, once its transaction has committed."""
        if conn is not None or self._largest == 1:
            return await super().rows(query, params, conn=conn, repeatable=repeatable)
        call = _Call(query, params, asyncio.get_running_loop().create_future())
        self._waiting.append(call)
        self._open_lane()
        return await call.answer

    def _open_lane(self) -> None:
        """Another lane, unless those that there are get on; looks again later if not."""
        loop = asyncio.get_running_loop()
        slow_before = loop.time() - SLOW_SECONDS
        if sum(since > slow_before for since in self._lanes.values()) >= LANES:
            self._look_again = self._look_again or loop.call_later(SLOW_SECONDS, self._look)
            return
        lane = asyncio.create_task(self._carry(), name="agentpg settling")
        self._lanes[lane] = loop.time()
        lane.add_done_callback(self._lanes.pop)

    def _look(self) -> None:
        self._look_again = None
        if self._waiting:
            self._open_lane()

    async def _carry(self) -> None:
        lane = asyncio.current_task()
        assert lane is not None
        while self._waiting:
            self._lanes[lane] = asyncio.get_running_loop().time()
            calls = [self._waiting.popleft() for _ in range(min(len(self._waiting), self._largest))]
            calls = [call for call in calls if not call.answer.done()]
            if len(calls) == 1 or (calls and not await self._settle_together(calls)):
                await asyncio.gather(*(self._settle_alone(call) for call in calls))

    async def _settle_alone(self, call: _Call) -> None:
        try:
            rows = await super().rows(call.query, call.params)
        except BaseException as error:
            if call.answer.done():
                return
            call.answer.set_exception(error)
            if not isinstance(error, Exception):
                raise
        else:
            if not call.answer.done():
                call.answer.set_result(rows)

    async def _settle_together(self, calls: list[_Call]) -> bool:
        """Whether all have their answers: one that was refused, or met a lock, undoes the others too."""
        try:
            answers = await self._run(calls)
        except AgentPGError:
            return False
        for call, rows in zip(calls, answers, strict=True):
            if not call.answer.done():
                call.answer.set_result(rows)
        return True

    async def _run(self, calls: list[_Call]) -> list[list[Row]]:
        with translating():
            async with self._pool.connection() as conn:
                async with conn.pipeline(), conn.transaction():
                    await conn.execute(_BEGIN, (LOCK_TIMEOUT,))
                    cursors: list[AsyncCursor[dict[str, Any]]] = []
                    for call in calls:
                        cursor = AsyncCursor(conn, row_factory=dict_row)
                        await cursor.execute(call.query, call.params)
                        cursors.append(cursor)
                return [await cursor.fetchall() for cursor in cursors]
