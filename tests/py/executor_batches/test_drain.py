"""An executor that stops gives its batches back, and the next one goes on."""

from __future__ import annotations

import asyncio

from agentpg_executor.testing import Gate, hang, held
from executor_batches.conftest import BatchPlace, eventually
from executor_batches.test_sending import everything_is_done_once


async def test_a_post_under_way_may_finish_within_the_grace_period(place: BatchPlace):
    gate = Gate()
    place.fake.fail("batches.create", held("x", gate))
    run_ids = await place.runs(5)
    executor = await place.started()
    await gate.wait_reached()
    stopping = asyncio.create_task(executor.stop(grace=10))
    await eventually(lambda: executor.stats.batches_claimed == 1, "the claim")
    gate.open()
    await stopping
    assert [batch["state"] for batch in place.batches()] == ["submitted"]
    await place.started()
    await everything_is_done_once(place, run_ids)
    assert len(place.calls("batches.create")) == 1


async def test_a_post_that_outlasts_the_grace_period_is_found_by_the_next_executor(place: BatchPlace):
    gate = Gate()
    place.fake.fail("batches.create", held("x", gate))
    run_ids = await place.runs(5)
    executor = await place.started()
    await gate.wait_reached()
    await executor.stop(grace=0.05)
    assert [batch["state"] for batch in place.batches()] == ["unknown"]
    gate.open()
    await place.started()
    await everything_is_done_once(place, run_ids)
    assert len(place.calls("batches.create")) == 1


async def test_an_ingestion_that_is_cut_short_is_taken_up_by_the_next_executor(place: BatchPlace):
    place.fake.fail("batches.results", hang(after=3, seconds=30))
    run_ids = await place.runs(10)
    executor = await place.started()
    await eventually(lambda: len(place.calls("batches.results")) == 1, "the download")
    await executor.stop(grace=0.05)
    [batch] = place.batches()
    assert (batch["state"], batch["lease_token"]) == ("ended", None)
    await place.started()
    await everything_is_done_once(place, run_ids)
    assert len(place.calls("batches.results")) == 2


async def test_two_executors_share_the_work_and_double_nothing(place: BatchPlace):
    place.work.configure(batch_max_requests="7")
    run_ids = await place.runs(40)
    first, second = await place.started(), await place.started()
    await everything_is_done_once(place, run_ids)
    created = len(place.calls("batches.create"))
    assert created == len(place.batches()) <= 12
    assert first.stats.batches_submitted + second.stats.batches_submitted == created


async def test_an_executor_restricted_to_runs_serves_no_batches(place: BatchPlace):
    run_ids = await place.runs(2)
    restricted = await place.work.started(only_runs=run_ids, poll_interval=0.1)
    without = await place.started(max_concurrent_batches=0)
    tools_only = await place.started(tools_only=True)
    await eventually(lambda: restricted.stats.claim_queries > 0, "a look for runs")
    assert all(one.stats.batch_queries == 0 for one in (restricted, without, tools_only))
    waiting = await place.work.client.why_waiting(run_ids[0])
    assert waiting.reason == "no_batch_executor"
    await place.work.started(only_runs=[], poll_interval=0.1, max_concurrent_batches=1)
    await everything_is_done_once(place, run_ids)
