"""SIGTERM drains: what does not fit the grace period goes on elsewhere at once, and nothing fails."""

from __future__ import annotations

import signal

import pytest
from agentpg_executor.testing import FakeClaude, Gate, held
from survival.world import QUICK, World


@pytest.fixture(autouse=True)
async def prepared(world: World) -> None:
    """Leases of an hour: who goes on at once did not wait for one to lapse."""
    await world.open(**{**QUICK, "lease_ttl": "1 hour", "instance_ttl": "1 hour"})


async def test_work_that_fits_the_grace_period_ends_where_it_is(world: World):
    world.barrier.close()
    worker = await world.fleet.start(world.dsn)
    await world.run()
    await world.barrier.wait_for(1)
    worker.send(signal.SIGTERM)
    await worker.says("draining")
    world.fault_now()
    world.barrier.open()
    assert await worker.ended() == 0, worker.log
    await world.fleet.start(world.dsn)
    await world.all_ended()
    cost = await world.check("SIGTERM inside a tool, within the grace period")
    assert (cost.sent, cost.wasted, cost.bodies) == (2, 0, 1)


@pytest.mark.parametrize("grace", ["0.2", "600"], ids=["grace_over", "second_signal"])
async def test_a_tool_goes_on_elsewhere_at_once(grace: str, world: World):
    world.barrier.close()
    worker = await world.fleet.start(world.dsn, "--grace", grace)
    await world.run()
    await world.barrier.wait_for(1)
    await world.fleet.start(world.dsn)
    world.fault_now()
    worker.send(signal.SIGTERM)
    if grace == "600":
        await worker.says("draining")
        worker.send(signal.SIGINT)
        await worker.says("second signal")
    await world.barrier.wait_for(2)
    world.barrier.open()
    assert await worker.ended() == (128 + signal.SIGINT if grace == "600" else 0), worker.log
    await world.all_ended()
    how = "second signal" if grace == "600" else "grace period over"
    cost = await world.check(f"SIGTERM inside a tool, {how}")
    assert (cost.sent, cost.wasted, cost.bodies) == (2, 0, 2)
    assert await world.rows("select * from agentpg.failed_attempts where kind <> 'release'") == []


async def test_a_model_call_goes_on_elsewhere_at_once(world: World, fake: FakeClaude):
    with Gate() as gate:
        fake.fail("messages", held("Cut off.", gate))
        worker = await world.fleet.start(world.dsn, "--grace", "0.2")
        run_id = await world.run()
        await gate.wait_reached()
        await world.fleet.start(world.dsn)
        world.fault_now()
        worker.send(signal.SIGTERM)
        await world.all_ended()
        assert await worker.ended() == 0, worker.log
    cost = await world.check("SIGTERM during a model call, grace period over")
    assert (cost.sent, cost.wasted, cost.bodies) == (3, 1, 1)
    rows = await world.rows("select attempt from agentpg.iterations where run_id = %s", run_id)
    assert {row["attempt"] for row in rows} == {1}, "no attempt was counted"


async def test_what_was_not_begun_is_left_to_others(world: World):
    """A drained worker claims nothing; runs created meanwhile wait for the next."""
    world.barrier.close()
    worker = await world.fleet.start(world.dsn)
    await world.run()
    await world.barrier.wait_for(1)
    worker.send(signal.SIGTERM)
    await worker.says("draining")
    later = await world.run("Later.")
    world.fault_now()
    world.barrier.open()
    assert await worker.ended() == 0, worker.log
    assert await world.state(later) == "pending"
    await world.fleet.start(world.dsn)
    await world.all_ended()
    cost = await world.check("SIGTERM, and a run created after it")
    assert (cost.sent, cost.wasted, cost.bodies) == (4, 0, 2)
