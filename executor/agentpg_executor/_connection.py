"""The executor's ways out: to the database by a small pool, to Claude by one client."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

import anthropic
from agentpg._async.calls import AnyAsyncPool
from agentpg._async.opening import open_pool
from agentpg._translate import translating
from agentpg.config import ClientConfig, dsn_from_environment
from anthropic import AsyncAnthropic

from .errors import ExecutorConfigError
from .model import ModelCaller, has_credentials, make_client


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


async def connect(config: ClientConfig) -> tuple[AnyAsyncPool, OutputSettings]:
    """Raises `StorageError` or `SchemaOutOfDate` when this database cannot be worked with."""
    pool = await open_pool(config)
    return pool, await _read_settings(pool)


async def _read_settings(pool: AnyAsyncPool) -> OutputSettings:
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
