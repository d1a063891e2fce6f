"""A cancel reaches whoever holds the run, in another process, and leaves the session usable."""

from __future__ import annotations

import asyncio
import time

import pytest
from agentpg_executor.testing import FakeClaude, Gate, held
from fixtures.clock import Clock
from fixtures.crowding import Crowding
from survival.polling import eventually
from survival.postgres_proxy import Moment, PostgresProxy
from survival.world import QUICK, World

WITHIN_A_SECOND = 1.0
USED = (
    "select coalesce(sum(input_tokens), 0) from agentpg.iterations where run_id = %s and message_id is null"
)


async def has_heard(wire: PostgresProxy) -> None:
    """The executor asked the database for something since: its loop has turned, and read what had come."""
    before = len(wire.calls)
    await eventually(lambda: len(wire.calls) >= before + 2, "the executor's loop turns")


async def aborted(fake: FakeClaude) -> float:
    """When the stream was given up, by the clock of this process."""
    await asyncio.to_thread(
        fake.journal.wait_for, lambda journal: journal.messages[0].outcome == "client_left"
    )
    finished = fake.journal.messages[0].finished
    assert finished is not None
    return finished


@pytest.mark.parametrize("heard", ["all", "off"], ids=["by_notification", "by_heartbeat"])
async def test_a_running_stream_is_aborted_and_its_usage_recorded(
    heard: str, world: World, fake: FakeClaude, wire: PostgresProxy, wired: str
):
    # So slow a heartbeat that only the notification can be in time.
    slow = {"heartbeat_interval": "10 seconds"} if heard == "all" else {}
    await world.open(**{**QUICK, **slow}, notifications=heard)
    with Gate() as gate:
        fake.script([held("A long story, of which half is told.", gate, after=5)], match="Go")
        await world.fleet.start(wired)
        run_id = await world.run()
        await gate.wait_reached()
        await has_heard(wire)
        with Crowding() as crowding:
            begun = time.monotonic()
            world.fault_now()
            assert await world.value("select agentpg.cancel_run(%s)", run_id)
            took = await aborted(fake) - begun
    assert took < WITHIN_A_SECOND * crowding.factor

    async def accounted() -> bool:
        return bool(await world.value(USED, run_id) > 0)

    await eventually(accounted, "the partial usage was recorded")
    await world.all_ended(states=("cancelled",))
    how = "notified" if heard == "all" else "by heartbeat"
    cost = await world.check(f"cancel of a running stream, {how}")
    assert (cost.sent, cost.wasted, cost.bodies) == (1, 1, 0)


async def test_a_running_tool_sees_it_and_the_next_run_of_the_session_completes(world: World):
    await world.open(**QUICK)
    world.barrier.close()
    await world.fleet.start(world.dsn)
    run_id = await world.run()
    await world.barrier.wait_for(1)
    following = await world.value(
        "select agentpg.create_run(r.session_id, r.agent_id, 'And now?') from agentpg.get_run(%s) r", run_id
    )
    world.runs.append(following)
    world.fault_now()
    assert await world.value("select agentpg.cancel_run(%s)", run_id)
    await world.barrier.wait_cancelled()
    world.barrier.open()
    await world.all_ended(states=("cancelled", "completed"))
    assert await world.state(following) == "completed"
    cost = await world.check("cancel of a running tool, the session goes on")
    assert (cost.sent, cost.wasted, cost.bodies) == (2, 0, 1)


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_killed_while_it_reports_what_a_cancelled_call_had_used(
    moment: Moment, world: World, fake: FakeClaude, wire: PostgresProxy, wired: str, clock: Clock
):
    await world.open(**QUICK)
    with Gate() as gate:
        fake.script([held("A long story, of which half is told.", gate, after=5)], match="Go")
        victim = await world.fleet.start(wired)
        run_id = await world.run()
        await gate.wait_reached()
        await has_heard(wire)
        trap = wire.trap("record_abandoned", moment)
        await world.value("select agentpg.cancel_run(%s)", run_id)
        await trap.wait_reached()
        world.fault_now()
        await victim.kill()
        wire.cut()
        trap.release()
    clock.advance(60)
    later = await world.run("Later.")
    await world.fleet.start(world.dsn)
    await world.all_ended(states=("cancelled", "completed"))
    assert await world.state(later) == "completed"
    assert (await world.value(USED, run_id) > 0) == (moment == "after")
    cost = await world.check(f"SIGKILL {moment} record_abandoned")
    assert (cost.sent, cost.wasted, cost.bodies) == (3, 1, 1)
