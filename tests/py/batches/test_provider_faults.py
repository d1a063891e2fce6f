"""The provider refuses, is silent, breaks off, and gives every kind of result. Nothing is paid for twice."""

from __future__ import annotations

import re

import pytest
from agentpg_executor.testing import (
    Entry,
    FakeRequest,
    Turn,
    canceled,
    cut,
    drop,
    expired,
    fault,
    hang,
    lost,
    reset,
    slow,
    text,
)
from anthropic import AsyncAnthropic
from batches.world import MODEL, BatchWorld
from survival.polling import eventually
from survival.proxy import Proxy

RUNS = 4
REFUSALS = [
    fault(429, retry_after=0.1),
    fault(500),
    fault(529, retry_after=0),
    fault(503),
    fault(408),
    reset(),
    drop(),
]


@pytest.mark.parametrize("kind", ["create", "retrieve", "list", "results", "cancel"])
async def test_a_call_that_fails_in_every_way_is_repeated(kind: str, world: BatchWorld):
    """All failures one after the other. None of them is an answer, so none of them counts."""
    await world.open(batch_max_poll_interval="50 milliseconds")
    if kind == "list":
        world.fake.fail("batches.create", lost())
    if kind == "cancel":
        world.fake.batches.seconds = 3600
    faults = [*REFUSALS, cut(after=1), reset(after=2), drop(after=3)] if kind == "results" else REFUSALS
    for turn in faults:
        world.fake.fail(f"batches.{kind}", turn)
    await world.create(RUNS)
    worker = await world.start()
    if kind == "cancel":
        await worker.says(": sent as ")
        for run_id in world.runs:
            await world.rows("select agentpg.cancel_run(%s)", run_id)
        await eventually(
            lambda: world.calls("cancel")[-1:] and _is_good(world.calls("cancel")[-1]), "it is cancelled"
        )
        world.fake.batches.end_all()
    await world.all_ended(states=["cancelled" if kind == "cancel" else "completed"])
    assert world.accepted() == 1
    assert len(world.calls(kind)) >= len(faults) + 1
    await world.check(calls=RUNS)


def _is_good(entry: Entry) -> bool:
    return entry.status == 200 and entry.fault is None


@pytest.mark.parametrize("kind", ["create", "retrieve", "list", "results"])
async def test_a_silent_provider_is_left_after_a_while(kind: str, world: BatchWorld):
    """The worker is stopped in the silence and another one goes on; the first answer never counts."""
    await world.open()
    if kind == "list":
        world.fake.fail("batches.create", lost())
    after = 2 if kind == "results" else None
    world.fake.fail(f"batches.{kind}", hang(after=after, seconds=600))
    await world.create(RUNS)
    silent = await world.start()
    await eventually(lambda: len(world.calls(kind)) == 1, "it waits for an answer")
    await silent.freeze()
    await world.advance()
    await world.start()
    await world.all_ended()
    silent.thaw()
    await silent.says("dropped")
    assert world.accepted() == 1
    await world.check()


async def test_a_network_that_is_cut_in_the_middle_of_everything(world: BatchWorld):
    """18 batches at the least, each with three calls that are answered: more than the cuts wait for."""
    await world.open(turns=3, batch_max_requests="5")
    host, port = world.fake.base_url.removeprefix("http://").split(":")
    async with Proxy((host, int(port))) as wire:
        for _ in range(2):
            await world.start(ANTHROPIC_BASE_URL=f"http://127.0.0.1:{wire.port}")
        await world.create(30)
        for calls in range(2, 40, 4):
            await eventually(
                lambda n=calls: len(world.fake.journal) - len(world.fake.journal.of("batch_item")) >= n,
                f"{calls} calls",
            )
            wire.cut()
        await world.all_ended()
    await world.check()


async def test_a_key_that_is_refused_parks_the_runs_until_somebody_resumes_them(world: BatchWorld):
    await world.open()
    take_back = world.fake.fail("batches.create", fault(401), times=0)
    await world.create(RUNS)
    worker = await world.start()
    await worker.says("authentication_error")
    waiting = await world.rows("select w.reason from agentpg.why_waiting(%s) w", world.runs[0])
    assert waiting == [{"reason": "parked"}]
    states = await world.rows("select distinct state::text, attempt from agentpg.runs")
    assert states == [{"state": "pending", "attempt": 0}]
    take_back()
    await world.advance(3600)
    assert world.accepted() == 0
    await world.rows("select agentpg.resume_parked()")
    await world.all_ended()
    assert world.accepted() == 1
    await world.check()


@pytest.mark.parametrize("status", [400, 413])
async def test_a_batch_that_is_refused_is_halved_until_it_is_taken(status: int, world: BatchWorld):
    """The whole is refused, and each half. The four quarters are taken."""
    await world.open()
    world.fake.fail("batches.create", fault(status), times=3)
    await world.create(16)
    await world.start("--max-batches", "1")
    await world.all_ended()
    assert len(world.calls("create")) == 3 + world.accepted()
    sizes = sorted(len(batch.items) for batch in world.fake.batches)
    assert sizes in ([4, 4, 4, 4], [2, 2, 4, 8])
    await world.check()


async def test_the_one_request_at_fault_fails_alone(world: BatchWorld):
    """The whole is refused, and then one half, which is one request."""
    await world.open()
    world.fake.fail("batches.create", fault(400, message="it is at fault"), times=2)
    await world.create(2)
    await world.start("--max-batches", "1")
    await world.all_ended(states=["completed", "failed"])
    failed = await world.rows("select error_message from agentpg.runs where state = 'failed'")
    assert [row["error_message"] for row in failed] == ["it is at fault"]
    assert world.accepted() == 1
    await world.check(calls=1)


async def test_results_of_every_kind_shuffled_and_slow(world: BatchWorld):
    """Partly errored, expired and cancelled: those are tried again and billed when they are answered."""
    troubles: dict[str, list[Turn]] = {
        "0": [fault(500)],
        "1": [expired()],
        "2": [canceled()],
        "3": [fault(529), expired(), fault(500)],
        "4": [slow("Late.", 0.3)],
    }

    def answer(request: FakeRequest) -> Turn:
        number = re.sub(r"\D", "", request.prompt)
        waiting = troubles.get(number[-1])
        if number not in seen:
            seen[number] = list(waiting or [])
        return seen[number].pop(0) if seen[number] else text("Done.")

    seen: dict[str, list[Turn]] = {}
    world.fake.script([answer], match="Go", repeat=True)
    await world.open()
    world.fake.batches.seconds = 0.05
    await world.create(60)
    for _ in range(2):
        await world.start()
    await world.all_ended()
    kinds = await world.rows("select error_type, count(*)::int as n from agentpg.failed_attempts group by 1")
    assert {row["error_type"]: row["n"] for row in kinds} == {
        "api_error": 12,
        "batch_expired": 12,
        "batch_canceled": 6,
        "overloaded_error": 6,
    }
    await world.check()


async def test_a_batch_that_the_provider_cancels_is_sent_again(world: BatchWorld):
    """Somebody cancels it in the console: what was not done is not billed."""
    await world.open()
    world.fake.batches.seconds = 3600
    await world.create(10)
    await world.start()
    await eventually(lambda: world.accepted() == 1, "it is sent")
    # Each is tried again after a delay of its own: the second batch waits for all five.
    await world.configure(batch_max_requests="5", batch_max_wait="1 hour")
    world.fake.clock.advance(1801)
    [batch] = world.fake.batches
    async with AsyncAnthropic(api_key=world.fake.api_key, base_url=world.fake.base_url) as client:
        await client.messages.batches.cancel(batch.id)
    world.fake.clock.advance(10)
    world.fake.batches.seconds = 0
    await world.all_ended()
    assert world.accepted() == 2
    assert batch.counts()["succeeded"] == 5
    await world.check()


async def test_what_is_not_done_within_a_day_is_sent_again(world: BatchWorld):
    await world.open()
    world.fake.batches.seconds = 48 * 3600
    await world.create(10)
    await world.start()
    await eventually(lambda: world.accepted() == 1, "it is sent")
    world.fake.batches.seconds = 0
    world.fake.clock.advance(24 * 3600 + 1)
    await world.all_ended()
    # Each is tried again after a delay of its own, so they may be in more than one.
    first, *later = world.fake.batches
    assert first.counts()["expired"] == sum(batch.counts()["succeeded"] for batch in later) == 5
    await world.check()


async def test_a_batch_of_somebody_else_of_the_same_size_and_moment_is_never_touched(world: BatchWorld):
    """It has ended and ours has not. Its results show that it is not ours, and ours is waited for."""
    await world.open()
    params: dict[str, object] = {
        "model": MODEL,
        "max_tokens": 10,
        "messages": [{"role": "user", "content": "Theirs."}],
    }
    async with AsyncAnthropic(api_key=world.fake.api_key, base_url=world.fake.base_url) as client:
        theirs = await client.messages.batches.create(
            requests=[{"custom_id": f"theirs-{n}", "params": params} for n in range(RUNS)]  # type: ignore[typeddict-item]
        )
    world.fake.batches.seconds = 3600
    world.fake.fail("batches.create", lost())
    await world.create(RUNS)
    await world.start()

    async def disproved() -> bool:
        batches = await world.batches()
        return bool(batches) and batches[0]["disproved"] == [theirs.id] and len(batches[0]["candidates"]) == 1

    await eventually(disproved, "theirs is disproved, ours is a candidate")
    assert world.accepted() == 1 + 1
    world.fake.batches.end_all()
    await world.all_ended()
    assert [entry.batch_id for entry in world.calls("results")].count(theirs.id) == 1
    assert not world.calls("cancel")
    [batch] = await world.batches()
    assert batch["provider_batch_id"] not in (None, theirs.id)
    world.others.add(theirs.id)
    await world.check()
