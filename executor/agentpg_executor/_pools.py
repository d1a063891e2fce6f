"""The executor's connections to the database: one pool for work, a small one that no work can block."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from typing import Any

import psycopg
from agentpg._async.calls import AnyAsyncPool
from agentpg._async.opening import RECONNECT_SECONDS, read_schema_version, try_on
from agentpg._schema import check_schema_version
from agentpg._translate import translating
from agentpg.config import ClientConfig
from agentpg.executor_calls import ExecutorCalls
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from ._grouped_calls import GroupedCalls

# A dead peer that sends no reset is noticed within about a minute.
_KEEPALIVES: dict[str, Any] = {
    "keepalives": 1,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
}
# One heartbeat, one maintenance, and one in the place of a connection that went silent.
PULSE_SIZE = 3
CHECK_SECONDS = 1.0
CLOSE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class OutputSettings:
    """Settings that an executor follows besides its own rhythm."""

    max_tool_output_bytes: int = 262_144
    tool_timeout: float = 300.0


class Pools:
    """`calls` is for work; `pulse` for what must not wait behind it: heartbeat, registration, maintenance.

    Work may block for as long as somebody holds the locks of its sessions, on every connection it has.
    """

    def __init__(self, config: ClientConfig) -> None:
        self._work = _pool(config, config.min_size, config.max_size)
        self._pulse = _pool(config, 1, PULSE_SIZE)
        self.calls = GroupedCalls(self._work)
        self.pulse = ExecutorCalls(self._pulse)
        self._checking: asyncio.Task[None] | None = None

    @classmethod
    async def open(cls, config: ClientConfig) -> Pools:
        """Raises `StorageError` or `SchemaOutOfDate` when this database cannot be worked with."""
        parameters = config.connection_parameters | _KEEPALIVES
        with translating():
            async with await AsyncConnection[Any].connect(config.dsn or "", **parameters) as conn:
                check_schema_version(await read_schema_version(conn))
        pools = cls(config)
        await pools._pulse.open()
        await pools._work.open()
        return pools

    async def refresh(self) -> None:
        """Replaces connections that died while nobody used them: what cut one has often cut them all.

        Joins the check under way, for a moment. A check is never cancelled half way, which would lose a pool
        its places; on a silent network it ends when the keepalives do.
        """
        if self._checking is None or self._checking.done():
            self._checking = asyncio.create_task(self._check(), name="agentpg pool check")
        await asyncio.wait({self._checking}, timeout=CHECK_SECONDS)

    async def _check(self) -> None:
        await asyncio.gather(_check(self._pulse), _check(self._work))

    async def read_settings(self) -> OutputSettings:
        query = "select max_tool_output_bytes, extract(epoch from tool_timeout) from agentpg.settings"
        with translating():
            async with self._pulse.connection() as conn:
                row = await (await conn.execute(query)).fetchone()
        return OutputSettings() if row is None else OutputSettings(int(row[0]), float(row[1]))

    async def close(self) -> None:
        """Ends a check, then closes the pools."""
        if self._checking is not None:
            self._checking.cancel()
        await asyncio.gather(self._pulse.close(CLOSE_SECONDS), self._work.close(CLOSE_SECONDS))


def _pool(config: ClientConfig, min_size: int, max_size: int) -> AnyAsyncPool:
    return AsyncConnectionPool(
        config.dsn or "",
        kwargs=config.connection_parameters | _KEEPALIVES,
        min_size=min_size,
        max_size=max_size,
        timeout=config.pool_timeout,
        reconnect_timeout=RECONNECT_SECONDS,
        reconnect_failed=try_on,
        name=config.name,
        open=False,
    )


async def _check(pool: AnyAsyncPool) -> None:
    with contextlib.suppress(psycopg.Error):
        await pool.check()
