"""One question, one answer: a client, and an executor in the same process.

DATABASE_URL=postgresql://localhost/app ANTHROPIC_API_KEY=… python examples/hello.py
"""

from __future__ import annotations

import asyncio

from agentpg import AsyncClient
from agentpg_executor import Executor


async def main() -> None:
    async with AsyncClient() as client, Executor():
        agent = await client.get_or_create_agent(
            "greeter", model="claude-haiku-5-5", system_prompt="Answer in one short sentence."
        )
        session_id = await client.new_session()
        response = await client.run_fast_sync(session_id, agent.id, "Hello! Who are you?")
        print(response.text)
        usage = response.usage
        print(f"{usage.total_input} tokens in, {usage.output_tokens} out, ${response.cost_usd}")


asyncio.run(main())
