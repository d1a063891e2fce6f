"""A worker is killed, or told to stop, between each two calls about a batch, and during each."""

from __future__ import annotations

import signal
from dataclasses import dataclass
from typing import Literal

import pytest
from agentpg_executor.testing import Gate, held, lost, text
from batches.world import PAST_EVERY_LEASE, BatchWorld
from survival.fleet import Worker
from survival.polling import HANGING
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
    """Holds a worker that comes to a point."""

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
            await self._gate.wait_reached(within=HANGING)
        else:
            await self._trap.wait_reached()

    def let_go(self) -> None:
        self._gate.open()
        if self._trap is not None:
            self._trap.release()


async def prepare(point: Point, world: BatchWorld) -> None:
    if point.large:
        world.fake.script([text("long " * 45_000)], match="Go", repeat=True)
    if point.answer_lost:
        world.fake.fail("batches.create", lost(), times=2)
    await world.open()
    world.fake.batches.seconds = 3600 if point.in_progress else 0


async def come_to(
    point: Point, world: BatchWorld, wire: PostgresProxy, wired: str, *arguments: str
) -> tuple[Worker, Stopping]:
    """A worker that stands at the point, with runs enough for a batch."""
    # A chunk of results ends with the line that makes it a megabyte.
    made = await world.create(2 * RUNS if point.large else RUNS)
    if not point.runs_leave:
        stopping = Stopping(point, world, wire)
        worker = world.launch(*arguments, over=wired)
    else:
        worker = world.launch(*arguments, over=wired)
        await worker.says(": sent as ")
        stopping = Stopping(point, world, wire)
        for run_id in made:
            await world.rows("select agentpg.cancel_run(%s)", run_id)
    await stopping.reached()
    return worker, stopping


@pytest.mark.parametrize("point", POINTS, ids=str)
async def test_batches_survive_sigkill_and_then_sigterm(
    point: Point, world: BatchWorld, wire: PostgresProxy, wired: str
):
    """The first worker is killed there, the second told to stop there; the third does what is left.

    Then there was one create call for each batch, and each request was billed once.
    """
    await prepare(point, world)
    victim, stopping = await come_to(point, world, wire, wired)
    await victim.kill()
    wire.cut()
    stopping.let_go()
    await world.advance()

    # The database answers within the grace period, the provider does not.
    grace = "0.2" if point.moment == "during" else "20"
    leaver, stopping = await come_to(point, world, wire, wired, "--grace", grace)
    leaver.send(signal.SIGTERM)
    await leaver.says("draining")
    if point.moment != "during":
        stopping.let_go()
    assert await leaver.ended() == 0, leaver.log
    stopping.let_go()
    await world.advance(3601 if point.in_progress else PAST_EVERY_LEASE)

    world.fake.batches.seconds = 0
    await world.start()
    await world.all_ended(states=["cancelled" if point.runs_leave else "completed"])
    batches = await world.batches()
    assert {batch["state"] for batch in batches} == {"ingested"}
    assert len(batches) == len(world.calls("create")) == 2
    # Of what nobody waits for, only that is billed which was done before it was cancelled.
    await world.check(calls=len(world.billed()) if point.runs_leave else None)
