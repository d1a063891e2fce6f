"""The network between an executor and the database, and between it and Claude, stalls, swallows and cuts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from agentpg_executor.testing import FakeClaude, Gate, held
from fixtures.clock import Clock
from survival.polling import HANGING, eventually
from survival.postgres_proxy import PostgresProxy
from survival.proxy import Proxy
from survival.world import QUICK, World

PAST_EVERY_LEASE = 30


@pytest.fixture
async def claude_wire(fake: FakeClaude) -> AsyncIterator[Proxy]:
    """A way to Claude; a worker takes it with `ANTHROPIC_BASE_URL=base_url(claude_wire)`."""
    host, port = fake.base_url.removeprefix("http://").split(":")
    async with Proxy((host, int(port))) as running:
        yield running


def base_url(proxy: Proxy) -> str:
    return f"http://127.0.0.1:{proxy.port}"


async def test_the_database_is_cut_off_again_and_again_under_load(
    world: World, wire: PostgresProxy, wired: str, fake: FakeClaude
):
    runs, cuts = 20, 5
    # A claim whose answer was cut off waits for its lease; a cut heartbeat is repeated long before that.
    await world.open(**{**QUICK, "lease_ttl": "4 seconds"})
    await world.fleet.start(wired, "--concurrency", "3")
    await world.start_runs(runs)
    world.fault_now()
    for number in range(1, cuts + 1):
        share = 2 * runs * number // (cuts + 1)
        await asyncio.to_thread(fake.journal.wait_for, lambda j, n=share: len(j) >= n, HANGING)
        wire.cut()
    await world.all_ended()
    cost = await world.check(f"connections to Postgres cut {cuts} times under load")
    assert (cost.sent, cost.wasted, cost.bodies) == (2 * runs, 0, runs)


@pytest.mark.parametrize("function", ["claim_runs", "record_response", "complete_tool", "heartbeat"])
async def test_a_call_commits_but_its_answer_is_cut_off(
    function: str, world: World, wire: PostgresProxy, wired: str
):
    """The executor asks again and is told what was recorded; a claim it never saw it gets by its lease."""
    await world.open(**QUICK)
    trap = wire.trap(function, "after", rows=function != "heartbeat")
    await world.fleet.start(wired)
    await world.run()
    await trap.wait_reached()
    world.fault_now()
    wire.cut()
    trap.release()
    if function == "claim_runs":
        await world.rows("select agentpg_test.advance('30 seconds')")
    await world.all_ended()
    cost = await world.check(f"connection cut after {function} committed")
    assert (cost.sent, cost.wasted, cost.bodies) == (2, 0, 1)


async def test_the_database_refuses_connections_for_a_while(
    world: World, wire: PostgresProxy, wired: str, fake: FakeClaude
):
    await world.open(**QUICK)
    with Gate() as gate:
        fake.script([held("Answered meanwhile.", gate)], match="Wait")
        await world.fleet.start(wired)
        await world.run("Wait.")
        await gate.wait_reached()
        world.fault_now()
        wire.refuse()
        gate.open()
        refused = wire.accepted
        await eventually(lambda: wire.accepted >= refused + 4, "it tries again and again")
        wire.heal()
        await world.all_ended()
    cost = await world.check("Postgres refused connections, an answer meanwhile")
    assert (cost.sent, cost.wasted) == (1, 0)


async def test_a_stall_shorter_than_the_lease_costs_nothing(
    world: World, wire: PostgresProxy, wired: str, fake: FakeClaude
):
    await world.open(**QUICK)
    with Gate() as gate:
        fake.script([held("Answered meanwhile.", gate)], match="Wait")
        await world.fleet.start(wired)
        await world.run("Wait.")
        await gate.wait_reached()
        world.fault_now()
        wire.stall()
        gate.open()
        await asyncio.to_thread(
            fake.journal.wait_for, lambda journal: all(entry.outcome for entry in journal.messages)
        )
        wire.heal()
        await world.all_ended()
    cost = await world.check("network to Postgres stalled, shorter than a lease")
    assert (cost.sent, cost.wasted) == (1, 0)


async def test_a_black_hole_longer_than_the_lease_costs_the_call_under_way(
    world: World, wire: PostgresProxy, wired: str, fake: FakeClaude, clock: Clock
):
    """The other executor takes over; the one that was cut off works again once it can."""
    await world.open(**QUICK)
    with Gate() as gate:
        fake.script([held("Nobody records this.", gate)], match="Go")
        lost = await world.fleet.start(wired)
        await world.run()
        await gate.wait_reached()
        other = await world.fleet.start(world.dsn)
        world.fault_now()
        wire.black_hole()
        clock.advance(30)
        await world.all_ended()
        before = await world.snapshot()
        wire.heal()
        gate.open()
        await lost.says("run ")
    cost = await world.check("network to Postgres swallowed everything, longer than a lease")
    assert (cost.sent, cost.wasted, cost.bodies) == (3, 1, 1)
    assert await world.snapshot() == before
    await other.kill()
    later = await world.run("Later.")
    await world.all_ended()
    assert await world.state(later) == "completed"


async def test_claude_cut_off_in_mid_stream_is_asked_again(
    world: World, fake: FakeClaude, claude_wire: Proxy
):
    await world.open(**QUICK)
    with Gate() as gate:
        fake.script([held("Half of it arrives.", gate, after=4)], match="Go")
        await world.fleet.start(world.dsn, ANTHROPIC_BASE_URL=base_url(claude_wire))
        run_id = await world.run()
        await gate.wait_reached()
        world.fault_now()
        claude_wire.cut()
        await world.all_ended()
    (failed,) = await world.rows("select error_type from agentpg.failed_attempts where run_id = %s", run_id)
    assert failed["error_type"] == "connection_error"
    cost = await world.check("connection to Claude cut in mid stream")
    assert (cost.sent, cost.wasted, cost.bodies) == (3, 1, 1)


async def test_claude_out_of_reach_for_a_while_costs_no_call(world: World, claude_wire: Proxy):
    await world.open(**QUICK)
    claude_wire.refuse()
    await world.fleet.start(world.dsn, ANTHROPIC_BASE_URL=base_url(claude_wire))
    run_id = await world.run()
    failures = "select count(*) from agentpg.failed_attempts where run_id = %s"

    async def failed_twice() -> bool:
        return bool(await world.value(failures, run_id) >= 2)

    await eventually(failed_twice, "two attempts failed")
    world.fault_now()
    claude_wire.heal()
    await world.all_ended()
    cost = await world.check("Claude refused connections for a while")
    assert (cost.sent, cost.wasted, cost.bodies) == (2, 0, 1)


async def test_a_stalled_stream_goes_on(world: World, fake: FakeClaude, claude_wire: Proxy):
    await world.open(**QUICK)
    with Gate() as gate:
        fake.script([held("Slowly.", gate, after=4)], match="Wait")
        await world.fleet.start(world.dsn, ANTHROPIC_BASE_URL=base_url(claude_wire))
        await world.run("Wait.")
        await gate.wait_reached()
        world.fault_now()
        claude_wire.stall()
        gate.open()
        await asyncio.to_thread(
            fake.journal.wait_for, lambda journal: all(entry.outcome for entry in journal.messages)
        )
        claude_wire.heal()
        await world.all_ended()
    cost = await world.check("network to Claude stalled in mid stream")
    assert (cost.sent, cost.wasted) == (1, 0)


async def test_a_run_whose_stream_was_swallowed_can_be_cancelled(
    world: World, fake: FakeClaude, claude_wire: Proxy, clock: Clock
):
    """Leases are kept alive meanwhile, so nobody else pays for the same call."""
    await world.open(**QUICK)
    with Gate() as gate:
        fake.script([held("Never arrives.", gate, after=4)], match="Go")
        worker = await world.fleet.start(world.dsn, ANTHROPIC_BASE_URL=base_url(claude_wire))
        run_id = await world.run()
        await gate.wait_reached()
        claude_wire.black_hole()
        gate.open()
        world.fault_now()
        assert await world.value("select agentpg.cancel_run(%s)", run_id)
        await worker.says("model call aborted (cancelled)")
    claude_wire.heal()
    later = await world.run("Later.")
    await world.all_ended(states=("completed", "cancelled"))
    assert await world.state(later) == "completed"
    cost = await world.check("network to Claude swallowed a stream, run cancelled")
    assert (cost.sent, cost.wasted, cost.bodies) == (3, 1, 1)
