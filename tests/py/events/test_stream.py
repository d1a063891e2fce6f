"""Following a run: whole, in order, from anywhere, as often as one likes."""

from __future__ import annotations

import asyncio
from typing import Any

import psycopg
import pytest
from agentpg import AsyncClient, Client, RunOptions, events
from agentpg.errors import InvalidArgument, RunNotFound
from agentpg_executor.testing import call, reply
from agentpg_executor.tools import ToolContext, tool
from events.conftest import Workplace, names

WHOLE = [
    "ModelCallFinished",
    "ToolStarted",
    "ToolProgress",
    "ToolFinished",
    "ModelCallFinished",
    "RunEnded",
]


@tool
async def add(a: int, b: int, context: ToolContext) -> int:
    """Adds."""
    context.progress("adding", digits=1)
    # Longer than the pieces wait to be published.
    await asyncio.sleep(0.2)
    return a + b


async def collect(client: AsyncClient, run_id: Any, **options: Any) -> list[events.Event]:
    return [event async for event in client.stream(run_id, **options)]


async def test_a_stream_tells_all_in_order_and_ends(work: Workplace) -> None:
    work.fake.script([reply("Let me see. ", call("add", a=1, b=2)), "It is three."])
    await work.started(add)
    run_id = await work.run(await work.agent(add))
    seen = await asyncio.wait_for(collect(work.client, run_id), 60)
    assert names(seen) == WHOLE
    assert [event.seq for event in seen] == list(range(1, len(seen) + 1))
    match seen[-1]:
        case events.RunEnded(state="completed", text="It is three.", stop_reason="end_turn", usage=usage):
            assert usage.output_tokens > 0
        case other:
            pytest.fail(f"the last is {other}")
    started = next(event for event in seen if isinstance(event, events.ToolStarted))
    assert (started.name, started.input, started.attempt) == ("add", {"a": 1, "b": 2}, 1)
    finished = next(event for event in seen if isinstance(event, events.ToolFinished))
    assert (finished.output, finished.is_error, finished.state) == ("3", False, "completed")
    progress = next(event for event in seen if isinstance(event, events.ToolProgress))
    assert (progress.message, progress.data) == ("adding", {"digits": 1})


async def test_a_reader_that_rejoins_at_every_event_sees_what_one_that_never_left_sees(
    work: Workplace,
) -> None:
    work.fake.script([reply("Let me see. ", call("add", a=1, b=2)), "It is three."])
    await work.started(add)
    run_id = await work.run(await work.agent(add))

    async def restless() -> list[events.Event]:
        seen: list[events.Event] = []
        while not (seen and isinstance(seen[-1], events.RunEnded)):
            stream = work.client.stream(run_id, after=seen[-1].seq if seen else 0)
            async for event in stream:
                seen.append(event)
                break
        return seen

    async with AsyncClient(work.dsn) as other:
        whole, again, elsewhere = await asyncio.wait_for(
            asyncio.gather(collect(work.client, run_id), restless(), collect(other, run_id)), 20
        )
    assert whole == again == elsewhere
    assert names(whole) == WHOLE
    assert await collect(work.client, run_id, after=whole[-1].seq) == []


async def test_the_synchronous_client_streams_the_same(work: Workplace) -> None:
    work.fake.script(["Hello."])
    await work.started()
    run_id = await work.run(await work.agent())

    def follow() -> list[events.Event]:
        with Client(work.dsn) as client:
            return list(client.stream(run_id))

    assert await asyncio.wait_for(asyncio.to_thread(follow), 60) == await collect(work.client, run_id)


async def test_a_run_without_events_yields_its_end(work: Workplace) -> None:
    work.fake.script(["Hello."])
    await work.started()
    run_id = await work.run(await work.agent(), options=RunOptions(events=False))
    (end,) = await asyncio.wait_for(collect(work.client, run_id), 60)
    assert isinstance(end, events.RunEnded)
    assert (end.state, end.text, end.run_id) == ("completed", "Hello.", run_id)
    assert work.rows("select from agentpg.run_events") == []


async def test_leaving_a_stream_cancels_nothing(work: Workplace) -> None:
    run_id = await work.run(await work.agent())
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(collect(work.client, run_id), 0.5)
    work.fake.script(["Hello."])
    await work.started()
    assert (await work.end(run_id)).text == "Hello."


async def test_a_run_that_does_not_exist_has_no_stream(work: Workplace) -> None:
    with pytest.raises(RunNotFound):
        await collect(work.client, "00000000-0000-7000-8000-000000000000")


async def test_a_client_is_called_back_for_tools_of_any_process(work: Workplace) -> None:
    work.fake.script([reply(call("add", a=1, b=2)), "Three."])
    agent_id = await work.agent(add)
    heard: list[Any] = []
    told = asyncio.Event()

    def on_start(event: events.ToolStarted) -> None:
        heard.append(event.name)
        raise RuntimeError("nobody minds")

    async def on_complete(event: events.ToolFinished) -> None:
        heard.append(event.output)
        told.set()

    options = RunOptions(on_tool_start=on_start, on_tool_complete=on_complete)
    run_id = await work.run(agent_id, options=options)
    await work.started(add)
    assert (await work.end(run_id)).text == "Three."
    await asyncio.wait_for(told.wait(), 60)
    assert heard == ["add", "3"]


async def test_callbacks_cannot_wait_for_the_commit_of_another(work: Workplace) -> None:
    options = RunOptions(on_tool_start=print)
    session_id, agent_id = await work.client.new_session(), await work.agent()
    async with await psycopg.AsyncConnection.connect(work.dsn) as conn:
        with pytest.raises(InvalidArgument, match="conn"):
            await work.client.run_fast(session_id, agent_id, "Hello.", options=options, conn=conn)
