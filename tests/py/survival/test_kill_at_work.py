"""SIGKILL while the model speaks, inside a tool, between heartbeats, and on the way out."""

from __future__ import annotations

import signal

import pytest
from agentpg_executor.testing import FakeClaude, Gate, held
from fixtures.clock import Clock
from survival.fleet import Worker
from survival.postgres_proxy import Moment, PostgresProxy
from survival.world import QUICK, World

PAST_EVERY_LEASE = 30


@pytest.fixture(autouse=True)
async def prepared(world: World) -> None:
    await world.open(**QUICK)


async def succeed(victim: Worker, world: World, clock: Clock, wire: PostgresProxy) -> Worker:
    """The victim is killed, its leases lapse, and another worker starts."""
    world.fault_now()
    await victim.kill()
    wire.cut()
    clock.advance(PAST_EVERY_LEASE)
    return await world.fleet.start(world.dsn)


@pytest.mark.parametrize("spoken", [None, 4], ids=["before_the_first_byte", "in_mid_stream"])
async def test_while_the_model_speaks(
    spoken: int | None, world: World, wire: PostgresProxy, wired: str, fake: FakeClaude, clock: Clock
):
    with Gate() as gate:
        fake.script([held("Never recorded.", gate, after=spoken)], match="Go")
        victim = await world.fleet.start(wired)
        await world.run()
        await gate.wait_reached()
        await succeed(victim, world, clock, wire)
        await world.all_ended()
    where = "before the first byte" if spoken is None else "in mid stream"
    cost = await world.check(f"SIGKILL during a model call, {where}")
    assert (cost.sent, cost.wasted, cost.bodies) == (3, 1, 1)


async def test_inside_a_tool(world: World, wire: PostgresProxy, wired: str, clock: Clock):
    world.barrier.close()
    victim = await world.fleet.start(wired)
    run_id = await world.run()
    await world.barrier.wait_for(1)
    await succeed(victim, world, clock, wire)
    world.barrier.open()
    await world.all_ended()
    cost = await world.check("SIGKILL inside a tool")
    assert (cost.sent, cost.wasted, cost.bodies, cost.repeated) == (2, 0, 2, 1)
    assert [body.attempt for body in world.barrier.bodies] == [1, 2]
    told = await world.rows("select event, attempt, actor from agentpg.run_timeline(%s)", run_id)
    assert len({row["actor"] for row in told if row["actor"]}) >= 2, told


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_at_a_heartbeat(moment: Moment, world: World, wire: PostgresProxy, wired: str, clock: Clock):
    world.barrier.close()
    victim = await world.fleet.start(wired)
    await world.run()
    await world.barrier.wait_for(1)
    trap = wire.trap("heartbeat", moment)
    await trap.wait_reached()
    await succeed(victim, world, clock, wire)
    world.barrier.open()
    await world.all_ended()
    cost = await world.check(f"SIGKILL {moment} heartbeat, inside a tool")
    assert (cost.sent, cost.wasted, cost.bodies) == (2, 0, 2)


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_at_a_claim_of_a_tool_alone(
    moment: Moment, world: World, wire: PostgresProxy, wired: str, clock: Clock
):
    """The model calls are made by a worker that has no tools."""
    await world.fleet.start(world.dsn, tools=False)
    victim = await world.fleet.start(wired, "--tools-only")
    trap = wire.trap("claim_tool_executions", moment, rows=moment == "after")
    await world.run()
    await trap.wait_reached()
    await succeed(victim, world, clock, wire)
    trap.release()
    await world.all_ended()
    cost = await world.check(f"SIGKILL {moment} claim_tool_executions")
    assert (cost.sent, cost.wasted, cost.bodies) == (2, 0, 1)


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_at_the_farewell_of_a_drain(
    moment: Moment, world: World, wire: PostgresProxy, wired: str, clock: Clock
):
    world.barrier.close()
    victim = await world.fleet.start(wired, "--grace", "0")
    await world.run()
    await world.barrier.wait_for(1)
    trap = wire.trap("deregister_instance", moment)
    victim.send(signal.SIGTERM)
    await trap.wait_reached()
    await succeed(victim, world, clock, wire)
    world.barrier.open()
    await world.all_ended()
    cost = await world.check(f"SIGKILL {moment} deregister_instance, a tool given back")
    assert (cost.sent, cost.wasted, cost.bodies) == (2, 0, 2)


async def test_a_killed_leader_of_a_live_fleet(world: World, wire: PostgresProxy, wired: str, clock: Clock):
    """Another executor is there all along: it leads next, and takes over the work."""
    world.barrier.close()
    victim = await world.fleet.start(wired)
    maintained = wire.trap("run_maintenance", "after")
    await maintained.wait_reached()
    maintained.release()
    await world.run()
    await world.barrier.wait_for(1)
    leader = await world.value("select leader_id from agentpg.leadership")
    assert leader == await world.value("select id from agentpg.instances where pid = %s", victim.pid)
    await world.fleet.start(world.dsn)
    world.fault_now()
    await victim.kill()
    clock.advance(PAST_EVERY_LEASE)
    world.barrier.open()
    await world.all_ended()
    cost = await world.check("SIGKILL of the leader inside a tool, another one idle")
    assert (cost.sent, cost.wasted, cost.bodies) == (2, 0, 2)
    assert await world.value("select term from agentpg.leadership") >= 2
