"""Runs in batch mode from end to end."""

from __future__ import annotations

from agentpg_executor import events
from agentpg_executor.testing import call, reply
from agentpg_executor.tools import tool
from executor_batches.conftest import BatchPlace, eventually


async def test_fifty_runs_are_one_batch(place: BatchPlace):
    run_ids = await place.runs(50)
    executor = await place.started()
    ended = await place.ends(run_ids)
    assert {response.state.value for response in ended} == {"completed"}
    await eventually(lambda: place.work.of(events.BatchIngested), "the runs end before the batch")
    assert len(place.calls("batches.create")) == 1
    assert len(place.calls("messages")) == 0
    assert place.billed() == 50
    assert executor.stats.batches_submitted == 1
    assert executor.stats.batch_results == 50
    [sent] = place.work.of(events.BatchSubmitted)
    [over] = place.work.of(events.BatchEnded)
    [taken] = place.work.of(events.BatchIngested)
    assert (sent.request_count, over.counts["succeeded"], taken.result_count, taken.settled) == (
        50,
        50,
        50,
        50,
    )


@tool
async def add(a: int, b: int) -> int:
    return a + b


async def test_a_tool_turn_waits_for_the_next_batch(place: BatchPlace):
    place.fake.script([reply("Let me see.", call("add", a=1, b=2)), "Three."], per_conversation=True)
    run_ids = await place.runs(5, add)
    await place.started(add)
    ended = await place.ends(run_ids)
    assert {response.text for response in ended} == {"Three."}
    assert place.billed() == 10
    await eventually(
        lambda: {batch["state"] for batch in place.batches()} == {"ingested"},
        "the runs end before the batches",
    )
    assert place.work.tool_results(run_ids[0])[0]["content"] == "3"
