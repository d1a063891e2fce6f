"""What the journal remembers, and how a test waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from agentpg_executor.testing import FakeClaude, Gate, call, fault, held, text
from anthropic import AsyncAnthropic

Connect = Callable[..., AsyncAnthropic]


async def test_an_entry_tells_the_whole_exchange(
    fake: FakeClaude, client: AsyncAnthropic, ask: dict[str, Any]
) -> None:
    fake.script([call("weather", city="Oslo"), text("Cold")])
    message = await client.messages.create(**ask)
    stream = await client.messages.create(
        **ask, stream=True, extra_headers={"anthropic-beta": "skills-2025-10-02"}
    )
    async for _ in stream:
        pass
    entry, streamed = fake.journal
    assert (entry.kind, entry.method, entry.path, entry.status) == ("messages", "POST", "/v1/messages", 200)
    assert entry.body == ask
    assert (entry.model, entry.prompt, entry.stream) == (ask["model"], "What is the weather?", False)
    assert entry.version == "2026-10-21"
    assert entry.headers["authorization"] == f"Bearer {fake.api_key}"
    assert entry.response is not None
    assert entry.response["id"] == message.id
    assert (entry.served, entry.billed, entry.outcome) == (True, True, "complete")
    assert entry.first_byte is not None
    assert entry.finished is not None
    assert entry.started <= entry.first_byte <= entry.finished
    assert streamed.betas == ["skills-2025-10-02"]


async def test_a_stream_answers_429_as_an_error_and_is_not_billed(
    fake: FakeClaude, client: AsyncAnthropic, ask: dict[str, Any]
) -> None:
    fake.script([fault(429)])
    with pytest.raises(Exception, match="rate limit"):
        await client.messages.create(**ask, stream=True)
    (entry,) = fake.journal
    assert (entry.status, entry.error_type, entry.fault) == (429, "rate_limit_error", "status")
    assert not entry.served


async def test_served_counts_by_request_or_by_any_key(
    fake: FakeClaude, client: AsyncAnthropic, ask: dict[str, Any]
) -> None:
    other = ask | {"messages": [{"role": "user", "content": "Hi"}]}
    for body in (ask, other, ask):
        await client.messages.create(**body)
    assert sorted(fake.journal.served().values()) == [1, 2]
    assert fake.journal.served(lambda entry: entry.prompt) == {"What is the weather?": 2, "Hi": 1}
    assert fake.journal.served(lambda entry: entry.model).total() == 3


async def test_without_bodies_only_keys_are_kept(connect: Connect, ask: dict[str, Any]) -> None:
    async with FakeClaude(keep_bodies=False) as lean, FakeClaude() as full:
        for fake in (lean, full):
            client = connect(fake)
            await client.messages.create(**ask)
            await client.messages.batches.create(requests=[{"custom_id": "a", "params": ask}])  # type: ignore[list-item]
            fake.batches.end_all()
        first, _, item = lean.journal
        assert (first.body, first.request, first.response) == (None, None, None)
        assert (item.request, item.custom_id, item.model) == (None, "a", ask["model"])
        assert lean.journal.served() == full.journal.served()
        assert lean.journal.served().most_common(1)[0][1] == 2


async def test_a_test_can_wait_for_requests(
    fake: FakeClaude, client: AsyncAnthropic, ask: dict[str, Any]
) -> None:
    gate = Gate()
    fake.script([held(text("Hi"), gate)])
    asked = asyncio.create_task(client.messages.create(**ask))
    await asyncio.to_thread(fake.journal.wait_for, lambda journal: journal.count("messages") == 1)
    assert fake.journal[0].outcome == ""
    gate.open()
    await asyncio.to_thread(fake.journal.wait_for, lambda journal: journal[0].outcome == "complete")
    await asked
    with pytest.raises(TimeoutError, match="1 entries"):
        await asyncio.to_thread(fake.journal.wait_for, lambda journal: len(journal) == 2, 0.01)


async def test_peak_is_the_most_at_once(
    fake: FakeClaude, client: AsyncAnthropic, ask: dict[str, Any]
) -> None:
    gate = Gate()
    fake.script([held(text("Hi"), gate)] * 3)
    asked = [asyncio.create_task(client.messages.create(**ask)) for _ in range(3)]
    await gate.wait_reached(3)
    gate.open()
    await asyncio.gather(*asked)
    await client.messages.create(**ask)
    assert fake.journal.peak() == 3


async def test_a_client_that_leaves_is_noticed(
    fake: FakeClaude, client: AsyncAnthropic, ask: dict[str, Any]
) -> None:
    gate = Gate()
    fake.script([held(text("Hi"), gate)])
    asked = asyncio.create_task(client.messages.create(**ask))
    await gate.wait_reached()
    asked.cancel()
    await asyncio.to_thread(fake.journal.wait_for, lambda journal: journal[0].outcome == "client_left")
    assert fake.journal[0].billed
