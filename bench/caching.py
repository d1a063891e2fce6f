"""What the prompt cache is worth over a tool loop of 20 model calls, and what a careless loop loses.

    python bench/caching.py "postgresql://..."

The same loop, against the fake Claude and its simulation of the cache, which knows prefixes, marks, minimums
and expiry but counts four bytes as a token: the shares are what to compare, not the tokens. Three ways:

- agentpg: an agent with two tools, run by an executor;
- no marks: the requests that somebody builds by hand who sets no `cache_control`;
- a clock: the same with the automatic mark, and with the time of the request in the system prompt.

The database needs the schema (agentpg migrate) and nobody else at work; rows are left in it.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from agentpg import AsyncClient
from agentpg_executor.executor import Executor
from agentpg_executor.testing import FakeClaude, Turn, call, reply
from agentpg_executor.tools import tool
from anthropic import AsyncAnthropic

MODEL = "claude-sonnet-5-5"
CALLS = 20
SYSTEM = "Answer from the handbook alone, page by page, and say where you found it. " * 120
PAGE = "It says what it says, and a little more than that. " * 30
# USD per million tokens: uncached, written for five minutes, read, answered.
PRICES = {"input": 2.0, "write": 2.5, "read": 0.1, "output": 10.0}


@tool
async def look_up(page: int) -> str:
    """One page of the handbook."""
    return f"Page {page}. {PAGE}"


@tool
async def put_away(page: int) -> str:
    """Puts a page away."""
    return f"Page {page} is put away."


def script() -> list[Turn | str]:
    return [*(reply(call("look_up", page=page)) for page in range(CALLS - 1)), "Read."]


async def ours(dsn: str, fake: FakeClaude) -> None:
    fake.script(script())
    async with (
        AsyncClient(dsn) as client,
        Executor(dsn, tools=[look_up, put_away], api_key=fake.api_key, base_url=fake.base_url),
    ):
        agent = await client.get_or_create_agent(
            "bench caching", model=MODEL, system_prompt=SYSTEM, tools=["look_up", "put_away"]
        )
        run_id = await client.run_fast(await client.new_session(), agent.id, "Read the handbook.")
        await client.wait_for_run(run_id, timeout=60)
        (cost,) = await client.costs("run", run_id=run_id)
        written = cost.cache_write_5m_tokens + cost.cache_write_1h_tokens
        show("agentpg", cost.input_tokens, written, cost.cache_read_tokens, cost.output_tokens)


async def by_hand(fake: FakeClaude, name: str, *, marked: bool, clock: bool) -> None:
    fake.script(script())
    tools: Any = [look_up.definition(), put_away.definition()]
    messages: list[Any] = [{"role": "user", "content": "Read the handbook."}]
    used: dict[str, int] = {"input": 0, "write": 0, "read": 0, "output": 0}
    extra: dict[str, Any] = {"cache_control": {"type": "ephemeral"}} if marked else {}
    async with AsyncAnthropic(api_key=fake.api_key, base_url=fake.base_url) as api:
        create: Any = api.messages.create
        for number in range(CALLS):
            system = f"It is 10:{number // 60:02}:{number % 60:02}. {SYSTEM}" if clock else SYSTEM
            answer: Any = await create(
                model=MODEL, max_tokens=4096, system=system, tools=tools, messages=messages, **extra
            )
            used["input"] += answer.usage.input_tokens
            used["write"] += answer.usage.cache_creation_input_tokens or 0
            used["read"] += answer.usage.cache_read_input_tokens or 0
            used["output"] += answer.usage.output_tokens
            messages.append({"role": "assistant", "content": [block.to_dict() for block in answer.content]})
            results = [
                {"type": "tool_result", "tool_use_id": block.id, "content": f"Page {number}. {PAGE}"}
                for block in answer.content
                if block.type == "tool_use"
            ]
            messages.append({"role": "user", "content": results})
    show(name, used["input"], used["write"], used["read"], used["output"])


def show(name: str, uncached: int, written: int, read: int, output: int) -> None:
    whole = uncached + written + read
    cost = (
        uncached * PRICES["input"]
        + written * PRICES["write"]
        + read * PRICES["read"]
        + output * PRICES["output"]
    ) / 1_000_000
    print(f"{name:<10} {whole:>9,} {uncached:>9,} {written:>9,} {read:>9,} {read / whole:>7.1%} ${cost:.4f}")


async def main(dsn: str) -> None:
    print(f"{'':<10} {'prompt':>9} {'uncached':>9} {'written':>9} {'read':>9} {'share':>7} cost")
    async with FakeClaude() as fake:
        await ours(dsn, fake)
    async with FakeClaude() as fake:
        await by_hand(fake, "no marks", marked=False, clock=False)
    async with FakeClaude() as fake:
        await by_hand(fake, "a clock", marked=True, clock=True)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    asyncio.run(main(sys.argv[1]))
