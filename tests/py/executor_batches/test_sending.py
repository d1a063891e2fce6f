"""A batch is created once, whatever the provider answers or does not answer."""

from __future__ import annotations

from uuid import UUID

import pytest
from agentpg_executor.testing import Gate, Turn, fault, hang, held, lost, reset
from executor_batches.conftest import BatchPlace, eventually
from executor_batches.gateway import Gateway

COUNT = 8


async def everything_is_done_once(place: BatchPlace, run_ids: list[UUID]) -> None:
    ended = await place.ends(run_ids)
    assert {response.state.value for response in ended} == {"completed"}
    assert place.billed() == len(run_ids)
    assert place.work.row("select count(*) from agentpg.iterations")["count"] == len(run_ids)


# What the provider does, and whether it took the batch.
REFUSED = [fault(429), fault(529), fault(500), fault(503), reset()]
ACCEPTED = [lost(), hang(seconds=30), held("late", Gate())]


@pytest.mark.parametrize("turn", REFUSED, ids=lambda turn: f"{turn.fault.kind}-{turn.fault.status}")
async def test_a_batch_that_was_not_taken_is_sent_again(place: BatchPlace, turn: Turn):
    place.fake.fail("batches.create", turn)
    run_ids = await place.runs(COUNT)
    executor = await place.started()
    await everything_is_done_once(place, run_ids)
    assert len(place.calls("batches.create")) == 2
    assert executor.stats.unexpected_errors == 0


@pytest.mark.parametrize("turn", ACCEPTED, ids=["lost", "hang", "held"])
async def test_a_batch_that_was_taken_unseen_is_found_and_not_sent_again(place: BatchPlace, turn: Turn):
    place.fake.fail("batches.create", turn)
    run_ids = await place.runs(COUNT)
    executor = await place.started(**place.patient_with(turn))
    await everything_is_done_once(place, run_ids)
    assert len(place.calls("batches.create")) == 1
    assert len(place.calls("batches.list")) >= 1
    assert executor.stats.unexpected_errors == 0


async def test_batches_of_others_are_left_alone(place: BatchPlace):
    foreign = await place.foreign_batch(COUNT)
    place.fake.fail("batches.create", reset())
    run_ids = await place.runs(COUNT)
    await place.started()
    ended = await place.ends(run_ids)
    assert {response.state.value for response in ended} == {"completed"}
    [batch] = place.batches()
    assert batch["disproved"] == [foreign]
    assert batch["provider_batch_id"] != foreign
    assert len(place.calls("batches.cancel")) == 0


async def test_a_connection_that_is_refused_sends_nothing(place: BatchPlace):
    place.fake.refuse_connections()
    run_ids = await place.runs(COUNT)
    executor = await place.started()
    await eventually(lambda: executor.stats.batch_failures >= 2, "two refusals")
    assert {batch["state"] for batch in place.batches()} <= {"gathered", "submitting"}
    place.fake.accept_connections()
    await everything_is_done_once(place, run_ids)
    assert len(place.calls("batches.create")) == 1
    assert len(place.calls("batches.list")) == 0


RETRIEVE = [fault(429), fault(500), reset(), hang(seconds=30)]


@pytest.mark.parametrize("turn", RETRIEVE, ids=lambda turn: f"{turn.fault.kind}-{turn.fault.status}")
async def test_a_look_that_fails_is_repeated(place: BatchPlace, turn: Turn):
    place.fake.fail("batches.retrieve", turn, times=2)
    run_ids = await place.runs(COUNT)
    executor = await place.started(**place.patient_with(turn))
    await everything_is_done_once(place, run_ids)
    assert executor.stats.batch_failures == 2
    assert len(place.calls("batches.create")) == 1


@pytest.mark.parametrize("answer", ['{"id": "msgba', "[]", '{"ok": true}'])
async def test_an_answer_that_is_no_batch_is_no_refusal(place: BatchPlace, answer: str):
    run_ids = await place.runs(COUNT)
    executor = await place.started(**Gateway(created=answer).options(place))
    await everything_is_done_once(place, run_ids)
    assert len(place.calls("batches.create")) == 1
    assert executor.stats.unexpected_errors == 0


async def test_a_batch_that_arrives_after_it_was_sent_again_is_cancelled(place: BatchPlace):
    """The first worker is held in its call: it has no place to send it again, no heartbeat ends the call."""
    place.work.configure(lease_ttl="1 hour", heartbeat_interval="20 minutes", instance_ttl="2 hours")
    gateway = Gateway()
    gateway.let_through.clear()
    run_ids = await place.runs(COUNT)
    late = await place.started(max_concurrent_batches=1, **gateway.options(place))
    await gateway.reached.wait()
    place.work.rows("select agentpg.release_batches(%s)", late.instance_id)
    await place.started()
    await eventually(lambda: len(place.calls("batches.create")) == 1, "it is sent again")
    place.fake.batches.seconds = 3600
    gateway.let_through.set()
    ended = await place.ends(run_ids)
    assert {response.state.value for response in ended} == {"completed"}
    await eventually(lambda: len(place.calls("batches.cancel")) == 1, "the cancellation")
    assert len(place.calls("batches.create")) == 2
    assert place.billed() == COUNT
    assert late.stats.writes_refused == 1


async def test_runs_that_ended_before_the_post_are_left_out(place: BatchPlace):
    run_ids = await place.runs(3)
    place.fake.refuse_connections()
    executor = await place.started()
    await eventually(lambda: executor.stats.batch_failures >= 1, "a refusal")
    await place.work.client.cancel_run(run_ids[1])
    place.fake.accept_connections()
    ended = await place.ends(run_ids)
    assert [response.state.value for response in ended] == ["completed", "cancelled", "completed"]
    assert place.billed() == 2


async def test_a_batch_that_everybody_left_is_cancelled_at_the_provider(place: BatchPlace):
    place.fake.batches.seconds = 3600
    run_ids = await place.runs(3)
    executor = await place.started()
    await eventually(lambda: executor.stats.batches_submitted == 1, "the batch is sent")
    for run_id in run_ids:
        await place.work.client.cancel_run(run_id)
    await eventually(lambda: len(place.calls("batches.cancel")) == 1, "the cancellation")
    place.fake.batches.end_all()
    await eventually(lambda: place.batches()[0]["state"] == "ingested", "the end")


async def test_a_batch_that_is_refused_as_a_whole_is_sent_in_halves(place: BatchPlace):
    place.fake.fail("batches.create", fault(413))
    run_ids = await place.runs(COUNT)
    await place.started()
    await everything_is_done_once(place, run_ids)
    assert len(place.calls("batches.create")) == 3
    assert [batch["request_count"] for batch in place.batches()] == [COUNT // 2] * 2


async def test_a_refused_key_parks_the_runs_and_fails_none(place: BatchPlace):
    place.fake.fail("batches.create", fault(401))
    run_ids = await place.runs(COUNT)
    await place.started()
    await eventually(
        lambda: place.work.row("select count(*) from agentpg.queues where parked_at is not null")["count"],
        "the queue is parked",
    )
    states = place.work.rows("select distinct state::text from agentpg.runs")
    assert [row["state"] for row in states] == ["pending"]
    assert {batch["state"] for batch in place.batches()} == {"abandoned"}
    place.work.rows("select agentpg.resume_parked()")
    await everything_is_done_once(place, run_ids)
