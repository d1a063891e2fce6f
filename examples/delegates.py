"""An author that gives parts of its work to two other agents, and the tree of runs that comes of it.

DATABASE_URL=postgresql://localhost/app ANTHROPIC_API_KEY=… python examples/delegates.py
"""

from __future__ import annotations

import asyncio

from agentpg import AsyncClient
from agentpg_executor import Executor

MODEL = "claude-haiku-5-5"


async def main() -> None:
    async with AsyncClient() as client, Executor():
        researcher = await client.get_or_create_agent(
            "researcher", model=MODEL, description="Finds out facts about an animal."
        )
        editor = await client.get_or_create_agent(
            "editor", model=MODEL, description="Makes a text short and clear."
        )
        author = await client.get_or_create_agent("author", model=MODEL, agents=[researcher, editor])
        response = await client.run_fast_sync(
            await client.new_session(), author.id, "Write two sentences on the otter, researched and edited."
        )
        print(response.text)
        tree = await client.run_tree(response.run_id)
        for node in tree:
            print(f"{node.path:<6} {node.agent_name:<12} {node.state}  {node.prompt}")
        print(f"{tree[0].total_runs} runs, {tree[0].total_output_tokens} tokens out")


asyncio.run(main())
