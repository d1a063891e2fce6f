"""Model calls over a real socket: what is sent, what comes back, and every way it fails."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from agentpg_executor.model import ModelCaller, ModelCallFailed, failure_of, has_credentials, make_client
from agentpg_executor.model.failure import retry_after
from agentpg_executor.testing import (
    FakeClaude,
    Turn,
    cut,
    error_event,
    fault,
    garbage,
    hang,
    reply,
    reset,
    text,
    thinking,
)  # fmt: skip
from anthropic import AsyncAnthropic

REQUEST: dict[str, Any] = {
    "model": "claude-sonnet-5-5",
    "max_tokens": 200,
    "messages": [{"role": "user", "content": "hello"}],
}


@pytest.fixture
async def fake() -> AsyncIterator[FakeClaude]:
    async with FakeClaude() as running:
        yield running


@pytest.fixture
async def caller(fake: FakeClaude) -> AsyncIterator[ModelCaller]:
    async with make_client(api_key=fake.api_key, base_url=fake.base_url) as client:
        yield ModelCaller(client)


async def test_a_parameter_of_tomorrow_is_sent_like_any_other():
    sent: list[httpx2.Request] = []

    def refuse(request: httpx2.Request) -> httpx2.Response:
        sent.append(request)
        return httpx2.Response(500)

    request = {**REQUEST, "a_parameter_of_tomorrow": {"deep": [1, None]}}
    http = httpx2.AsyncClient(transport=httpx2.MockTransport(refuse))
    async with AsyncAnthropic(api_key="k", http_client=http) as client:
        await failed(ModelCaller(client), request)
    assert [json.loads(r.content) for r in sent] == [{**request, "stream": True}]
    assert str(sent[0].url) == "https://api.anthropic.com/v1/messages"


async def test_the_request_goes_out_as_it_is(fake: FakeClaude, caller: ModelCaller):
    request = {
        **REQUEST,
        "metadata": {"user_id": "u"},
        "betas": ["context-management-2025-06-27"],
        "workspace_id": "wrk_1",
    }
    fake.script(["Hello."])
    result = await caller.call(request)
    entry = fake.journal.messages[-1]
    body = {k: v for k, v in request.items() if k not in ("betas", "workspace_id")}
    assert entry.body == {**body, "stream": True}
    assert entry.betas == ["context-management-2025-06-27"]
    assert entry.headers["anthropic-workspace-id"] == "wrk_1"
    assert result.request_id == entry.request_id
    assert "requests-limit" in result.rate_limits


async def test_deltas_are_handed_on_as_they_come(fake: FakeClaude, caller: ModelCaller):
    fake.script([reply(thinking("Let me think."), text("The answer is long enough for two pieces."))])
    seen: list[tuple[str, str]] = []
    result = await caller.call(REQUEST, lambda kind, piece: seen.append((kind, piece)))
    assert "".join(p for k, p in seen if k == "thinking") == "Let me think."
    assert "".join(p for k, p in seen if k == "text") == result.message["content"][1]["text"]
    assert len(seen) > 2


async def failed(caller: ModelCaller, request: dict[str, Any] = REQUEST) -> ModelCallFailed:
    with pytest.raises(ModelCallFailed) as caught:
        await caller.call(request)
    return caught.value


@pytest.mark.parametrize(
    ("turn", "error", "delay"),
    [
        (fault(429, retry_after=7), {"type": "rate_limit_error", "status": 429}, 7.0),
        (fault(529, retry_after=1.5), {"type": "overloaded_error", "status": 529}, 1.5),
        (fault(500), {"type": "api_error", "status": 500}, None),
        (fault(500, should_retry=False), {"type": "api_error", "status": 500, "should_retry": False}, None),
        (fault(400, should_retry=True), {"type": "invalid_request_error", "should_retry": True}, None),
        (fault(401), {"type": "authentication_error", "status": 401}, None),
        (
            fault(429, error_code="enforced_spend_limit_reached"),
            {"type": "rate_limit_error", "status": 429, "error_code": "enforced_spend_limit_reached"},
            None,
        ),
        (fault(400, message="too bad"), {"type": "invalid_request_error", "message": "too bad"}, None),
        (error_event(after=3), {"type": "overloaded_error", "status": 200}, None),
        (error_event(error_type="api_error", after=1), {"type": "api_error", "status": 200}, None),
        (cut(after=3), {"type": "incomplete_stream", "status": 200}, None),
        (reset(after=3), {"type": "connection_error", "status": 200}, None),
        (reset(), {"type": "connection_error"}, None),
        (garbage(after=3), {"type": "invalid_response", "status": 200}, None),
    ],
    ids=["429", "529", "500", "500 no retry", "400 retry", "401", "spend limit", "400", "overloaded in 200",
         "api_error in 200", "cut", "reset in stream", "reset before headers", "garbage"],
)  # fmt: skip
async def test_every_failure_is_described_for_the_database(
    fake: FakeClaude, caller: ModelCaller, turn: Turn, error: dict[str, Any], delay: float | None
):
    fake.script([turn])
    failure = (await failed(caller)).failure
    assert error.items() <= failure.error.items()
    assert failure.error["message"]
    assert failure.retry_after == (None if delay is None else timedelta(seconds=delay))
    if failure.error.get("status"):
        assert failure.error["request_id"] == fake.journal.messages[-1].request_id
    assert len(fake.journal.messages) == 1, "the SDK must not retry"


async def test_an_unknown_model_is_told_in_the_apis_words(caller: ModelCaller):
    failure = (await failed(caller, {**REQUEST, "model": "claude-nothing"})).failure
    assert failure.error["type"] == "not_found_error"
    assert failure.error["status"] == 404


async def test_a_silent_stream_times_out(fake: FakeClaude):
    client = AsyncAnthropic(
        api_key=fake.api_key, base_url=fake.base_url, timeout=httpx2.Timeout(5, read=0.1), max_retries=2
    )
    fake.script([hang(after=2)])
    async with client:
        failure = (await failed(ModelCaller(client))).failure
    assert failure.error["type"] == "timeout_error"
    assert len(fake.journal.messages) == 1, "a client's own retries are switched off"


async def test_a_refused_connection_is_a_connection_error():
    async with make_client(api_key="k", base_url="http://127.0.0.1:9") as client:
        failure = (await failed(ModelCaller(client))).failure
    assert failure.error["type"] == "connection_error"
    assert "status" not in failure.error


async def test_usage_of_a_broken_stream_is_known(fake: FakeClaude, caller: ModelCaller):
    fake.script([cut("Some words that were paid for.", after=4)])
    assert (await failed(caller)).usage["input_tokens"] > 0


async def test_cancelling_a_call_drops_the_connection(fake: FakeClaude, caller: ModelCaller):
    fake.script([hang("Never ends.", after=3)])
    spoke = asyncio.Event()
    task = asyncio.create_task(caller.call(REQUEST, lambda kind, piece: spoke.set()))
    await spoke.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.to_thread(fake.journal.wait_for, lambda j: j.messages[-1].outcome == "client_left")


def test_retry_after_is_read_in_all_its_forms():
    now = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)

    def read(**headers: str) -> timedelta | None:
        return retry_after(httpx2.Headers({k.replace("_", "-"): v for k, v in headers.items()}), now)

    assert read(retry_after="3") == timedelta(seconds=3)
    assert read(retry_after_ms="250", retry_after="3") == timedelta(milliseconds=250)
    assert read(retry_after="Sun, 22 Nov 2026 12:01:00 GMT") == timedelta(minutes=1)
    assert read(retry_after="Sun, 22 Nov 2026 11:00:00 GMT") == timedelta(0)
    assert read(retry_after="soon") is None
    assert read(retry_after="-1") is None
    assert read(retry_after="1e99") is None
    assert read() is None


def test_an_error_of_our_own_is_named_as_such():
    assert failure_of(ZeroDivisionError("oops")).error == {
        "type": "executor_error",
        "message": "ZeroDivisionError: oops",
    }


async def test_a_client_without_credentials_is_recognised(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    for name in ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("ANTHROPIC_CONFIG_DIR", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    async with make_client() as without, make_client(api_key="k") as with_key:
        assert not has_credentials(without)
        assert has_credentials(with_key)
