"""A fake per test in the test's own loop, and the real SDK pointed at it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx2
import pytest
from agentpg_executor.testing import FakeClaude, Problem, validate_request
from anthropic import AsyncAnthropic, DefaultAsyncHttpxClient

Connect = Callable[..., AsyncAnthropic]


@pytest.fixture
async def fake() -> AsyncIterator[FakeClaude]:
    async with FakeClaude(batch_seconds=60) as running:
        yield running


@pytest.fixture
async def connect() -> AsyncIterator[Connect]:
    """Makes SDK clients without retries, under strict response validation unless told otherwise."""
    clients: list[AsyncAnthropic] = []

    def make(fake: FakeClaude, **options: Any) -> AsyncAnthropic:
        # Without TLS settings, which would cost more than the rest of the test.
        settings: dict[str, Any] = {
            "http_client": DefaultAsyncHttpxClient(verify=False),
            "base_url": fake.base_url,
            "api_key": fake.api_key,
            "max_retries": 0,
            "open_telemetry": False,
            "_strict_response_validation": True,
        }
        clients.append(AsyncAnthropic(**(settings | options)))
        return clients[-1]

    yield make
    for client in clients:
        await client.close()


@pytest.fixture
async def client(fake: FakeClaude, connect: Connect) -> AsyncAnthropic:
    return connect(fake)


@pytest.fixture
def ask() -> dict[str, Any]:
    """A plain request."""
    return {
        "model": "claude-opus-5-5",
        "max_tokens": 1000,
        "messages": [{"role": "user", "content": "What is the weather?"}],
    }


@pytest.fixture
def post(client: AsyncAnthropic, ask: dict[str, Any]) -> Callable[..., Awaitable[dict[str, Any]]]:
    """Sends the plain request with changes the SDK's types would not allow; `...` leaves a key out."""

    async def send(
        change: dict[str, Any] | None = None, *, by: AsyncAnthropic = client, **headers: str
    ) -> dict[str, Any]:
        body = {key: value for key, value in (ask | (change or {})).items() if value is not ...}
        options: Any = {"headers": headers}
        response = await by.post("/v1/messages", body=body, cast_to=httpx2.Response, options=options)
        answer: dict[str, Any] = response.json()
        return answer

    return send


@pytest.fixture
def judge(ask: dict[str, Any]) -> Callable[[dict[str, Any]], Problem | None]:
    """Asks `validate_request` about the plain request with changes."""

    def judged(change: dict[str, Any]) -> Problem | None:
        return validate_request({key: value for key, value in (ask | change).items() if value is not ...})

    return judged
