"""With the settings as they are shipped: real time, no clock is moved. Takes as long as it promises."""

from __future__ import annotations

from agentpg_executor.testing import FakeClaude, Gate, held
from fixtures.crowding import Crowding
from survival.polling import eventually
from survival.world import World

PROMISED = 30.0


async def test_what_a_killed_executor_held_goes_on_within_thirty_seconds(world: World, fake: FakeClaude):
    """The worst case: it led the maintenance, and its leases were fresh."""
    await world.open()
    world.barrier.close()
    with Gate() as gate:
        fake.script([held("Never recorded.", gate)], match="Wait")
        victim = await world.fleet.start(world.dsn)

        async def leads() -> bool:
            return bool(await world.value("select leader_id is not null from agentpg.leadership"))

        await eventually(leads, "it leads")
        await world.fleet.start(world.dsn, "--tools-only")
        await world.fleet.start(world.dsn, "--concurrency", "1")
        frozen = world.fleet.workers[1:]
        for other in frozen:
            await other.freeze()
        in_call, in_tool = await world.run("Wait."), await world.run("Go.")
        await gate.wait_reached(within=PROMISED)
        await world.barrier.wait_for(1, PROMISED)
        for other in frozen:
            other.thaw()
        with Crowding() as crowding:
            world.fault_now()
            await victim.kill()
            await world.barrier.wait_for(2)
            world.barrier.open()
            await world.all_ended()
    assert {await world.state(in_call), await world.state(in_tool)} == {"completed"}
    cost = await world.check("SIGKILL with default settings, the leader")
    assert (cost.sent, cost.wasted, cost.repeated) == (5, 1, 1)
    assert cost.seconds < PROMISED * crowding.factor
