"""Provider batches through the client, made by the functions an executor calls."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from agentpg import AsyncClient, BatchState, BatchStatus, Client, RunMode, RunOptions, errors
from fixtures.batch_steps import BatchSteps, refusal
from fixtures.clock import Clock
from psycopg import sql
from psycopg.conninfo import make_conninfo

MODEL = "claude-haiku-4-5"


@pytest.fixture
def steps(conn: psycopg.Connection[dict[str, Any]], clock: Clock) -> BatchSteps:
    return BatchSteps(conn, clock, MODEL)


async def batch_runs(client: AsyncClient, number: int, **options: Any) -> list[UUID]:
    agent = await client.get_or_create_agent("assistant", model=MODEL)
    return [
        await client.run(await client.new_session(), agent.id, f"prompt {place}", **options)
        for place in range(number)
    ]


async def test_what_waits_is_told_by_model(client: AsyncClient) -> None:
    assert await client.batch_queue() == []
    await batch_runs(client, 2)
    await batch_runs(client, 1, scheduled_at=datetime(2090, 1, 1, tzinfo=UTC))
    (queue,) = await client.batch_queue()
    assert (queue.model, queue.queued, queue.due) == (MODEL, 3, 2)
    settings = await client.settings()
    assert queue.gathered_by == queue.oldest_at + settings["batch_max_wait"]
    assert (queue.paused_until, queue.parked_reason) == (None, None)


async def test_a_batch_from_gathering_to_its_end(client: AsyncClient, steps: BatchSteps) -> None:
    good, bad = await batch_runs(client, 2)
    batch_id = steps.submit()
    batch = await client.get_batch(batch_id)
    assert (batch.state, batch.status) == (BatchState.SUBMITTED, BatchStatus.IN_PROGRESS)
    assert (batch.request_count, batch.settled, batch.submissions) == (2, 0, 1)
    assert (batch.cost_usd, batch.usual, batch.is_over) == (None, None, False)
    assert batch.expires_at is not None
    assert batch.submitted_at is not None
    assert batch.expires_at - batch.submitted_at == timedelta(hours=24)
    run = await client.get_run(good)
    assert (run.state, run.batch_id, run.current_mode) == ("batch_pending", batch_id, RunMode.BATCH)
    assert (await client.why_waiting(good)).reason == "batch"

    steps.end(batch_id, steps.answer(), refusal("no such field"))
    batch = await client.get_batch(str(batch_id))
    assert (batch.state, batch.is_over) == (BatchState.INGESTED, True)
    assert (batch.settled, batch.succeeded, batch.errored) == (2, 1, 1)
    assert batch.usual == timedelta(minutes=10)
    assert batch.cost_usd is not None
    assert batch.cost_usd > 0
    assert batch.streaming_cost_usd == 2 * batch.cost_usd
    assert (await client.wait_for_run(good, timeout=60)).text == "Done."
    with pytest.raises(errors.RunFailed, match="no such field"):
        await client.wait_for_run(bad, timeout=60)
    assert (await client.get_run(good)).streaming_extra_usd == Decimal(0)
    (iteration,) = await client.run_iterations(good)
    assert (iteration.batch_id, iteration.is_streaming) == (batch_id, False)


@pytest.mark.timeout(150)
async def test_a_batch_that_takes_twenty_hours_is_sent_once(
    client: AsyncClient, steps: BatchSteps, conn: psycopg.Connection[dict[str, Any]], clock: Clock
) -> None:
    (run_id,) = await batch_runs(client, 1)
    batch_id = steps.submit()
    begun, looks = clock.now(), 0
    while clock.now() - begun < timedelta(hours=20):
        steps.wait(115)
        conn.execute("select agentpg.run_maintenance()")
        assert conn.execute("select agentpg.claim_batch(%s)", (steps.instance_id,)).fetchall() == []
        looks += steps.look()
    # Every five minutes, the longest interval, and some sooner while it was young.
    assert 190 < looks < 280
    batch = await client.get_batch(batch_id)
    assert (batch.state, batch.submissions, batch.failures) == (BatchState.SUBMITTED, 1, 0)
    run = await client.get_run(run_id)
    assert (run.state, run.attempt, run.rescue_attempts) == ("batch_processing", 1, 0)
    steps.end(batch_id, steps.answer("At last."))
    assert (await client.wait_for_run(run_id, timeout=60)).text == "At last."


async def test_pages_and_what_is_open(client: AsyncClient, steps: BatchSteps) -> None:
    made: list[UUID] = []
    for number in range(3):
        await batch_runs(client, 1)
        made.append(steps.submit(f"msgbatch_{number}"))
    assert [batch.batch_id for batch in await client.list_batches(max_count=2)] == [made[2], made[1]]
    assert [batch.batch_id for batch in await client.list_batches(before=made[1])] == [made[0]]
    assert await client.abandon_batch(made[1])
    assert [batch.batch_id for batch in await client.list_batches(open_only=True)] == [made[2], made[0]]
    with pytest.raises(errors.InvalidLimit):
        await client.list_batches(max_count=0)


async def test_runs_of_an_abandoned_batch_wait_for_another(client: AsyncClient, steps: BatchSteps) -> None:
    (run_id,) = await batch_runs(client, 1)
    batch_id = steps.submit()
    assert await client.abandon_batch(batch_id)
    assert not await client.abandon_batch(batch_id)
    run = await client.get_run(run_id)
    assert (run.state, run.attempt) == ("pending", 0)
    assert (await client.get_batch(batch_id)).state == "abandoned"


async def test_one_that_is_being_sent_is_not_abandoned(client: AsyncClient, steps: BatchSteps) -> None:
    await batch_runs(client, 1)
    batch_id, _ = steps.begin()
    with pytest.raises(errors.InvalidStateTransition) as caught:
        await client.abandon_batch(batch_id)
    assert caught.value.batch_id == batch_id


async def test_a_batch_that_is_not_there(client: AsyncClient) -> None:
    nowhere = uuid4()
    for call in (client.get_batch, client.abandon_batch):
        with pytest.raises(errors.BatchNotFound) as caught:
            await call(nowhere)
        assert (caught.value.code, caught.value.batch_id) == ("AP009", nowhere)
        assert caught.value.hint


async def test_a_run_may_go_over_to_streaming(client: AsyncClient, clock: Clock, steps: BatchSteps) -> None:
    later = clock.advance(0) + timedelta(hours=1)
    (run_id,) = await batch_runs(client, 1, options=RunOptions(stream_after_turns=2, stream_from=later))
    run = await client.get_run(run_id)
    assert run.options["stream_after_turns"] == 2
    assert datetime.fromisoformat(run.options["stream_from"]) == later
    steps.wait(3700)
    await client.settings()
    with psycopg.connect(client.config.dsn or "", autocommit=True) as direct:
        direct.execute("select agentpg.run_maintenance()")
    run = await client.get_run(run_id)
    assert (run.run_mode, run.current_mode) == (RunMode.BATCH, RunMode.STREAMING)


async def test_workers_tell_how_many_batches_they_serve(client: AsyncClient, steps: BatchSteps) -> None:
    (worker,) = await client.list_instances()
    assert (worker.id, worker.max_concurrent_batches) == (steps.instance_id, 1)


def test_the_synchronous_twin(sync_client: Client, steps: BatchSteps) -> None:
    agent = sync_client.create_agent("assistant", model=MODEL)
    sync_client.run(sync_client.new_session(), agent.id, "Hello")
    assert [queue.queued for queue in sync_client.batch_queue()] == [1]
    batch_id = steps.submit()
    assert [batch.batch_id for batch in sync_client.list_batches()] == [batch_id]
    assert sync_client.get_batch(batch_id).provider_batch_id == "msgbatch_01"
    assert sync_client.abandon_batch(batch_id)


async def test_a_reader_sees_batches_and_may_not_give_one_up(
    database: str, client: AsyncClient, steps: BatchSteps, conn: psycopg.Connection[dict[str, Any]]
) -> None:
    await batch_runs(client, 1)
    batch_id = steps.submit()
    name = f"{conn.info.dbname}_reader"
    conn.execute(sql.SQL("create role {} login").format(sql.Identifier(name)))
    try:
        conn.execute("select agentpg.grant_access(%s, 'reader')", (name,))
        async with AsyncClient(make_conninfo(database, user=name)) as reader:
            assert (await reader.get_batch(batch_id)).request_count == 1
            assert await reader.batch_queue() == []
            with pytest.raises(errors.StorageError) as caught:
                await reader.abandon_batch(batch_id)
            assert caught.value.code == "42501"
    finally:
        conn.execute(sql.SQL("drop owned by {}").format(sql.Identifier(name)))
        conn.execute(sql.SQL("drop role {}").format(sql.Identifier(name)))
