"""Batches that go wrong: torn downloads, lost and failing calls, refused batches."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import anthropic
import httpx2
import pytest
from agentpg_executor.testing import (
    Clock,
    FakeClaude,
    cut,
    fault,
    hang,
    lost,
    reset,
)
from anthropic import AsyncAnthropic
from anthropic._decoders.jsonl import AsyncJSONLDecoder
from anthropic.types.messages import MessageBatchIndividualResponse

Connect = Callable[..., AsyncAnthropic]
DAY = 24 * 3600


@pytest.fixture
async def fake() -> AsyncIterator[FakeClaude]:
    """A fake whose clock stands still."""
    clock = Clock()
    clock.freeze()
    async with FakeClaude(clock=clock, batch_seconds=60) as running:
        yield running


def item(custom_id: str, prompt: str = "Hi", **params: Any) -> Any:
    base = {
        "model": "claude-opus-5-5",
        "max_tokens": 100,
        "messages": [{"role": "user", "content": prompt}],
    }
    return {"custom_id": custom_id, "params": base | params}


async def results(client: AsyncAnthropic, id: str) -> dict[str, MessageBatchIndividualResponse]:
    """The results by custom id, validated: the SDK's own decoder builds them unchecked."""
    found = [line async for line in await client.messages.batches.results(id)]
    checked = [MessageBatchIndividualResponse.model_validate(line.to_dict(), strict=False) for line in found]
    assert len({line.custom_id for line in checked}) == len(checked)
    return {line.custom_id: line for line in checked}


async def follow(lines: AsyncJSONLDecoder[MessageBatchIndividualResponse], seen: list[str]) -> None:
    """Note each result as it comes, also when the download breaks."""
    async for line in lines:
        seen.append(line.custom_id)  # noqa: PERF401


async def test_what_an_item_may_not_carry_makes_only_that_item_fail(
    fake: FakeClaude, client: AsyncAnthropic
) -> None:
    bad = {
        "stream": {"stream": True},
        "speed": {"speed": "standard"},
        "zero": {"max_tokens": 0},
        "fallbacks": {"fallbacks": "default"},
        "thread": {"thread": {"type": "create"}},
        "sampling": {"temperature": 0.5},
        "billing": {"billing_policy": {"bill_to": "user_profile"}},
        "prefill": {
            "messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Well"}],
        },
    }
    requests = [item("good"), *(item(name, **params) for name, params in bad.items())]
    batch = await client.messages.batches.create(requests=requests)
    fake.clock.advance(60)
    lines = await results(client, batch.id)
    assert lines["good"].result.type == "succeeded"
    for name in bad:
        result = lines[name].result
        assert result.type == "errored", name
        assert result.error.error.type == "invalid_request_error", name


@pytest.mark.parametrize(
    ("requests", "said"),
    [
        ([], "at least 1"),
        ([item("a"), item("a")], "unique"),
        ([item("")], "pattern"),
        ([item("a b")], "pattern"),
        ([item("x" * 65)], "pattern"),
        ([{"custom_id": "a"}], "params"),
        ([{"params": {}}], "custom_id"),
    ],
)
async def test_a_malformed_batch_is_refused_whole(
    requests: list[Any], said: str, fake: FakeClaude, client: AsyncAnthropic
) -> None:
    with pytest.raises(anthropic.BadRequestError, match=said):
        await client.messages.batches.create(requests=requests)
    assert len(fake.batches) == 0


async def test_the_limits_of_a_batch(connect: Connect) -> None:
    async with FakeClaude(max_batch_requests=2, max_batch_bytes=2000) as fake:
        client = connect(fake)
        with pytest.raises(anthropic.BadRequestError, match="at most 2"):
            await client.messages.batches.create(requests=[item(str(index)) for index in range(3)])
        with pytest.raises(anthropic.ContentTooLargeError):
            await client.messages.batches.create(requests=[item("a", "x" * 2000)])
        assert len(fake.batches) == 0
        await client.messages.batches.create(requests=[item("a"), item("b")])


async def test_a_torn_download_ends_in_the_middle_of_a_line(fake: FakeClaude, client: AsyncAnthropic) -> None:
    batch = await client.messages.batches.create(requests=[item(str(index)) for index in range(50)])
    fake.clock.advance(60)
    fake.fail("batches.results", cut(after=10))
    fake.fail("batches.results", reset(after=20))
    seen: list[str] = []
    with pytest.raises(json.JSONDecodeError):
        await follow(await client.messages.batches.results(batch.id), seen)
    assert len(seen) == 10
    seen.clear()
    with pytest.raises(httpx2.TransportError):
        await follow(await client.messages.batches.results(batch.id), seen)
    assert len(seen) == 20
    assert len(await results(client, batch.id)) == 50


async def test_a_download_can_stall_in_the_middle(fake: FakeClaude, connect: Connect) -> None:
    client = connect(fake, timeout=httpx2.Timeout(5, read=0.5))
    batch = await client.messages.batches.create(requests=[item(str(index)) for index in range(5)])
    fake.clock.advance(60)
    fake.fail("batches.results", hang(after=2))
    with pytest.raises(httpx2.ReadTimeout):
        [line async for line in await client.messages.batches.results(batch.id)]


async def test_a_lost_create_made_the_batch(fake: FakeClaude, client: AsyncAnthropic) -> None:
    fake.fail("batches.create", lost())
    with pytest.raises(anthropic.APIConnectionError):
        await client.messages.batches.create(requests=[item("a")])
    (found,) = (await client.messages.batches.list()).data
    assert [batch.id for batch in fake.batches] == [found.id]
    assert [entry.custom_id for entry in fake.batches[found.id].items] == ["a"]


@pytest.mark.parametrize("on", ["create", "retrieve", "list", "cancel", "delete"])
async def test_every_batch_route_can_fail(on: str, fake: FakeClaude, client: AsyncAnthropic) -> None:
    batches = client.messages.batches
    id = (await batches.create(requests=[item("a")])).id
    fake.clock.advance(60 if on == "delete" else 0)
    fake.fail(f"batches.{on}", fault(429, retry_after=7))
    calls: dict[str, Callable[[], Any]] = {
        "create": lambda: batches.create(requests=[item("b")]),
        "retrieve": lambda: batches.retrieve(id),
        "list": batches.list,
        "cancel": lambda: batches.cancel(id),
        "delete": lambda: batches.delete(id),
    }
    with pytest.raises(anthropic.RateLimitError) as caught:
        await calls[on]()
    assert caught.value.response.headers["retry-after"] == "7"
    assert len(fake.batches) == 1
    await calls[on]()
