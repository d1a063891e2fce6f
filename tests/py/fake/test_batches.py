"""Message batches, as the SDK sees them: their life on a clock the test holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable
from typing import Any

import anthropic
import httpx2
import pytest
from agentpg_executor.testing import (
    Clock,
    FakeClaude,
    call,
    canceled,
    expired,
    fault,
    reply,
    slow,
    text,
)
from anthropic import AsyncAnthropic
from anthropic.types.messages import MessageBatch, MessageBatchIndividualResponse

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


def counts(batch: MessageBatch) -> tuple[int, int, int, int, int]:
    found = batch.request_counts
    return found.processing, found.succeeded, found.errored, found.canceled, found.expired


async def test_a_batch_ends_when_its_time_has_come_and_counts_only_then(
    fake: FakeClaude, client: AsyncAnthropic
) -> None:
    created = await client.messages.batches.create(requests=[item("a"), item("b")])
    assert created.processing_status == "in_progress"
    assert counts(created) == (2, 0, 0, 0, 0)
    assert created.results_url is None
    assert created.ended_at is None
    assert (created.expires_at - created.created_at).total_seconds() == DAY
    fake.clock.advance(59)
    assert counts(await client.messages.batches.retrieve(created.id)) == (2, 0, 0, 0, 0)
    assert fake.journal.served().total() == 0
    fake.clock.advance(1)
    ended = await client.messages.batches.retrieve(created.id)
    assert ended.processing_status == "ended"
    assert counts(ended) == (0, 2, 0, 0, 0)
    assert ended.ended_at is not None
    assert (ended.ended_at - ended.created_at).total_seconds() == 60
    assert ended.results_url == f"{fake.base_url}/v1/messages/batches/{created.id}/results"


async def test_each_kind_of_result_parses_and_says_what_happened(
    fake: FakeClaude, client: AsyncAnthropic
) -> None:
    fake.script([reply("Let me see.", call("weather", city="Oslo"))], match="good")
    fake.script([fault(529)], match="overloaded")
    fake.script([expired()], match="late")
    fake.script([canceled()], match="stopped")
    batch = await client.messages.batches.create(
        requests=[
            item("1", "good"),
            item("2", "overloaded"),
            item("3", "late"),
            item("4", "stopped"),
            item("5", max_tokens=-1),
            item("6", model="claude-nobody"),
        ]
    )
    fake.batches.end_all()
    assert counts(await client.messages.batches.retrieve(batch.id)) == (0, 1, 3, 1, 1)
    lines = await results(client, batch.id)
    first = lines["1"].result
    assert first.type == "succeeded"
    assert first.message.stop_reason == "tool_use"
    assert first.message.usage.service_tier == "batch"
    errors = {id: line.result.error for id, line in lines.items() if line.result.type == "errored"}
    assert {id: error.error.type for id, error in errors.items()} == {
        "2": "overloaded_error",
        "5": "invalid_request_error",
        "6": "not_found_error",
    }
    assert lines["3"].result.type == "expired"
    assert lines["4"].result.type == "canceled"
    assert fake.journal.billed(lambda entry: entry.custom_id) == {"1": 1}


async def test_results_come_in_an_order_of_their_own_and_the_same_each_time(
    fake: FakeClaude, client: AsyncAnthropic
) -> None:
    names = [f"id-{index:03}" for index in range(100)]
    batch = await client.messages.batches.create(requests=[item(name) for name in names])
    fake.clock.advance(60)
    first = [line async for line in await client.messages.batches.results(batch.id)]
    second = [line async for line in await client.messages.batches.results(batch.id)]
    order = [line.custom_id for line in first]
    assert order != names
    assert sorted(order) == names
    assert [line.to_dict() for line in first] == [line.to_dict() for line in second]
    assert Counter(fake.journal.billed(lambda entry: entry.custom_id).values()) == {1: 100}


async def test_canceling_keeps_what_was_done_and_cancels_the_rest(
    fake: FakeClaude, client: AsyncAnthropic
) -> None:
    batch = await client.messages.batches.create(requests=[item(str(index)) for index in range(4)])
    fake.clock.advance(30)
    canceling = await client.messages.batches.cancel(batch.id)
    assert canceling.processing_status == "canceling"
    assert canceling.cancel_initiated_at is not None
    assert counts(canceling) == (4, 0, 0, 0, 0)
    assert canceling.results_url is None
    again = await client.messages.batches.cancel(batch.id)
    assert again.cancel_initiated_at == canceling.cancel_initiated_at
    fake.clock.advance(5)
    ended = await client.messages.batches.retrieve(batch.id)
    assert ended.processing_status == "ended"
    assert counts(ended) == (0, 2, 0, 2, 0)
    assert fake.journal.billed().total() == 2
    with pytest.raises(anthropic.BadRequestError):
        await client.messages.batches.cancel(batch.id)


async def test_after_a_day_what_is_not_done_expires(fake: FakeClaude, client: AsyncAnthropic) -> None:
    fake.script([slow("Too late", 2 * DAY)], match="slow")
    batch = await client.messages.batches.create(requests=[item("fast", "Hi"), item("slow", "slow")])
    fake.clock.advance(DAY - 1)
    assert (await client.messages.batches.retrieve(batch.id)).processing_status == "in_progress"
    fake.clock.advance(1)
    ended = await client.messages.batches.retrieve(batch.id)
    assert counts(ended) == (0, 1, 0, 0, 1)
    assert ended.ended_at == ended.expires_at
    assert (await results(client, batch.id))["slow"].result.type == "expired"


async def test_batches_can_be_made_faster_or_slower(fake: FakeClaude, client: AsyncAnthropic) -> None:
    fake.batches.seconds = 0
    fast = await client.messages.batches.create(requests=[item("a")])
    assert (await client.messages.batches.retrieve(fast.id)).processing_status == "ended"
    fake.batches.seconds = 7200
    slow_one = await client.messages.batches.create(requests=[item("a")])
    fake.clock.advance(7199)
    assert (await client.messages.batches.retrieve(slow_one.id)).processing_status == "in_progress"


async def test_one_straggler_holds_the_whole_batch(fake: FakeClaude, client: AsyncAnthropic) -> None:
    fake.script([slow("Done", 3600)], match="slow")
    batch = await client.messages.batches.create(requests=[item("fast"), item("slow", "slow")])
    fake.clock.advance(3600)
    assert counts(await client.messages.batches.retrieve(batch.id)) == (2, 0, 0, 0, 0)
    fake.clock.advance(60)
    assert counts(await client.messages.batches.retrieve(batch.id)) == (0, 2, 0, 0, 0)


async def test_a_running_batch_cannot_be_deleted_and_an_ended_one_is_gone(
    fake: FakeClaude, client: AsyncAnthropic
) -> None:
    batch = await client.messages.batches.create(requests=[item("a")])
    with pytest.raises(anthropic.BadRequestError):
        await client.messages.batches.delete(batch.id)
    fake.clock.advance(60)
    deleted = await client.messages.batches.delete(batch.id)
    assert deleted.id == batch.id
    assert deleted.type == "message_batch_deleted"
    with pytest.raises(anthropic.NotFoundError):
        await client.messages.batches.retrieve(batch.id)


async def test_after_29_days_a_batch_is_archived_without_its_results(
    fake: FakeClaude, client: AsyncAnthropic
) -> None:
    batch = await client.messages.batches.create(requests=[item("a")])
    fake.clock.advance(29 * DAY - 1)
    ended = await client.messages.batches.retrieve(batch.id)
    assert ended.archived_at is None
    assert ended.results_url is not None
    fake.clock.advance(1)
    archived = await client.messages.batches.retrieve(batch.id)
    assert archived.archived_at is not None
    assert archived.results_url is None
    with pytest.raises(anthropic.NotFoundError):
        await client.get(ended.results_url, cast_to=httpx2.Response)


async def test_results_before_the_end_are_not_there(fake: FakeClaude, client: AsyncAnthropic) -> None:
    batch = await client.messages.batches.create(requests=[item("a")])
    with pytest.raises(anthropic.AnthropicError, match="results_url"):
        await client.messages.batches.results(batch.id)
    with pytest.raises(anthropic.NotFoundError):
        await client.get(f"/v1/messages/batches/{batch.id}/results", cast_to=httpx2.Response)


async def test_batches_are_listed_newest_first_by_pages_both_ways(
    fake: FakeClaude, client: AsyncAnthropic
) -> None:
    made = [(await client.messages.batches.create(requests=[item("a")])).id for _ in range(5)]
    newest_first = made[::-1]
    assert [batch.id async for batch in client.messages.batches.list(limit=2)] == newest_first
    page = await client.messages.batches.list(limit=2)
    assert [batch.id for batch in page.data] == newest_first[:2]
    assert page.has_more
    assert page.first_id == newest_first[0]
    assert page.last_id == newest_first[1]
    before = await client.messages.batches.list(limit=2, before_id=newest_first[3])
    assert [batch.id for batch in before.data] == newest_first[1:3]
    assert before.has_more
    rest = await client.messages.batches.list(after_id=newest_first[3])
    assert [batch.id for batch in rest.data] == newest_first[4:]
    assert not rest.has_more
    for bad in (0, 1001):
        with pytest.raises(anthropic.BadRequestError):
            await client.messages.batches.list(limit=bad)


async def test_scripts_serve_batches_and_streams_alike(fake: FakeClaude, client: AsyncAnthropic) -> None:
    fake.script([call("weather", city="Oslo"), text("Cold.")], per_conversation=True)
    batch = await client.messages.batches.create(requests=[item("a"), item("b")])
    fake.clock.advance(60)
    first = (await results(client, batch.id))["a"].result
    assert first.type == "succeeded"
    assert first.message.stop_reason == "tool_use"
    called = first.message.content[0]
    assert called.type == "tool_use"
    answered = [
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": first.message.to_dict()["content"]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": called.id, "content": "-3"}]},
    ]
    second = await client.messages.create(model="claude-opus-5-5", max_tokens=100, messages=answered)  # type: ignore[arg-type]
    assert second.content[0].type == "text"
    assert second.content[0].text == "Cold."
