"""Three levels of agents, each with three delegates at once, under SIGKILL and cancels at random.

TREE_COUNT says how many trees of thirteen runs (4), TREE_SEED which chances.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
from uuid import UUID

import pytest
from agentpg_executor.testing import FakeClaude, FakeRequest, Turn, call, error_event, fault, reply, text
from agentpg_executor.tools import ToolRegistry
from psycopg.types.json import Jsonb
from survival import tools
from survival.fleet import Worker
from survival.world import MODEL, QUICK, SHORT_LEASES, World

TREES = int(os.environ.get("TREE_COUNT", "4"))
SEED = int(os.environ.get("TREE_SEED", "0")) or random.randrange(1, 1_000_000)
RUNS_OF_A_TREE = 13
ENDED = ("completed", "cancelled", "failed")
# Faults come far more often here than any limit expects.
LIMITS = {"max_model_attempts": "1000", "max_rescue_attempts": "1000", "tool_max_attempts": "1000"}
# Each call that was answered has one result in the transcript.
UNTOLD = """
select e.id, e.tool_name, e.state::text, count(b.block) as results
from agentpg.tool_executions e
left join agentpg.messages m on m.run_id = e.run_id and m.iteration_id = e.iteration_id and m.role = 'user'
left join lateral jsonb_array_elements(m.content) as b(block) on b.block ->> 'tool_use_id' = e.tool_use_id
group by e.id having e.completed_at is null or count(b.block) <> 1
"""
TOTALS = """
select n.total_runs as runs, n.total_input_tokens as input, n.total_output_tokens as output, (
  select array_agg(t.message_id) from agentpg.iterations t
  where t.message_id is not null and t.run_id in (select b.run_id from agentpg.run_tree(n.run_id) b)
) as message_ids, (
  select coalesce(sum(t.output_tokens), 0)::bigint from agentpg.iterations t
  where t.stop_reason is null and t.run_id in (select b.run_id from agentpg.run_tree(n.run_id) b)
) as aborted
from agentpg.run_tree(%s) n where n.path = '1'
"""


def sense(request: FakeRequest) -> Turn:
    """A manager asks three leads, each lead three workers and a tool, each worker a tool."""
    if request.position > 0:
        return text(f"{len(request.tool_results)} results.")
    if request.tools == ["work"]:
        return reply(call("work", n=1))
    if request.tools == ["lead"]:
        return reply(*(call("lead", task=f"part {n}") for n in range(3)))
    return reply(*(call("worker", task=f"{request.prompt}, piece {n}") for n in range(3)), call("work", n=2))


async def prepare(world: World, **settings: str) -> None:
    definitions = Jsonb(ToolRegistry([tools]).definitions())
    await world.rows("select agentpg.configure(%s)", Jsonb(settings))
    await world.rows("select agentpg.register_tools(null, %s)", definitions)
    below: list[UUID] = []
    for name, own in (("worker", ["work"]), ("lead", ["work"]), ("manager", [])):
        made = "select (agentpg.create_agent(%s, %s, tools => %s, agent_ids => %s)).id"
        below = [await world.value(made, name, MODEL, own, below)]


async def start_trees(world: World, count: int) -> None:
    for number in range(count):
        run_id: UUID = await world.value(
            "select agentpg.create_run(agentpg.create_session(), a.id, %s) from agentpg.agents a"
            " where a.name = 'manager'",
            f"tree {number}",
        )
        world.runs.append(run_id)


async def usage_agrees(world: World, fake: FakeClaude) -> int:
    """The sums over each tree are those of the answers that it recorded; returns how many runs there are."""
    given = {
        entry.response["id"]: entry.response["usage"] for entry in fake.journal.messages if entry.response
    }
    runs = 0
    for root in world.runs:
        (totals,) = await world.rows(TOTALS, root)
        usages = [given[message_id] for message_id in totals["message_ids"] or ()]
        assert totals["output"] - totals["aborted"] == sum(usage["output_tokens"] for usage in usages)
        runs += totals["runs"]
    return runs


async def test_a_calm_tree_costs_what_claude_billed(world: World, fake: FakeClaude):
    await prepare(world, **QUICK)
    fake.script([sense], match=lambda _: True, repeat=True)
    await world.fleet.start(world.dsn)
    await start_trees(world, 2)
    await world.all_ended()
    assert await usage_agrees(world, fake) == 2 * RUNS_OF_A_TREE
    billed = [entry.response["usage"] for entry in fake.journal.messages if entry.billed and entry.response]
    sums = [(await world.rows(TOTALS, root))[0] for root in world.runs]
    assert sum(each["output"] for each in sums) == sum(usage["output_tokens"] for usage in billed)
    assert sum(each["input"] for each in sums) == sum(
        usage["input_tokens"] + usage["cache_creation_input_tokens"] + usage["cache_read_input_tokens"]
        for usage in billed
    )
    assert await world.rows(UNTOLD) == []
    cost = await world.check("none: two trees of thirteen runs")
    assert (cost.sent, cost.wasted, cost.repeated) == (2 * 26, 0, 0)


@pytest.mark.timeout(120 + 10 * TREES)
async def test_trees_end_whoever_is_killed_and_whatever_is_cancelled(world: World, fake: FakeClaude):
    print(f"TREE_SEED={SEED}")
    chance = random.Random(SEED)
    await prepare(world, **SHORT_LEASES, **LIMITS)

    def answer(request: FakeRequest) -> Turn:
        dice = chance.random()
        if dice < 0.05:
            return fault(529, retry_after=0)
        if dice < 0.1:
            return error_event(sense(request), after=3)
        return sense(request)

    fake.script([answer], match=lambda _: True, repeat=True)
    workers = [await world.fleet.start(world.dsn) for _ in range(3)]
    await start_trees(world, TREES)
    world.fault_now()
    over = asyncio.Event()
    chaos = [asyncio.create_task(kill_some(world, workers, chance, over))]
    chaos.append(asyncio.create_task(cancel_some(world, chance, over)))
    try:
        await world.all_ended(40 + 8 * TREES, states=ENDED)
    finally:
        over.set()
        await asyncio.gather(*chaos)
    assert await world.value("select count(*) from agentpg.runs where finalized_at is null") == 0
    assert await world.rows(UNTOLD) == []
    runs = await usage_agrees(world, fake)
    assert runs == await world.value("select count(*) from agentpg.runs")
    killed = sum(1 for worker in workers if worker.exit_status is not None)
    cost = await world.check(f"SIGKILL and cancels at random in {TREES} trees")
    # What was answered and is not recorded died with a worker, or with its run: aborted by a cancel.
    assert killed > 0
    assert cost.recorded > 0


async def kill_some(world: World, workers: list[Worker], chance: random.Random, over: asyncio.Event) -> None:
    """Now and then a worker dies and another one starts."""
    while not over.is_set():
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(over.wait(), 0.2 + chance.random())
        alive = [worker for worker in workers if worker.exit_status is None]
        await chance.choice(alive).kill()
        workers.append(await world.fleet.start(world.dsn))


async def cancel_some(world: World, chance: random.Random, over: asyncio.Event) -> None:
    """Now and then somebody cancels a run: root, middle or leaf; fewer than half of the roots."""
    roots = set(chance.sample(world.runs, len(world.runs) // 3))
    while not over.is_set():
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(over.wait(), 0.3 + chance.random())
        open_runs = await world.rows(
            "select r.id, i.depth from agentpg.runs r join agentpg.run_inputs i on i.run_id = r.id"
            " where r.finalized_at is null order by r.id"
        )
        wanted = [row["id"] for row in open_runs if row["depth"] > 0 or row["id"] in roots]
        if wanted:
            await world.rows("select agentpg.cancel_run(%s, 'chaos')", chance.choice(wanted))
