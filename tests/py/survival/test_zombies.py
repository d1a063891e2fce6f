"""SIGSTOP past the lease, then SIGCONT: what comes back changes nothing."""

from __future__ import annotations

import signal

import pytest
from agentpg_executor.testing import FakeClaude, Gate, fault, held
from fixtures.clock import Clock
from survival.fleet import Worker
from survival.postgres_proxy import PostgresProxy
from survival.world import QUICK, World

PAST_EVERY_LEASE = 30


@pytest.fixture(autouse=True)
async def prepared(world: World) -> None:
    await world.open(**QUICK)


async def overtaken(zombie: Worker, world: World, clock: Clock) -> Worker:
    """The zombie stands still until another worker has ended all runs."""
    await zombie.freeze()
    world.fault_now()
    clock.advance(PAST_EVERY_LEASE)
    another = await world.fleet.start(world.dsn)
    world.barrier.open()
    await world.all_ended()
    return another


async def refused(zombie: Worker, expected: int) -> None:
    """It drains well, and tells how many of its writes came too late."""
    zombie.send(signal.SIGTERM)
    assert await zombie.ended() == 0, zombie.log
    assert f"{expected} late writes refused" in zombie.log


async def test_a_late_answer_of_the_model_changes_nothing(
    world: World, wire: PostgresProxy, wired: str, clock: Clock
):
    zombie = await world.fleet.start(wired)
    trap = wire.trap("record_response", "before")
    await world.run()
    await trap.wait_reached()
    await overtaken(zombie, world, clock)
    before = await world.snapshot()
    zombie.thaw()
    trap.release()
    await zombie.says("dropped: ")
    assert await world.snapshot() == before
    cost = await world.check("SIGSTOP before record_response, past the lease")
    assert (cost.sent, cost.wasted, cost.bodies) == (3, 1, 1)
    await refused(zombie, 1)


async def test_a_late_result_of_a_tool_changes_nothing(
    world: World, wire: PostgresProxy, wired: str, clock: Clock
):
    zombie = await world.fleet.start(wired)
    trap = wire.trap("complete_tool", "before")
    await world.run()
    await trap.wait_reached()
    await overtaken(zombie, world, clock)
    before = await world.snapshot()
    zombie.thaw()
    trap.release()
    await zombie.says("result dropped: ")
    assert await world.snapshot() == before
    cost = await world.check("SIGSTOP before complete_tool, past the lease")
    assert (cost.sent, cost.wasted, cost.bodies) == (2, 0, 2)
    await refused(zombie, 1)


async def test_a_late_failure_of_the_model_changes_nothing(
    world: World, wire: PostgresProxy, wired: str, fake: FakeClaude, clock: Clock
):
    fake.fail("messages", fault(500))
    zombie = await world.fleet.start(wired)
    trap = wire.trap("record_failure", "before")
    await world.run()
    await trap.wait_reached()
    await overtaken(zombie, world, clock)
    before = await world.snapshot()
    zombie.thaw()
    trap.release()
    await zombie.says("dropped: ")
    assert await world.snapshot() == before
    cost = await world.check("SIGSTOP before record_failure, past the lease")
    assert (cost.sent, cost.wasted, cost.bodies) == (3, 0, 1)
    await refused(zombie, 1)


async def test_frozen_in_a_model_call(world: World, wired: str, fake: FakeClaude, clock: Clock):
    with Gate() as gate:
        fake.fail("messages", held("Too late.", gate))
        zombie = await world.fleet.start(wired)
        await world.run()
        await gate.wait_reached()
        await overtaken(zombie, world, clock)
        before = await world.snapshot()
        zombie.thaw()
        await zombie.says("aborted (lease_lost)")
    assert await world.snapshot() == before
    cost = await world.check("SIGSTOP during a model call, past the lease")
    assert (cost.sent, cost.wasted, cost.bodies) == (3, 1, 1)
    await refused(zombie, 0)


async def test_frozen_in_a_tool(world: World, wired: str, clock: Clock):
    world.barrier.close()
    zombie = await world.fleet.start(wired)
    await world.run()
    await world.barrier.wait_for(1)
    await zombie.freeze()
    first = world.barrier.bodies[0]
    world.fault_now()
    clock.advance(PAST_EVERY_LEASE)
    await world.fleet.start(world.dsn)
    await world.barrier.wait_for(2)
    zombie.thaw()
    await world.barrier.wait_cancelled()
    assert world.barrier.cancelled == [first], "the body that nobody waits for is told so"
    world.barrier.open()
    await world.all_ended()
    cost = await world.check("SIGSTOP inside a tool, past the lease")
    assert (cost.sent, cost.wasted, cost.bodies) == (2, 0, 2)
    await refused(zombie, 0)


async def test_a_forgotten_instance_registers_again_and_works_on(world: World, wired: str, clock: Clock):
    """Frozen so long that the database has forgotten it."""
    zombie = await world.fleet.start(wired)
    known = "select id from agentpg.instances where pid = %s"
    (old,) = await world.rows(known, zombie.pid)
    await zombie.freeze()
    clock.advance(3600)
    await world.rows("select agentpg.run_maintenance(null)")
    assert await world.rows(known, zombie.pid) == []
    world.fault_now()
    zombie.thaw()
    await world.run()
    await world.all_ended()
    (new,) = await world.rows(known, zombie.pid)
    assert new != old
    cost = await world.check("SIGSTOP until the instance was forgotten, idle")
    assert (cost.sent, cost.wasted, cost.bodies) == (2, 0, 1)


async def test_a_frozen_executor_of_an_exclusive_name_is_fenced_and_stops(world: World, wired: str):
    world.barrier.close()
    old = await world.fleet.start(wired, "--name", "only one", "--exclusive")
    await world.run()
    await world.barrier.wait_for(1)
    await old.freeze()
    world.fault_now()
    await world.fleet.start(world.dsn, "--name", "only one", "--exclusive")
    await world.barrier.wait_for(2)
    first = world.barrier.bodies[0]
    old.thaw()
    await world.barrier.wait_cancelled()
    assert world.barrier.cancelled == [first], "the body that nobody waits for is told so"
    assert await old.ended() != 0, "a fenced worker says that it did not end well"
    assert "replaced" in old.log
    world.barrier.open()
    await world.all_ended()
    cost = await world.check("SIGSTOP inside a tool, replaced under an exclusive name")
    assert (cost.sent, cost.wasted, cost.bodies) == (2, 0, 2)
