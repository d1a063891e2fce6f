"""Two tools, one async and one plain function, and what the database knows about their calls.

DATABASE_URL=postgresql://localhost/app ANTHROPIC_API_KEY=… python examples/tools.py
"""

from __future__ import annotations

import asyncio
from typing import Annotated, Literal

from agentpg import AsyncClient
from agentpg_executor import Executor, ToolContext, ToolError, tool
from agentpg_executor.events import Event, TextDelta, ToolFinished, ToolStarted
from pydantic import Field

STOCK = {"umbrella": 3, "raincoat": 0}


@tool
async def in_stock(item: Annotated[str, Field(description="singular, lower case")]) -> dict[str, int | str]:
    """Says how many of an item are in stock."""
    await asyncio.sleep(0)  # a real tool would ask a database or a service here
    if item not in STOCK:
        raise ToolError(f"there is no item {item!r}; there are {', '.join(STOCK)}")
    return {"item": item, "count": STOCK[item]}


@tool(timeout=10, max_attempts=3)
def order(item: str, count: int, speed: Literal["normal", "fast"], context: ToolContext) -> str:
    """Orders an item for the customer.

    Args:
        item: what to order
        count: how many
        speed: how fast it should come
    """
    # Plain functions run in threads. The same tool_use_id comes again if this call has to be repeated.
    customer = context.require("customer", str)
    return f"ordered {count} x {item} ({speed}) for {customer}, order number {context.tool_use_id[-6:]}"


def show(event: Event) -> None:
    """Live, from the executor in this process."""
    match event:
        case TextDelta(text=text):
            print(text, end="", flush=True)
        case ToolStarted(name=name, input=given):
            print(f"\n  → {name} {dict(given)}")
        case ToolFinished(name=name, output=output, duration=seconds):
            print(f"  ← {name} ({seconds:.1f} s): {output}")
        case _:
            pass


async def main() -> None:
    async with AsyncClient() as client, Executor(tools=[in_stock, order], on_event=show):
        agent = await client.get_or_create_agent(
            "shop", model="claude-haiku-5-5", system_prompt="You run a shop.", tools=["in_stock", "order"]
        )
        response = await client.run_fast_sync(
            await client.new_session(),
            agent.id,
            "Order two umbrellas for me if you have them, fast please.",
            variables={"customer": "Ada"},
        )
        print("\n")
        for call in response.tool_calls:
            print(f"{call.name}: {call.state}, attempt {call.attempt}, {call.output}")


asyncio.run(main())
