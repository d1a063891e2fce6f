"""A call that waits for a person outlives its worker and the server; nothing is run twice or unasked."""

from __future__ import annotations

from agentpg_executor.testing import FakeClaude
from fixtures.databases import Database
from survival.polling import eventually
from survival.servers import MortalServer
from survival.world import QUICK, World

APPROVE_ALL = """
select agentpg.approve_tool(a.tool_execution_id, input_hash => a.input_hash) as first
from agentpg.list_approvals() a
"""
ASK = 'select agentpg.update_agent(a.id, \'{"config": {"approval": true}}\') from agentpg.agents a'
RUNS = 3


async def all_wait(world: World) -> None:
    await world.rows(ASK)
    await world.start_runs(RUNS)

    async def asked() -> bool:
        return bool(await world.value("select count(*) from agentpg.list_approvals()") == RUNS)

    await eventually(asked, f"{RUNS} calls wait")


async def test_a_killed_worker_takes_no_waiting_call_with_it(world: World, database: Database):
    await world.open(**QUICK)
    worker = await world.fleet.start(database.dsn)
    await all_wait(world)
    world.fault_now()
    await worker.kill()
    assert {row["first"] for row in await world.rows(APPROVE_ALL)} == {True}
    await world.fleet.start(database.dsn)
    await world.all_ended()
    cost = await world.check("worker killed while its calls wait for approval")
    assert (cost.sent, cost.wasted, cost.bodies) == (2 * RUNS, 0, RUNS)


async def test_a_crash_of_postgres_forgets_neither_the_question_nor_the_answer(
    mortal_world: World, mortal: MortalServer, fake: FakeClaude
):
    world = mortal_world
    await world.open(**QUICK)
    await world.fleet.start(world.dsn)
    await all_wait(world)
    await world.close()
    await mortal.stop_immediately()
    await mortal.come_back()
    world.fault_now()
    before = await world.rows("select tool_execution_id, input, reason from agentpg.list_approvals()")
    assert len(before) == RUNS
    assert {row["reason"] for row in before} == {"the agent asks for it"}
    assert {row["first"] for row in await world.rows(APPROVE_ALL)} == {True}
    await world.close()
    await mortal.stop_immediately()
    await mortal.come_back()
    await world.all_ended()
    cost = await world.check("Postgres crashed twice around an approval")
    assert (cost.sent, cost.wasted, cost.bodies) == (2 * RUNS, 0, RUNS)
