"""A server with an executor inside: open both when the app starts, close both when it ends.

A line in is a question, a line out is the answer; one connection is one conversation. The same two lines of
`lifespan` fit the lifespan of any ASGI framework.

    DATABASE_URL=postgresql://localhost/app ANTHROPIC_API_KEY=… python examples/asyncio_app.py 8765
    nc 127.0.0.1 8765
"""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from agentpg import Agent, AgentPGError, AsyncClient
from agentpg_executor import Executor, tool


@tool
def opening_hours(day: str) -> str:
    """Says when the shop is open on a day of the week."""
    return "closed" if day.lower() == "sunday" else "9 to 18 o'clock"


@asynccontextmanager
async def lifespan() -> AsyncIterator[tuple[AsyncClient, Agent]]:
    """Everything the app needs from AgentPG. On the way out the executor drains."""
    async with AsyncClient() as client, Executor(tools=[opening_hours], grace_period=10):
        agent = await client.get_or_create_agent(
            "desk", model="claude-haiku-5-5", tools=["opening_hours"], system_prompt="Answer on one line."
        )
        yield client, agent


async def main(port: int) -> None:
    async with lifespan() as (client, agent):

        async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                session_id = await client.new_session()
                while question := (await reader.readline()).decode().strip():
                    try:
                        response = await client.run_fast_sync(session_id, agent.id, question, timeout=60)
                        answer = " ".join(response.text.split())
                    except AgentPGError as error:
                        answer = f"That did not work: {error.message}"
                    writer.write(f"{answer}\n".encode())
                    await writer.drain()
            finally:
                writer.close()

        stopped = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stopped.set)
        async with await asyncio.start_server(converse, "127.0.0.1", port) as server:
            print("listening on port", server.sockets[0].getsockname()[1], flush=True)
            await stopped.wait()


asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 8765))
