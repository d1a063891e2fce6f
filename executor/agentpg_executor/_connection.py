"""The executor's ways out: to the database by a small pool, to Claude by one client."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from typing import Any

import anthropic
import psycopg
from agentpg._async.calls import AnyAsyncPool
from agentpg._async.opening import read_schema_version
from agentpg._schema import check_schema_version
from agentpg._translate import translating
from agentpg.config import ClientConfig, dsn_from_environment
from anthropic import AsyncAnthropic
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from .errors import ExecutorConfigError
from .model import ModelCaller, has_credentials, make_client

# A dead peer that sends no reset is noticed within about a minute.
_KEEPALIVES: dict[str, Any] = {
    "keepalives": 1,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
}
CHECK_SECONDS = 1.0
# The pool doubles the delay between attempts up to this, then starts over for whoever asks next, and the
# heartbeat always asks. Its own default is 5 minutes: after a minute's outage it could stay away for another.
RECONNECT_SECONDS = 2.0
CLOSE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class OutputSettings:
    """Settings that an executor follows besides its own rhythm."""

    max_tool_output_bytes: int = 262_144
    tool_timeout: float = 300.0


def configure(dsn: str | None, *, listen_dsn: str | None, pooled: bool, name: str | None) -> ClientConfig:
    return ClientConfig(
        dsn=dsn_from_environment(dsn),
        listen_dsn=listen_dsn,
        pooled=pooled,
        name=f"agentpg executor {name}" if name else "agentpg executor",
        min_size=1,
        max_size=10,
    )


async def open_pool(config: ClientConfig) -> AnyAsyncPool:
    """Raises `StorageError` or `SchemaOutOfDate` when this database cannot be worked with."""
    parameters = {**config.connection_parameters, **_KEEPALIVES}
    dsn = config.dsn or ""
    with translating():
        async with await AsyncConnection[Any].connect(dsn, **parameters) as conn:
            check_schema_version(await read_schema_version(conn))
    pool: AnyAsyncPool = AsyncConnectionPool(
        dsn,
        kwargs=parameters,
        min_size=config.min_size,
        max_size=config.max_size,
        timeout=config.pool_timeout,
        reconnect_timeout=RECONNECT_SECONDS,
        name=config.name,
        open=False,
    )
    await pool.open()
    return pool


class PoolCare:
    """Replaces connections that died while nobody used them: what cut one has often cut them all.

    The check is never cancelled half way, which would lose the pool its places, and never waited for long:
    on a silent network it ends when the keepalives do.
    """

    def __init__(self, pool: AnyAsyncPool) -> None:
        self._pool = pool
        self._checking: asyncio.Task[None] | None = None

    async def refresh(self) -> None:
        """Checks all idle connections, or joins the check under way, for a moment."""
        if self._checking is None or self._checking.done():
            self._checking = asyncio.create_task(self._check(), name="agentpg pool check")
        await asyncio.wait({self._checking}, timeout=CHECK_SECONDS)

    async def _check(self) -> None:
        with contextlib.suppress(psycopg.Error):
            await self._pool.check()

    async def close(self) -> None:
        """Ends a check, then closes the pool."""
        if self._checking is not None:
            self._checking.cancel()
        await self._pool.close(CLOSE_SECONDS)


async def read_settings(pool: AnyAsyncPool) -> OutputSettings:
    query = "select max_tool_output_bytes, extract(epoch from tool_timeout) from agentpg.settings"
    with translating():
        async with pool.connection() as conn:
            row = await (await conn.execute(query)).fetchone()
    return OutputSettings() if row is None else OutputSettings(int(row[0]), float(row[1]))


async def open_caller(
    opened: contextlib.AsyncExitStack,
    client: AsyncAnthropic | None,
    api_key: str | None,
    base_url: str | None,
) -> ModelCaller:
    """One client for the process, closed with `opened` if it is ours. Raises `ExecutorConfigError`."""
    if client is None:
        try:
            client = make_client(api_key=api_key, base_url=base_url)
        except anthropic.AnthropicError as error:
            raise ExecutorConfigError(f"no usable Claude credentials: {error}") from error
        opened.push_async_callback(client.close)
    if not has_credentials(client):
        raise ExecutorConfigError(
            "there is no Claude API key",
            hint="set ANTHROPIC_API_KEY or pass api_key=...; to run tools alone: tools_only=True",
        )
    return ModelCaller(client)
