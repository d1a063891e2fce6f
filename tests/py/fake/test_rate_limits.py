"""Rate limits: real buckets on a clock the test holds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import anthropic
import httpx2
import pytest
from agentpg_executor.testing import Clock, FakeClaude, RateLimits, text
from anthropic import AsyncAnthropic

Connect = Callable[..., AsyncAnthropic]


def stopped() -> Clock:
    clock = Clock()
    clock.freeze()
    return clock


async def headers(client: AsyncAnthropic, ask: dict[str, Any]) -> httpx2.Headers:
    return (await client.messages.with_raw_response.create(**ask)).headers


async def test_requests_run_out_and_come_back_with_time(connect: Connect, ask: dict[str, Any]) -> None:
    async with FakeClaude(clock=stopped(), rate_limits=RateLimits(requests=3)) as fake:
        client = connect(fake)
        left = [(await headers(client, ask))["anthropic-ratelimit-requests-remaining"] for _ in range(3)]
        assert left == ["2", "1", "0"]
        with pytest.raises(anthropic.RateLimitError) as caught:
            await client.messages.create(**ask)
        refused = caught.value.response.headers
        assert refused["retry-after"] == "20"
        assert refused["anthropic-ratelimit-requests-limit"] == "3"
        full = datetime.fromisoformat(refused["anthropic-ratelimit-requests-reset"])
        assert timedelta(seconds=59) < full - fake.clock.now() <= timedelta(seconds=61)
        fake.clock.advance(19)
        with pytest.raises(anthropic.RateLimitError):
            await client.messages.create(**ask)
        fake.clock.advance(1)
        await client.messages.create(**ask)
        assert fake.journal.served().total() == 4


async def test_a_refused_request_takes_no_turn(connect: Connect, ask: dict[str, Any]) -> None:
    async with FakeClaude(clock=stopped(), rate_limits=RateLimits(requests=1)) as fake:
        client = connect(fake)
        script = fake.script([text("one"), text("two")])
        await client.messages.create(**ask)
        with pytest.raises(anthropic.RateLimitError):
            await client.messages.create(**ask)
        assert script.remaining == 1


async def test_input_tokens_count_without_cache_reads(connect: Connect, ask: dict[str, Any]) -> None:
    limits = RateLimits(input_tokens=4000)
    async with FakeClaude(clock=stopped(), rate_limits=limits, cache_minimum=0) as fake:
        client = connect(fake)
        mark = {"type": "ephemeral"}
        cached = ask | {"system": [{"type": "text", "text": "x" * 12_000, "cache_control": mark}]}
        first = await headers(client, cached)
        assert first["anthropic-ratelimit-input-tokens-remaining"] == "1000"
        again = await headers(client, cached)
        assert again["anthropic-ratelimit-input-tokens-remaining"] == "1000"
        with pytest.raises(anthropic.RateLimitError, match="input tokens"):
            await client.messages.create(**(ask | {"system": "x" * 12_000}))


async def test_real_output_is_paid_afterwards(connect: Connect, ask: dict[str, Any]) -> None:
    async with FakeClaude(clock=stopped(), rate_limits=RateLimits(output_tokens=45)) as fake:
        client = connect(fake)
        fake.script([text("x" * 4 * 90), text("Hi")])
        await client.messages.create(**ask)
        with pytest.raises(anthropic.RateLimitError, match="output tokens") as caught:
            await client.messages.create(**ask)
        assert caught.value.response.headers["retry-after"] == "62"
        fake.clock.advance(62)
        await client.messages.create(**ask)


async def test_each_model_has_its_own_buckets_and_batches_none(connect: Connect, ask: dict[str, Any]) -> None:
    async with FakeClaude(clock=stopped(), rate_limits=RateLimits(requests=1)) as fake:
        client = connect(fake)
        await client.messages.create(**ask)
        await client.messages.create(**(ask | {"model": "claude-sonnet-5"}))
        with pytest.raises(anthropic.RateLimitError):
            await client.messages.create(**ask)
        batch = await client.messages.batches.create(
            requests=[{"custom_id": str(index), "params": ask} for index in range(3)]  # type: ignore[misc]
        )
        fake.batches.end_all()
        assert (await client.messages.batches.retrieve(batch.id)).request_counts.succeeded == 3
