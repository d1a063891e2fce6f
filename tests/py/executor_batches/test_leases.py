"""Leases of batches: kept by heartbeats, lost to others, given back."""

from __future__ import annotations

from agentpg_executor import events
from agentpg_executor.testing import Gate, hang, held
from executor_batches.conftest import BatchPlace, eventually
from executor_batches.gateway import Gateway
from executor_batches.test_sending import everything_is_done_once
from fixtures.clock import Clock


async def test_heartbeats_keep_the_lease_while_the_provider_takes_its_time(place: BatchPlace, clock: Clock):
    """The clock goes on by most of a lease, again and again, each time after a heartbeat."""
    place.work.configure(heartbeat_interval="200 milliseconds")
    gate = Gate()
    place.fake.fail("batches.create", held("x", gate))
    run_ids = await place.runs(4)
    executors = [await place.started(), await place.started()]
    await gate.wait_reached()
    for _ in range(5):
        clock.advance(15)
        for executor in executors:
            # One may have been under way before the step.
            beats = executor.stats.heartbeats + 2
            await eventually(lambda e=executor, n=beats: e.stats.heartbeats >= n, "a heartbeat")
    assert [batch["state"] for batch in place.batches()] == ["submitting"]
    gate.open()
    await everything_is_done_once(place, run_ids)
    assert len(place.calls("batches.list")) == 0


async def test_a_lost_lease_ends_a_post_under_way(place: BatchPlace):
    place.work.configure(heartbeat_interval="200 milliseconds")
    gateway = Gateway()
    gateway.let_through.clear()
    run_ids = await place.runs(4)
    late = await place.started(**gateway.options(place))
    await gateway.reached.wait()
    place.work.rows("select agentpg.release_batches(%s)", late.instance_id)
    await eventually(lambda: late.stats.leases_lost == 1, "a heartbeat tells")
    await late.stop()
    await place.started()
    await everything_is_done_once(place, run_ids)
    assert len(place.calls("batches.create")) == 1


async def test_a_lost_lease_ends_a_download(place: BatchPlace):
    place.work.configure(heartbeat_interval="200 milliseconds")
    place.fake.fail("batches.results", hang(after=2, seconds=30))
    run_ids = await place.runs(6)
    executor = await place.started()
    await eventually(lambda: len(place.calls("batches.results")) == 1, "the download")
    place.work.rows("select agentpg.release_batches(%s)", executor.instance_id)
    await everything_is_done_once(place, run_ids)
    await eventually(lambda: executor.stats.leases_lost > 0, "a heartbeat tells")
    await eventually(lambda: place.work.of(events.BatchIngested), "it is told")
    assert executor.stats.leases_lost == 1
    assert [event.result_count for event in place.work.of(events.BatchIngested)] == [6]


async def test_any_executor_does_the_next_step(place: BatchPlace):
    place.fake.batches.seconds = 3600
    run_ids = await place.runs(3)
    first = await place.started()
    await eventually(lambda: first.stats.batches_submitted == 1, "the batch is sent")
    await first.stop()
    place.fake.batches.end_all()
    second = await place.started()
    await everything_is_done_once(place, run_ids)
    await eventually(lambda: second.stats.batches_ingested > 0, "the runs end before the batch")
    assert (first.stats.batches_ingested, second.stats.batches_ingested) == (0, 1)
