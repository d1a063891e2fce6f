"""Several workers go for every step of every batch at once, and each step is done by one."""

from __future__ import annotations

from collections import Counter

from batches.world import BatchWorld
from fixtures.clock import Clock
from survival.polling import eventually
from survival.postgres_proxy import PostgresProxy
from survival.world import MODEL

BATCHES = 12


async def all_looked_again(world: BatchWorld, wire: PostgresProxy) -> None:
    """Until what was claimed is done, and the workers have asked for work eight times more."""
    held = "select count(*) from agentpg.batches where lease_token is not null"

    async def all_done() -> bool:
        return bool(await world.value(held) == 0)

    await eventually(all_done, "no batch is held")
    asked = wire.calls.count("claim_batch_polls")
    await eventually(lambda: wire.calls.count("claim_batch_polls") >= asked + 8, "the workers ask for work")


async def test_one_create_one_look_one_ingestion_whoever_is_first(
    world: BatchWorld, wire: PostgresProxy, wired: str, clock: Clock
):
    """The clock stands still: what is due, is due once."""
    await world.open(
        batch_max_requests="5",
        batch_max_wait="1 second",
        batch_poll_interval="10 seconds",
        batch_max_poll_interval="10 seconds",
        max_model_attempts="5",
    )
    world.fake.batches.seconds = 3600
    clock.freeze()
    await world.create(5 * BATCHES)
    for _ in range(2):
        await world.start("--max-batches", "4", over=wired)
    await eventually(lambda: len(world.calls("create")) == BATCHES, "all is sent")
    for interval in range(1, 4):
        await all_looked_again(world, wire)
        assert len(world.calls("create")) == BATCHES
        assert len(world.calls("retrieve")) == BATCHES * (interval - 1), "a look that was not due"
        # Heartbeats keep up with the clock.
        clock.advance(11.5)
        await eventually(
            lambda n=interval: len(world.calls("retrieve")) >= BATCHES * n, f"look {interval} at all batches"
        )
    await all_looked_again(world, wire)
    looks = Counter(entry.batch_id for entry in world.calls("retrieve"))
    assert set(looks.values()) == {3}, "one look for each batch and interval"
    world.fake.batches.end_all()
    clock.advance(11.5)
    await world.all_ended()
    assert set(Counter(entry.batch_id for entry in world.calls("results")).values()) == {1}
    assert wire.calls.count("record_batch_ingested") == BATCHES
    await world.check()


async def test_three_workers_race_through_the_turns(world: BatchWorld):
    """Nothing is due by a clock that a test holds; everything is due all the time."""
    await world.open(
        turns=3,
        batch_max_requests="7",
        batch_poll_interval="10 milliseconds",
        batch_max_poll_interval="10 milliseconds",
    )
    world.fake.batches.seconds = 0.1
    for _ in range(3):
        await world.start()
    await world.create(60)
    await world.all_ended()
    batches = await world.batches()
    assert len(world.calls("create")) == len(batches) == world.accepted()
    assert sum(batch["request_count"] for batch in batches) == 180
    assert set(Counter(entry.batch_id for entry in world.calls("results")).values()) == {1}
    assert len(world.calls("list")) == len(world.calls("cancel")) == 0
    await world.check()


async def test_both_kinds_of_work_at_once(world: BatchWorld):
    """Streamed runs are served beside batches, in the same workers."""
    await world.open(turns=2)
    world.fake.batches.seconds = 0.1
    for _ in range(2):
        await world.start()
    await world.create(10)
    streamed = await world.rows(
        "select agentpg.create_run(agentpg.create_session(), a.id, format('Stream %%s.', n)) as id"
        " from agentpg.agents a, generate_series(1, 10) n where a.model = %s",
        MODEL,
    )
    world.runs += [row["id"] for row in streamed]
    await world.all_ended()
    assert len(world.fake.journal.messages) == 20
    assert sum(entry.billed for entry in world.fake.journal.of("batch_item")) == 20
    await world.check()
