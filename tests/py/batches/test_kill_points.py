"""A worker is killed, or told to stop, between each two calls about a batch, and during each."""

from __future__ import annotations

import signal
from dataclasses import dataclass
from typing import Literal

import pytest
from agentpg_executor.testing import Gate, held, lost, text
from batches.world import BatchWorld
from survival.fleet import Worker
from survival.postgres_proxy import PostgresProxy

RUNS = 3


@dataclass(frozen=True)
class Point:
    """Where the worker is stopped: before or after a call of the database, or during one of the provider.

    `after`: once the provider has done what it was asked to, and its answer is on the way. `skip` is how many
    such calls pass. `answer_lost`: the first create call is accepted and its answer lost, so that the batch
    is looked for. `runs_leave`: all runs are cancelled once the batch is sent. `in_progress`: the batch has
    not ended when the worker is stopped. `large`: the results come in several chunks.
    """

    moment: Literal["before", "after", "during"]
    call: str
    rows: bool = False
    skip: int = 0
    answer_lost: bool = False
    runs_leave: bool = False
    in_progress: bool = False
    large: bool = False

    def __str__(self) -> str:
        number = f"_{self.skip + 1}" if self.skip else ""
        return f"{self.moment}_{self.call.replace('.', '_')}{number}"


POINTS = [
    Point("after", "claim_batch", rows=True),
    Point("before", "start_batch_submission"),
    Point("after", "start_batch_submission"),
    Point("during", "create"),
    Point("before", "record_batch_submitted"),
    Point("after", "record_batch_submitted"),
    Point("after", "claim_batch_polls", rows=True),
    Point("during", "retrieve"),
    Point("before", "record_batch_status", in_progress=True),
    Point("after", "record_batch_status", in_progress=True),
    Point("after", "record_batch_status"),
    Point("during", "results"),
    Point("before", "record_batch_results"),
    Point("after", "record_batch_results", large=True),
    Point("before", "record_batch_results", skip=1, large=True),
    Point("before", "record_batch_ingested"),
    Point("after", "record_batch_ingested"),
    Point("during", "list", answer_lost=True),
    Point("before", "record_batch_candidates", answer_lost=True),
    Point("after", "record_batch_candidates", answer_lost=True),
    Point("before", "record_batch_proof", answer_lost=True),
    Point("after", "record_batch_proof", answer_lost=True),
    Point("after", "claim_batch_cancellations", rows=True, runs_leave=True, in_progress=True),
    Point("during", "cancel", runs_leave=True, in_progress=True),
]


class Stopping:
    """Takes a worker to a point and holds it there."""

    def __init__(self, point: Point, world: BatchWorld, wire: PostgresProxy) -> None:
        self._gate = Gate()
        self._trap = None
        if point.moment == "during":
            world.fake.fail(f"batches.{point.call}", held("Late.", self._gate), skip=point.skip)
            return
        for _ in range(point.skip):
            wire.trap(point.call, point.moment, rows=point.rows).release()
        self._trap = wire.trap(point.call, point.moment, rows=point.rows)

    async def reached(self) -> None:
        if self._trap is None:
            await self._gate.wait_reached()
        else:
            await self._trap.wait_reached()

    def let_go(self) -> None:
        self._gate.open()
        if self._trap is not None:
            self._trap.release()


async def come_to(
    point: Point, world: BatchWorld, wire: PostgresProxy, wired: str, *grace: str
) -> tuple[Worker, Stopping]:
    """Some runs, and a worker that stands at the point."""
    if point.large:
        world.fake.script([text("long " * 45_000)], match="Go", repeat=True)
    if point.answer_lost:
        world.fake.fail("batches.create", lost())
    await world.open()
    world.fake.batches.seconds = 3600 if point.in_progress else 0
    stopping = Stopping(point, world, wire)
    # A chunk of results ends with the line that makes it a megabyte.
    await world.create(2 * RUNS if point.large else RUNS)
    worker = world.launch(*grace, over=wired)
    if point.runs_leave:
        await worker.says(": sent as ")
        for run_id in world.runs:
            await world.rows("select agentpg.cancel_run(%s)", run_id)
    await stopping.reached()
    return worker, stopping


async def everything_ends(point: Point, world: BatchWorld) -> None:
    """Another worker finishes it: one create call, each request billed at most once."""
    await world.advance()
    if point.in_progress:
        await world.advance(3600)
    await world.start()
    await world.all_ended(states=["cancelled" if point.runs_leave else "completed"])
    assert len(world.calls("create")) == 1
    assert [batch["state"] for batch in await world.batches()] == ["ingested"]
    # Of what nobody waits for, only that is billed which was done before it was cancelled.
    await world.check(calls=len(world.billed()) if point.runs_leave else None)


@pytest.mark.parametrize("point", POINTS, ids=str)
async def test_a_batch_survives_sigkill(point: Point, world: BatchWorld, wire: PostgresProxy, wired: str):
    victim, stopping = await come_to(point, world, wire, wired)
    await victim.kill()
    wire.cut()
    stopping.let_go()
    await everything_ends(point, world)


@pytest.mark.parametrize("point", POINTS, ids=str)
async def test_a_batch_survives_sigterm(point: Point, world: BatchWorld, wire: PostgresProxy, wired: str):
    """The database answers within the grace period, the provider does not."""
    grace = "0.2" if point.moment == "during" else "20"
    worker, stopping = await come_to(point, world, wire, wired, "--grace", grace)
    worker.send(signal.SIGTERM)
    await worker.says("draining")
    if point.moment != "during":
        stopping.let_go()
    assert await worker.ended() == 0, worker.log
    stopping.let_go()
    await everything_ends(point, world)
