"""Postgres goes down under load, at once and without a checkpoint; a replica takes its place."""

from __future__ import annotations

import asyncio

import psycopg
import pytest
from agentpg_executor.testing import FakeClaude, Gate, call, held, reply
from fixtures.databases import Databases
from survival.barrier import Barrier
from survival.fleet import Fleet
from survival.polling import HANGING, eventually
from survival.routes import either
from survival.servers import MortalServer, Standby
from survival.tally import Tally
from survival.world import QUICK, SHORT_LEASES, World

HALF = 3
AWAY = 3.0


async def in_flight(world: World, fake: FakeClaude, gate: Gate, dsn: str) -> None:
    """Two workers; half of the runs stand in a model call, the others in a tool."""
    world.barrier.close()
    fake.script([held(reply(call("work", n=2)), gate), "Done."], match="Wait", per_conversation=True)
    for _ in range(2):
        await world.fleet.start(dsn)
    for _ in range(HALF):
        await world.run("Wait.")
        await world.run("Go.")
    await gate.wait_reached(HALF)
    await world.barrier.wait_for(HALF)


async def test_what_is_answered_while_postgres_is_down_is_recorded_when_it_is_back(
    mortal_world: World, mortal: MortalServer, fake: FakeClaude
):
    world = mortal_world
    await world.open(**QUICK)
    with Gate() as gate:
        await in_flight(world, fake, gate, world.dsn)
        world.fault_now()
        await mortal.stop_immediately()
        gate.open()
        world.barrier.open()
        answered = [entry.request_id for entry in fake.journal.messages]
        await asyncio.to_thread(
            fake.journal.wait_for, lambda journal: all(entry.outcome for entry in journal.messages)
        )
        await mortal.come_back()
        await world.all_ended()
    assert len(answered) == 2 * HALF
    cost = await world.check("Postgres stopped with -m immediate, answers meanwhile")
    assert (cost.sent, cost.wasted, cost.bodies) == (4 * HALF, 0, 2 * HALF)


async def test_postgres_is_away_longer_than_the_leases(
    mortal_world: World, mortal: MortalServer, fake: FakeClaude
):
    """Every lease has lapsed when it is back. Nobody takes over from those that are about to report."""
    world = mortal_world
    await world.open(**SHORT_LEASES)
    with Gate() as gate:
        await in_flight(world, fake, gate, world.dsn)
        world.fault_now()
        await mortal.stop_immediately()
        # The outage itself takes this long; nothing is waited for.
        await asyncio.sleep(AWAY)
        await mortal.come_back()
        await world.close()
        reported = "select count(*) = 2 as all_of_them from agentpg.instances where last_heartbeat_at > %s"
        back_at = await world.value("select agentpg.now()")

        async def all_reported() -> bool:
            return bool(await world.value(reported, back_at))

        await eventually(all_reported, "both executors report")
        gate.open()
        world.barrier.open()
        await world.all_ended()
    cost = await world.check(f"Postgres away for {AWAY:g} s, leases of 1 s")
    assert (cost.sent, cost.wasted, cost.bodies) == (4 * HALF, 0, 2 * HALF)


async def test_postgres_crashes_again_and_again_under_load(
    mortal_world: World, mortal: MortalServer, fake: FakeClaude
):
    world, runs, crashes = mortal_world, 30, 3
    await world.open(**QUICK)
    for _ in range(2):
        await world.fleet.start(world.dsn, "--concurrency", "3")
    await world.start_runs(runs)
    world.fault_now()
    for number in range(1, crashes + 1):
        share = 2 * runs * number // (crashes + 1)
        await asyncio.to_thread(fake.journal.wait_for, lambda j, n=share: len(j) >= n, HANGING)
        await mortal.crash()
    await world.all_ended()
    cost = await world.check(f"Postgres crashed {crashes} times under load")
    assert (cost.sent, cost.wasted, cost.bodies) == (2 * runs, 0, runs)


@pytest.fixture
async def replicated(mortals: Databases, fake: FakeClaude, barrier: Barrier, fleet: Fleet, tally: Tally):
    """A database on two servers; a commit on the first waits for the second."""
    database = mortals.deployed()
    standby = Standby(mortals.server)
    await asyncio.to_thread(standby.start)
    with mortals.server.connect() as conn:
        conn.execute("alter system set synchronous_standby_names = '*'")
        conn.execute("select pg_reload_conf()")
    world = World(either(database.dsn, standby.server.dsn(database.name)), fake, barrier, fleet, tally)
    yield world, standby
    await world.close()
    await fleet.stop()
    standby.stop()


async def test_a_replica_takes_over(
    replicated: tuple[World, Standby], mortal: MortalServer, fake: FakeClaude
):
    """The last test here: the first server does not come back."""
    world, standby = replicated
    await world.open(**QUICK)
    with Gate() as gate:
        await in_flight(world, fake, gate, world.dsn)
        world.fault_now()
        await mortal.stop_immediately()
        gate.open()
        world.barrier.open()
        await standby.promote()
        await world.all_ended()
    later = await world.run()
    await world.all_ended()
    assert await world.state(later) == "completed"
    with psycopg.connect(world.dsn) as conn:
        assert conn.info.host == str(standby.server.socket_folder)
    cost = await world.check("failover to a synchronous replica")
    assert (cost.sent, cost.wasted, cost.bodies) == (4 * HALF + 2, 0, 2 * HALF + 1)
