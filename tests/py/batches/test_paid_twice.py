"""The faults that nobody can make good, each with exactly what it costs."""

from __future__ import annotations

import re

from anthropic import AsyncAnthropic
from batches.world import BatchWorld
from survival.polling import eventually
from survival.proxy import Link, Proxy

RUNS = 5
A_MONTH = 30 * 24 * 3600.0


async def sent(world: BatchWorld) -> str:
    """The batch is at the provider, and no worker is left."""
    await world.open()
    world.fake.batches.seconds = 3600
    await world.create(RUNS)
    worker = await world.start()
    await worker.says(": sent as ")
    await worker.kill()
    [batch] = world.fake.batches
    return batch.id


def _is_whole(link: Link) -> bool:
    """The worker has handed over its whole request, so that it arrives without the worker."""
    head, _, body = bytes(link.waiting).partition(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
    return length is not None and len(body) >= int(length[1])


async def test_a_batch_that_arrives_after_it_was_looked_for_is_paid_for_twice(world: BatchWorld):
    """The network holds it back longer than batch_settle_time, and the worker that sent it is gone."""
    await world.open()
    host, port = world.fake.base_url.removeprefix("http://").split(":")
    async with Proxy((host, int(port))) as wire:
        victim = await world.start(ANTHROPIC_BASE_URL=f"http://127.0.0.1:{wire.port}")
        wire.stall()
        await world.create(RUNS)
        await victim.says(": sending ")
        await eventually(lambda: any(map(_is_whole, wire.links)), "it is on the wire")
        await victim.freeze()
        await world.advance()
        await world.start()
        await world.all_ended()
        await victim.kill()
        wire.heal()
        await eventually(lambda: world.accepted() == 2, "the late one arrives")
    world.fake.batches.end_all()
    await world.check(paid_twice=RUNS)


async def test_the_same_with_a_worker_that_hears_of_it_costs_nothing(world: BatchWorld):
    """It cancels what arrived too late. Its heartbeats are slow, so that the answer comes first."""
    await world.open(lease_ttl="60 seconds", heartbeat_interval="25 seconds", instance_ttl="120 seconds")
    host, port = world.fake.base_url.removeprefix("http://").split(":")
    async with Proxy((host, int(port))) as wire:
        late = await world.start(ANTHROPIC_BASE_URL=f"http://127.0.0.1:{wire.port}")
        wire.stall()
        await world.create(RUNS)
        await late.says(": sending ")
        await eventually(lambda: any(map(_is_whole, wire.links)), "it is on the wire")
        await late.freeze()
        await world.advance(90)
        await world.start()
        await world.all_ended()
        world.fake.batches.seconds = 3600
        wire.heal()
        await eventually(lambda: world.accepted() == 2, "the late one arrives")
        late.thaw()
        await late.says("is cancelled at the provider")
    [cancelled] = world.calls("cancel")
    assert cancelled.status == 200
    world.fake.clock.advance(60)
    assert world.fake.batches[str(cancelled.batch_id)].counts()["canceled"] == RUNS
    await world.check()


async def test_a_batch_that_is_deleted_unread_is_paid_for_twice(world: BatchWorld):
    id = await sent(world)
    world.fake.batches.end_all()
    async with AsyncAnthropic(api_key=world.fake.api_key, base_url=world.fake.base_url) as client:
        await client.messages.batches.delete(id)
    world.fake.batches.seconds = 0
    # It counts as deleted only when its time is over: until then a 404 may be a mistake.
    await world.advance(25 * 3600)
    await world.start()
    await world.all_ended()
    gone = await world.rows("select distinct error_type from agentpg.failed_attempts")
    assert [row["error_type"] for row in gone] == ["batch_results_gone"]
    await world.check(paid_twice=RUNS)


async def test_results_that_are_29_days_old_are_paid_for_twice(world: BatchWorld):
    """No worker ran all the while."""
    await sent(world)
    world.fake.batches.end_all()
    world.fake.batches.seconds = 0
    await world.advance(A_MONTH)
    await world.start()
    await world.all_ended()
    gone = await world.rows("select distinct error_type from agentpg.failed_attempts")
    assert [row["error_type"] for row in gone] == ["batch_results_gone"]
    await world.check(paid_twice=RUNS)


async def test_28_days_are_not_too_long(world: BatchWorld):
    await sent(world)
    world.fake.batches.end_all()
    await world.advance(28 * 24 * 3600.0)
    await world.start()
    await world.all_ended()
    assert world.accepted() == 1
    await world.check()


async def test_a_batch_that_is_abandoned_and_answered_is_paid_for_twice(world: BatchWorld):
    id = await sent(world)
    world.fake.batches.seconds = 0
    await world.advance()
    assert await world.value("select agentpg.abandon_batch(id) from agentpg.batches")
    await world.start()
    await world.all_ended()
    world.fake.batches.end_all()
    assert world.fake.batches[id].counts()["succeeded"] == RUNS
    await world.check(paid_twice=RUNS)


async def test_a_run_that_is_cancelled_in_its_batch_is_paid_for_and_its_usage_counted(world: BatchWorld):
    await sent(world)
    await world.rows("select agentpg.cancel_run(%s)", world.runs[0])
    world.fake.batches.end_all()
    await world.advance()
    await world.start()
    await world.all_ended(states=["completed", "cancelled"])
    used = await world.rows(
        "select output_tokens > 0 as paid, cost_usd > 0 as known from agentpg.run_details"
    )
    assert used == [{"paid": True, "known": True}] * RUNS
    await world.check()
