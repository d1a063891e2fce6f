"""What the API counts reaches the costs, and equal beginnings reach the API in equal bytes."""

from __future__ import annotations

import json
from typing import Any

from agentpg_executor.testing import call, reply, reset
from agentpg_executor.tools import tool
from executor.conftest import Workplace

LONG = "Answer from the handbook alone. " * 600


@tool
async def look_up(page: int) -> str:
    """One page of the handbook."""
    return f"Page {page}. " + "It says what it says. " * 40


@tool
async def archive(page: int) -> str:
    """Puts a page away."""
    return f"{page} is put away."


async def test_a_stream_that_breaks_off_is_paid_for(work: Workplace):
    work.fake.script([reset(reply("Never finished."), after=4), "Done."])
    work.configure(model_retry_base="10 ms")
    await work.started()
    run_id = await work.run(await work.agent())
    assert (await work.end(run_id)).text == "Done."
    (cost,) = await work.client.costs("run", run_id=run_id)
    assert (cost.calls, cost.failed_calls) == (1, 1)
    used = work.row(
        "select details -> 'usage' as usage from agentpg.failed_attempts where run_id = %s", run_id
    )
    assert used["usage"]["input_tokens"] > 0
    assert cost.failed_cost_usd is not None
    assert cost.failed_cost_usd > 0


async def test_a_loop_of_twenty_turns_is_read_from_the_cache(work: Workplace):
    turns = [reply(call("look_up", page=page)) for page in range(19)]
    work.fake.script([*turns, "Done."])
    await work.started(look_up, archive)
    agent = await work.agent(look_up, archive)
    await work.client.update_agent(agent, {"system_prompt": LONG})
    run_id = await work.run(agent, "Read the handbook.")
    assert (await work.end(run_id)).text == "Done."
    (cost,) = await work.client.costs("run", run_id=run_id)
    assert cost.calls == 20
    assert cost.cache_hit_rate is not None
    assert cost.cache_hit_rate > 0.9
    assert cost.cache_write_1h_tokens == 0


async def test_runs_of_equal_agents_begin_with_equal_bytes(work: Workplace):
    await work.started(look_up, archive)
    texts: list[str] = []
    for name in ("one", "two"):
        agent = await work.agent(look_up, archive, name=name)
        await work.client.update_agent(agent, {"system_prompt": LONG})
        for prompt in ("Hello.", "Good morning."):
            await work.end(await work.run(agent, prompt))
    for request in work.fake.journal.messages:
        params: dict[str, Any] = dict(request.body)
        del params["messages"]
        texts.append(json.dumps(params))
    assert len(texts) == 4
    assert len(set(texts)) == 1
    second = await work.client.costs("agent")
    assert sum(cost.cache_read_tokens for cost in second) > 0
