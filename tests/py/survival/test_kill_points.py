"""SIGKILL between each two calls of an executor, and while it waits for the model or a tool."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from agentpg_executor.testing import FakeClaude, fault
from fixtures.clock import Clock
from survival.postgres_proxy import Moment, PostgresProxy
from survival.world import QUICK, World

PAST_EVERY_LEASE = 30


@dataclass(frozen=True)
class Point:
    """Where the executor dies, how the run gets there, and what it then costs in all.

    Without a fault a run costs two model calls and one tool body. `skip` is how many such calls pass. Of an
    `idle` executor, which has nothing to do yet, the run is created after its death.
    """

    function: str
    moment: Moment
    sent: int = 2
    wasted: int = 0
    bodies: int = 1
    skip: int = 0
    before: str = ""
    rows: bool = False
    idle: bool = False

    def __str__(self) -> str:
        number = f"_{self.skip + 1}" if self.skip else ""
        return f"{self.moment}_{self.function}{number}"


POINTS = [
    Point("register_instance", "before"),
    Point("register_instance", "after"),
    Point("register_tools", "before"),
    Point("register_tools", "after"),
    Point("run_maintenance", "before", idle=True),
    Point("run_maintenance", "after", idle=True),
    Point("claim_runs", "before"),
    Point("claim_runs", "after", rows=True),
    Point("record_response", "before", sent=3, wasted=1),
    Point("record_response", "after"),
    Point("record_failure", "before", sent=3, before="refuse"),
    Point("record_failure", "after", sent=3, before="refuse"),
    Point("complete_tool", "before", bodies=2),
    Point("complete_tool", "after"),
    Point("fail_tool", "before", bodies=2, before="raise"),
    Point("fail_tool", "after", bodies=2, before="raise"),
    Point("snooze_tool", "before", bodies=2, before="snooze"),
    Point("snooze_tool", "after", bodies=2, before="snooze"),
    Point("record_response", "before", skip=1, sent=3, wasted=1),
    Point("record_response", "after", skip=1),
]


@pytest.fixture(autouse=True)
async def prepared(world: World) -> None:
    await world.open(**QUICK)


@pytest.mark.parametrize("point", POINTS, ids=str)
async def test_a_run_survives_sigkill(
    point: Point, world: World, wire: PostgresProxy, wired: str, fake: FakeClaude, clock: Clock
):
    if point.before == "refuse":
        fake.fail("messages", fault(500))
    elif point.before:
        world.barrier.answers.append(point.before)
    skipped = [wire.trap(point.function, point.moment) for _ in range(point.skip)]
    for trap in skipped:
        trap.release()
    trap = wire.trap(point.function, point.moment, rows=point.rows)
    if not point.idle:
        await world.run()
    victim = world.fleet.launch(wired)
    await trap.wait_reached()

    world.fault_now()
    await victim.kill()
    wire.cut()
    trap.release()
    if point.idle:
        await world.run()
    clock.advance(PAST_EVERY_LEASE)
    await world.fleet.start(world.dsn)

    await world.all_ended()
    cost = await world.check(f"SIGKILL {str(point).replace('_', ' ', 1)}")
    assert (cost.sent, cost.wasted, cost.bodies) == (point.sent, point.wasted, point.bodies)
