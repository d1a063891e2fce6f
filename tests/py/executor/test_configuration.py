"""What `configure()` changes reaches executors that run."""

from __future__ import annotations

import asyncio

from agentpg_executor.testing import call, reply
from agentpg_executor.tools import tool
from executor.conftest import Workplace, eventually


async def test_a_running_executor_follows_changed_limits_of_tools(work: Workplace):
    work.configure(heartbeat_interval="100 milliseconds", poll_interval="1 second")

    @tool
    async def wait() -> str:
        await asyncio.sleep(1.0)
        return "waited"

    work.fake.script([reply(call("wait")), "Done."], per_conversation=True)
    await work.started(wait)
    agent_id = await work.agent(wait)

    async def is_cut_short() -> bool:
        run_id = await work.run(agent_id)
        await work.end(run_id)
        (result,) = work.tool_results(run_id)
        return bool(result.get("is_error"))

    assert not await is_cut_short()
    work.configure(tool_timeout="50 milliseconds", tool_max_attempts="1")
    await eventually(is_cut_short, "the shorter timeout counts", 20)
