"""Cancelling reaches the work where it is."""

from __future__ import annotations

import asyncio
import threading
from datetime import timedelta
from uuid import UUID

import pytest
from agentpg_executor import events
from agentpg_executor.testing import Gate, call, hang, held, reply
from agentpg_executor.tools import ToolContext, tool
from executor.conftest import Workplace, eventually
from fixtures.clock import Clock


async def test_cancelling_aborts_the_stream_and_the_session_goes_on(work: Workplace):
    work.fake.script([hang("Never ends.", after=3)])
    executor = await work.started()
    agent_id = await work.agent()
    session_id = await work.client.new_session()
    run_id = await work.client.run_fast(session_id, agent_id, "one")
    await eventually(lambda: work.of(events.TextDelta), "the model speaks")
    await work.client.cancel_run(run_id)
    await asyncio.to_thread(work.fake.journal.wait_for, lambda j: j.messages[0].outcome == "client_left")
    assert (await work.end(run_id)).state.value == "cancelled"
    used = "select input_tokens from agentpg.get_run(%s)"
    await eventually(lambda: (work.row(used, run_id)["input_tokens"] or 0) > 0, "its usage is recorded")
    work.fake.script(["Next."])
    assert (await work.end(await work.client.run_fast(session_id, agent_id, "two"))).text == "Next."
    assert executor.stats.cancelled == 1
    assert executor.stats.unexpected_errors == 0


async def test_cancelling_reaches_sync_and_async_bodies(work: Workplace):
    told: list[str] = []
    begun = threading.Barrier(3, timeout=10)

    @tool
    def sync_body(context: ToolContext) -> None:
        begun.wait()
        context.cancelled.wait_blocking(30)
        told.append("sync")

    @tool
    async def async_body() -> None:
        await asyncio.to_thread(begun.wait)
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            told.append("async")
            raise

    work.fake.script([reply(call("sync_body"), call("async_body"))])
    executor = await work.started(sync_body, async_body)
    run_id = await work.run(await work.agent(sync_body, async_body))
    await asyncio.to_thread(begun.wait)
    await work.client.cancel_run(run_id, reason="enough")
    assert (await work.end(run_id)).state.value == "cancelled"
    await eventually(lambda: sorted(told) == ["async", "sync"], "both bodies were told")
    await eventually(lambda: executor.stats.active_runs + executor.stats.active_tools == 0, "slots are free")
    assert executor.stats.unexpected_errors == 0


async def test_without_notifications_the_heartbeat_tells(work: Workplace):
    work.configure(notifications="off", heartbeat_interval="200 milliseconds", poll_interval="1 second")
    work.fake.script([hang("Never ends.", after=3)])
    await work.started()
    run_id = await work.run(await work.agent())
    await eventually(lambda: work.of(events.TextDelta), "the model speaks")
    await work.client.cancel_run(run_id)
    await asyncio.to_thread(work.fake.journal.wait_for, lambda j: j.messages[0].outcome == "client_left")


async def test_a_result_that_comes_after_the_cancellation_is_dropped_quietly(work: Workplace):
    work.configure(notifications="off", poll_interval="1 second")
    with Gate() as gate:
        work.fake.script([held("Too late.", gate)])
        executor = await work.started()
        run_id = await work.run(await work.agent())
        await gate.wait_reached()
        await work.client.cancel_run(run_id)
        gate.open()
        await eventually(lambda: executor.stats.cancelled == 1, "the answer was refused")
    assert executor.stats.unexpected_errors == 0
    run = work.row("select state::text, output_tokens from agentpg.get_run(%s)", run_id)
    assert run["state"] == "cancelled"
    assert run["output_tokens"] > 0, "what was paid for is in the books"


async def run_with_a_deadline(work: Workplace, clock: Clock) -> UUID:
    deadline = clock.now() + timedelta(seconds=60)
    return await work.run(await work.agent(), options={"deadline": deadline.isoformat()})


def end_overdue(work: Workplace, clock: Clock) -> None:
    clock.advance(61)
    work.conn.execute("select agentpg.run_maintenance()")


@pytest.mark.parametrize("notifications", ["all", "off"])
async def test_what_a_call_had_used_when_the_deadline_ended_it_is_in_the_books(
    work: Workplace, clock: Clock, notifications: str
):
    work.configure(
        notifications=notifications,
        heartbeat_interval="200 milliseconds",
        lease_ttl="1 hour",
        instance_ttl="1 day",
        poll_interval="1 second",
    )
    work.fake.script([hang("Never ends.", after=3)])
    executor = await work.started()
    run_id = await run_with_a_deadline(work, clock)
    await eventually(lambda: work.of(events.TextDelta), "the model speaks")
    end_overdue(work, clock)
    assert (await work.end(run_id)).error_type == "deadline_exceeded"
    used = "select input_tokens from agentpg.get_run(%s)"
    await eventually(lambda: (work.row(used, run_id)["input_tokens"] or 0) > 0, "its usage is recorded")
    assert executor.stats.unexpected_errors == 0


async def test_an_answer_that_comes_after_the_deadline_is_dropped_and_counted(work: Workplace, clock: Clock):
    work.configure(notifications="off", lease_ttl="1 hour", instance_ttl="1 day")
    with Gate() as gate:
        work.fake.script([held("Too late.", gate)])
        executor = await work.started()
        run_id = await run_with_a_deadline(work, clock)
        await gate.wait_reached()
        end_overdue(work, clock)
        gate.open()
        await eventually(lambda: executor.stats.writes_refused == 1, "the answer was refused")
    assert executor.stats.unexpected_errors == 0
    run = work.row("select error_type, output_tokens from agentpg.get_run(%s)", run_id)
    assert run["error_type"] == "deadline_exceeded"
    assert run["output_tokens"] > 0, "what was paid for is in the books"
