"""The real SDK, and the fake in a process of its own, over sockets: how much of a run's time is ours?

Before the clock runs, the same model calls are made without runs, as many at once: by the executor's own
caller (the SDK's client without its pydantic objects), and by the SDK's stream helper, as a program without
durable runs would make them. Ours is what a run takes beyond the first, and beyond the second.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from agentpg import AsyncClient
from agentpg_executor.executor import Executor
from agentpg_executor.model import ModelCaller, make_client
from anthropic import AsyncAnthropic

from bench.fake import API_KEY, Fake
from bench.noop_model import TEXT
from bench.product import MODEL, check_completed, create_runs, make_agent, noop
from bench.subject import Subject

TOOL = {"name": "noop", "description": "Does nothing.", "input_schema": {"type": "object"}}


def script(iterations: int) -> dict[str, Any]:
    """Each conversation: so many answers that call the tool, and one that ends it."""
    calls: list[Any] = [{"reply": [TEXT, {"call": "noop", "input": {}}]} for _ in range(iterations)]
    return {"scripts": [{"turns": [*calls, TEXT], "per_conversation": True, "repeat": True}]}


Call = Callable[[dict[str, Any]], Awaitable[list[Any]]]
"""One model call: the request, and the content of its answer."""


def bare(client: AsyncAnthropic) -> Call:
    """As the executor calls."""
    caller = ModelCaller(client)

    async def call(request: dict[str, Any]) -> list[Any]:
        content: list[Any] = (await caller.call(request)).message["content"]
        return content

    return call


def helper(client: AsyncAnthropic) -> Call:
    """As the SDK's documentation calls."""

    async def call(request: dict[str, Any]) -> list[Any]:
        async with client.messages.stream(**request) as stream:
            message = await stream.get_final_message()
        return [block.model_dump(exclude_none=True, exclude={"parsed_output"}) for block in message.content]

    return call


async def converse(call: Call, iterations: int) -> None:
    """The model calls of one run, and nothing else of it."""
    messages: list[Any] = [{"role": "user", "content": [{"type": "text", "text": "Go."}]}]
    request: dict[str, Any] = {"model": MODEL, "max_tokens": 4096, "messages": messages}
    if iterations:
        request["tools"] = [TOOL]
    for number in range(iterations + 1):
        content = await call(request)
        if number < iterations:
            result = {"type": "tool_result", "tool_use_id": content[-1]["id"], "content": TEXT}
            messages.append({"role": "assistant", "content": content})
            messages.append({"role": "user", "content": [result]})


async def alone(
    fake: Fake, runs: int, iterations: int, at_once: int, way: Callable[[AsyncAnthropic], Call] = bare
) -> float:
    """Seconds for each run's model calls."""
    client = make_client(api_key=API_KEY, base_url=fake.base_url)
    call = way(client)
    places = asyncio.Semaphore(at_once)

    async def one() -> None:
        async with places:
            await converse(call, iterations)

    await asyncio.gather(*(one() for _ in range(at_once)))
    begun = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(runs)))
    seconds = time.perf_counter() - begun
    await client.close()
    return seconds / runs


def executor(subject: Subject, fake: Fake, at_once: int) -> Executor:
    return Executor(
        subject.dsn,
        tools=[noop],
        api_key=API_KEY,
        base_url=fake.base_url,
        max_concurrent_runs=at_once,
    )


@dataclass(frozen=True)
class Alone:
    """Seconds for the model calls of a run, without a run."""

    bare: float
    helper: float


async def many(subject: Subject, fake: Fake, runs: int, iterations: int, at_once: int, sdk: Alone) -> None:
    """All are created before."""
    working = executor(subject, fake, at_once)
    wanted = runs * (iterations + 1)
    subject.start({"fake": fake.pid})
    begun = time.perf_counter()
    async with working:
        while working.stats.model_calls < wanted or working.stats.active_runs:  # noqa: ASYNC110
            await asyncio.sleep(0.002)
        _end(subject, runs, iterations, time.perf_counter() - begun, sdk)


async def one_by_one(
    subject: Subject, fake: Fake, agent_id: str, runs: int, iterations: int, sdk: Alone
) -> None:
    """A client in the same process starts one, waits for its result, and starts the next."""
    async with executor(subject, fake, 16), AsyncClient(subject.dsn) as client:
        sessions = [await client.new_session() for _ in range(runs + 1)]
        await client.run_fast_sync(sessions.pop(), agent_id, "Go.")
        subject.start({"fake": fake.pid})
        begun = time.perf_counter()
        for session_id in sessions:
            await client.run_fast_sync(session_id, agent_id, "Go.")
        _end(subject, runs, iterations, time.perf_counter() - begun, sdk)


def _end(subject: Subject, runs: int, iterations: int, seconds: float, sdk: Alone) -> None:
    figures = {
        "ms a run": seconds / runs * 1000,
        "executor's call alone, ms": sdk.bare * 1000,
        "ours beyond it": max(0.0, 1 - sdk.bare * runs / seconds),
        "SDK's stream helper alone, ms": sdk.helper * 1000,
        "ours beyond that": max(0.0, 1 - sdk.helper * runs / seconds),
    }
    if iterations:
        figures["iterations/s"] = runs * iterations / seconds
    subject.end(runs, seconds=seconds, figures=figures)


def main() -> None:
    subject = Subject.from_arguments()
    runs, iterations, at_once = (subject.number(name) for name in ("runs", "iterations", "at_once"))
    agent_id = make_agent(subject.dsn, tools="{noop}" if iterations else "{}")
    with Fake(script(iterations)) as fake:
        times = [asyncio.run(alone(fake, runs, iterations, at_once, way)) for way in (bare, helper)]
        sdk = Alone(*times)
        if at_once == 1:
            asyncio.run(one_by_one(subject, fake, agent_id, runs, iterations, sdk))
        else:
            create_runs(subject.dsn, agent_id, runs)
            asyncio.run(many(subject, fake, runs, iterations, at_once, sdk))
    check_completed(subject.dsn, runs)


if __name__ == "__main__":
    main()
