"""Postgres goes down, at once and without a checkpoint, while a batch is sent or its results arrive."""

from __future__ import annotations

import asyncio

from agentpg_executor.testing import Gate, held, text
from batches.world import BatchWorld
from survival.polling import eventually
from survival.postgres_proxy import PostgresProxy
from survival.routes import socket_of, through
from survival.servers import MortalServer

RUNS = 6


async def test_the_answer_to_a_create_call_is_recorded_when_postgres_is_back(
    mortal_world: BatchWorld, mortal: MortalServer
):
    world = mortal_world
    await world.open()
    with Gate() as gate:
        world.fake.fail("batches.create", held("Late.", gate))
        await world.create(RUNS)
        await world.start()
        await gate.wait_reached()
        await mortal.stop_immediately()
        gate.open()
        await asyncio.to_thread(
            world.fake.journal.wait_for, lambda journal: all(e.outcome for e in journal.of("batches.create"))
        )
        await mortal.come_back()
    await world.all_ended()
    assert len(world.calls("create")) == 1
    assert not world.calls("list"), "its worker knew all the time that it was accepted"
    await world.check()


async def test_results_go_on_where_they_were_when_postgres_is_back(
    mortal_world: BatchWorld, mortal: MortalServer
):
    """It goes down between two chunks; what was committed stays, the rest is sent again."""
    world = mortal_world
    world.fake.script([text("long " * 45_000)], match="Go", repeat=True)
    await world.open()
    async with PostgresProxy(socket_of(world.dsn)) as wire:
        wire.trap("record_batch_results", "before").release()
        trap = wire.trap("record_batch_results", "before")
        await world.create(RUNS)
        await world.start(over=through(world.dsn, wire))
        await trap.wait_reached()
        await mortal.stop_immediately()
        trap.release()
        wire.cut()
        await mortal.come_back()
        await world.all_ended()
    assert len(world.calls("create")) == len(world.calls("results")) == 1
    await world.check()


async def test_postgres_crashes_again_and_again_under_batches(mortal_world: BatchWorld, mortal: MortalServer):
    world, crashes = mortal_world, 3
    await world.open(turns=3, batch_max_requests="10")
    for _ in range(2):
        await world.start()
    await world.create(30)
    for number in range(1, crashes + 1):
        await eventually(lambda n=number: len(world.calls("results")) >= 2 * n, "some results")
        await mortal.crash()
    await world.all_ended()
    assert world.accepted() == len(world.calls("create"))
    await world.check()
