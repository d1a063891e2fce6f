"""Everything at once: cut connections, faults, cancels, a drained executor. Every run still ends, once."""

from __future__ import annotations

import asyncio
import random
from uuid import UUID

from agentpg_executor.testing import FakeRequest, Turn, call, cut, error_event, fault, reply, text
from agentpg_executor.tools import ToolContext, ToolSnooze, tool
from executor.conftest import Workplace

RUNS = 40


async def test_every_run_ends_once_whatever_is_cut_failed_or_cancelled(work: Workplace):
    chance = random.Random(7)
    done: dict[str, int] = {}

    @tool(max_attempts=6)
    async def step(n: int, context: ToolContext) -> str:
        await asyncio.sleep(chance.random() * 0.02)
        if chance.random() < 0.15:
            raise ConnectionError("flaky")
        if chance.random() < 0.1:
            raise ToolSnooze(0.01)
        done[context.tool_use_id] = done.get(context.tool_use_id, 0) + 1
        return str(n)

    @tool
    def also(n: int) -> int:
        return n

    def answer(request: FakeRequest) -> Turn:
        rounds = request.position
        good = text("The end.") if rounds >= 3 else reply(call("step", n=rounds), call("also", n=rounds))
        dice = chance.random()
        if dice < 0.08:
            return fault(529, retry_after=0)
        if dice < 0.16:
            return error_event(good, after=3)
        if dice < 0.24:
            return cut(good, after=3)
        return good

    work.configure(
        model_retry_base="20 milliseconds", max_model_attempts="30", heartbeat_interval="500 milliseconds"
    )
    work.configure(lease_ttl="4 seconds", poll_interval="1 second")
    work.configure(max_model_attempts="30", max_rescue_attempts="30")
    work.fake.script([answer], match=lambda request: True, repeat=True)
    executors = [await work.started(step, also, grace_period=0.2) for _ in range(2)]
    agent_id = await work.agent(step, also)
    run_ids = [await work.run(agent_id, f"go {n}") for n in range(RUNS)]
    stop, calm = asyncio.Event(), asyncio.Lock()

    async def disturb() -> None:
        while not stop.is_set():
            await asyncio.sleep(0.1)
            async with calm:
                await asyncio.to_thread(
                    work.conn.execute,
                    "select pg_terminate_backend(pid) from pg_stat_activity"
                    " where datname = current_database() and application_name ~ 'executor' and random() < .3",
                )

    async def cancel_some() -> list[UUID]:
        chosen = chance.sample(run_ids, 6)
        for run_id in chosen:
            await asyncio.sleep(0.1)
            await work.client.cancel_run(run_id)
        return chosen

    disturbing = asyncio.create_task(disturb())
    cancelled = await cancel_some()
    await executors[0].stop()
    async with calm:
        executors.append(await work.started(step, also))
    responses = [await work.end(run_id, 40) for run_id in run_ids]
    stop.set()
    await disturbing
    for run_id, response in zip(run_ids, responses, strict=True):
        assert response.state.value == "completed" or (
            response.state.value == "cancelled" and run_id in cancelled
        ), (response.state, response.error_message)
    assert sum(executor.stats.unexpected_errors for executor in executors) == 0
    broken = work.rows(
        "select r.run_id from agentpg.run_inputs r where exists ("
        "  select from agentpg.tool_executions e where e.run_id = r.run_id and e.completed_at is null)"
    )
    assert broken == []
