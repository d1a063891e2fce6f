"""Where the executor's ways out lead: to the database, and to Claude by one client."""

from __future__ import annotations

import contextlib

import anthropic
from agentpg.config import ClientConfig, dsn_from_environment
from anthropic import AsyncAnthropic

from .errors import ExecutorConfigError
from .model import ModelCaller, has_credentials, make_client


def configure(dsn: str | None, *, listen_dsn: str | None, pooled: bool, name: str | None) -> ClientConfig:
    return ClientConfig(
        dsn=dsn_from_environment(dsn),
        listen_dsn=listen_dsn,
        pooled=pooled,
        name=f"agentpg executor {name}" if name else "agentpg executor",
        min_size=1,
        max_size=10,
    )


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
