"""Tools that misbehave harm their own execution only, and the model is told."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from agentpg_executor import events
from agentpg_executor.testing import Gate, call, held, reply
from agentpg_executor.tools import (
    Tool,
    ToolCancel,
    ToolContext,
    ToolDiscard,
    ToolError,
    ToolResult,
    ToolSnooze,
    tool,
)  # fmt: skip
from executor.conftest import Workplace, eventually


@tool
def good() -> str:
    """Works."""
    return "fine"


def raises() -> None:
    raise RuntimeError("no connection to postgresql://app:hunter2@db/x")


def leaves() -> None:
    sys.exit(3)


async def leaves_async() -> None:
    sys.exit(3)


def interrupts() -> None:
    raise KeyboardInterrupt


def recurses() -> int:
    return recurses() + 1


def hangs(context: ToolContext) -> None:
    context.cancelled.wait_blocking(60)


async def hangs_async() -> None:
    await asyncio.Event().wait()


def generates() -> Iterator[int]:
    yield 1


def unserialisable() -> object:
    return object()


def fails() -> None:
    raise ToolError("no such city")


def cancels() -> None:
    raise ToolCancel("not wanted")


def discards() -> None:
    raise ToolDiscard("never works")


def nul() -> str:
    return "a\0b"


def surrogate() -> str:
    return "a\ud800b"


def megabytes() -> str:
    return "x" * 3_000_000


def nothing() -> None:
    return None


def bad_block() -> ToolResult:
    """A request that held it would be refused, and with it each later one of the session."""
    return ToolResult(content=[{"type": "image", "source": {"type": "base64", "data": "iVBORw0KGgo="}}])


def broken_picture() -> ToolResult:
    """The API takes text alone in an error."""
    return ToolResult(
        content=[
            {"type": "text", "text": "it broke"},
            {
                "type": "image",
                "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="},
            },
        ],
        is_error=True,
    )


def fails_silently() -> ToolResult:
    return ToolResult("", is_error=True)


BAD: list[tuple[Any, int, bool, str]] = [
    (raises, 2, True, "RuntimeError: no connection to postgresql://app:***@db/x"),
    (leaves, 2, True, "tried to exit the process"),
    (leaves_async, 2, True, "tried to exit the process"),
    (interrupts, 2, True, "KeyboardInterrupt"),
    (recurses, 2, True, "RecursionError"),
    (hangs, 2, True, "did not finish within 0.1 s"),
    (hangs_async, 2, True, "did not finish within 0.1 s"),
    (generates, 1, True, "return a list instead"),
    (unserialisable, 1, True, "cannot be sent as JSON"),
    (fails, 1, True, "no such city"),
    (cancels, 1, True, "not wanted"),
    (discards, 1, True, "never works"),
    (nul, 1, False, "a�b\n[note: 1 NUL"),
    (surrogate, 1, False, "a�b\n[note: 1 "),
    (megabytes, 1, False, "[truncated: the result has 3,000,000 bytes"),
    (nothing, 1, False, ""),
    (bad_block, 1, True, "content block 0 is a block of type image whose source has no media_type"),
    (broken_picture, 1, True, "a block of type image; an error is told in text alone"),
    (fails_silently, 1, True, "failed without a message"),
]


@pytest.mark.parametrize(
    ("body", "attempts", "is_error", "said"), BAD, ids=[body.__name__ for body, *_ in BAD]
)
async def test_a_bad_tool_harms_only_its_own_call(
    work: Workplace, body: Any, attempts: int, is_error: bool, said: str
):
    bad = tool(timeout=0.1 if body in (hangs, hangs_async) else 30)(body)
    work.fake.script([reply(call(bad.name), call("good")), "Went on."])
    executor = await work.started(bad, good)
    run_id = await work.run(await work.agent(bad, good))
    assert (await work.end(run_id)).text == "Went on."
    by_name = {c["name"]: c for c in work.rows("select * from agentpg.run_tool_calls(%s)", run_id)}
    assert by_name["good"]["output"] == "fine"
    assert by_name[bad.name]["attempt"] == attempts
    results = work.tool_results(run_id)
    (result,) = [r for r in results if r.get("content") != "fine"]
    assert bool(result.get("is_error")) is is_error
    content = str(result.get("content", ""))
    assert said in content
    assert "Traceback" not in content
    assert executor.stats.unexpected_errors == 0


async def test_an_invalid_input_goes_back_to_the_model_which_corrects_it(work: Workplace):
    ran: list[int] = []

    @tool
    def book(nights: int) -> str:
        ran.append(nights)
        return "booked"

    work.fake.script([reply(call("book", nights="many")), reply(call("book", nights=2)), "Done."])
    await work.started(book)
    run_id = await work.run(await work.agent(book))
    assert (await work.end(run_id)).text == "Done."
    first, second = work.tool_results(run_id)
    assert first["is_error"]
    assert "- nights: Input should be a valid integer" in str(first["content"])
    assert second["content"] == "booked"
    assert ran == [2]
    assert work.attempts(run_id) == [], "the model's mistake costs no attempt"


async def test_a_tool_is_tried_again_as_often_as_it_says(work: Workplace):
    seen: list[int] = []

    @tool(max_attempts=3)
    def flaky(context: ToolContext) -> str:
        seen.append(context.attempt)
        if context.attempt < 3:
            raise ConnectionError("not yet")
        return "worked"

    work.fake.script([reply(call("flaky")), "Done."])
    await work.started(flaky)
    run_id = await work.run(await work.agent(flaky))
    assert (await work.end(run_id)).text == "Done."
    assert seen == [1, 2, 3]
    assert work.tool_results(run_id)[0]["content"] == "worked"


async def test_a_snoozed_tool_runs_again_and_spends_no_attempt(work: Workplace):
    seen: list[int] = []

    @tool(max_attempts=1)
    async def later(context: ToolContext) -> str:
        seen.append(context.attempt)
        if len(seen) < 4:
            raise ToolSnooze(0.01, "not ready")
        return "ready"

    work.fake.script([reply(call("later")), "Done."])
    await work.started(later)
    run_id = await work.run(await work.agent(later))
    assert (await work.end(run_id)).text == "Done."
    assert seen == [1, 1, 1, 1]
    assert [e.outcome for e in work.of(events.ToolFinished)] == ["snooze"] * 3 + ["complete"]


async def test_a_tool_can_answer_with_images_and_errors_of_its_own(work: Workplace):
    blocks = [
        {"type": "text", "text": "see"},
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="}},
    ]

    @tool
    def look() -> list[dict[str, Any]]:
        return blocks

    @tool
    def refuse() -> ToolResult:
        return ToolResult("not today", is_error=True)

    work.fake.script([reply(call("look"), call("refuse")), "Done."])
    await work.started(look, refuse)
    run_id = await work.run(await work.agent(look, refuse))
    assert (await work.end(run_id)).text == "Done."
    results = {bool(r.get("is_error")): r["content"] for r in work.tool_results(run_id)}
    assert results[False] == blocks
    assert "not today" in str(results[True])


async def test_a_raw_schema_tool_runs_like_any_other(work: Workplace):
    schema = {"type": "object", "properties": {"q": {"type": "string"}}, "required": ["q"]}
    raw = Tool.from_schema("search", "Searches.", schema, lambda data: {"found": data["q"]})
    work.fake.script([reply(call("search", q="x")), "Done."])
    await work.started(raw)
    run_id = await work.run(await work.agent(raw))
    await work.end(run_id)
    assert work.tool_results(run_id)[0]["content"] == '{"found": "x"}'


async def test_many_hanging_threads_do_not_stop_other_tools(work: Workplace):
    release = threading.Event()

    @tool(timeout=0.05, max_attempts=1)
    def hang() -> None:
        release.wait(30)

    work.fake.script([reply(*[call("hang") for _ in range(4)]), reply(call("good")), "Done."])
    executor = await work.started(hang, good, max_concurrent_tools=4)
    run_id = await work.run(await work.agent(hang, good))
    assert (await work.end(run_id)).text == "Done."
    assert executor.stats.abandoned_threads == 4
    assert work.tool_results(run_id)[-1]["content"] == "fine"
    release.set()
    await eventually(lambda: executor.stats.abandoned_threads == 0, "the bodies ended")


async def test_a_late_result_of_an_abandoned_body_changes_nothing(work: Workplace):
    release, ended = threading.Event(), threading.Event()

    @tool(timeout=0.05, max_attempts=1)
    def late() -> str:
        release.wait(30)
        ended.set()
        return "too late"

    with Gate() as gate:
        work.fake.script([reply(call("late")), held("Done.", gate)])
        await work.started(late)
        run_id = await work.run(await work.agent(late))
        await gate.wait_reached()
        release.set()
        await asyncio.to_thread(ended.wait, 10)
        gate.open()
        assert (await work.end(run_id)).text == "Done."
    assert "did not finish" in str(work.tool_results(run_id)[0]["content"])


async def test_a_tool_may_be_registered_after_the_start(work: Workplace):
    agent_id = await work.agent(good)
    executor = await work.started()
    work.fake.script([reply(call("good")), "Done."])
    run_id = await work.run(agent_id)
    executor.register_tool(good)
    assert (await work.end(run_id)).text == "Done."
    assert executor.all_tool_names() == ["good"]
    assert executor.get_tool("good") is good


async def test_a_body_that_blocks_the_loop_is_named_in_the_log(
    work: Workplace, caplog: pytest.LogCaptureFixture
):
    @tool
    async def blocks() -> str:
        time.sleep(2.5)  # noqa: ASYNC251
        return "done"

    work.fake.script([reply(call("blocks")), "Done."])
    await work.started(blocks)
    assert (await work.end(await work.run(await work.agent(blocks)))).text == "Done."
    await eventually(lambda: "event loop was blocked" in caplog.text, "the warning")


async def test_tools_of_specialised_workers_serve_one_run(work: Workplace):
    @tool
    def left() -> str:
        return f"left by {os.getpid()}"

    @tool
    def right() -> str:
        return "right"

    agent_id = await work.agent(left, right)
    work.fake.script([reply(call("left"), call("right")), "Both."])
    one = await work.started(left)
    two = await work.started(right, tools_only=True, api_key=None, base_url=None)
    run_id = await work.run(agent_id)
    assert (await work.end(run_id)).text == "Both."
    assert (one.stats.tool_calls, two.stats.tool_calls) == (1, 1)
    assert two.stats.model_calls == 0


async def test_calls_beyond_the_free_slots_go_to_a_worker_that_has_room(work: Workplace):
    calls, ran = 5, []
    everybody = asyncio.Barrier(calls)

    @tool
    async def meet(context: ToolContext) -> str:
        ran.append(context.instance_id)
        async with asyncio.timeout(15):
            await everybody.wait()
        return "met"

    work.fake.script([reply(*(call("meet") for _ in range(calls))), "Done."])
    first = await work.started(meet, max_concurrent_tools=2)
    second = await work.started(meet, tools_only=True)
    run_id = await work.run(await work.agent(meet))
    assert (await work.end(run_id)).text == "Done."
    assert (ran.count(first.instance_id), ran.count(second.instance_id)) == (2, 3)
    assert [result["content"] for result in work.tool_results(run_id)] == ["met"] * calls


async def test_calls_beyond_the_free_slots_are_taken_as_slots_get_free(work: Workplace):
    """Nothing wakes it but its own slots: it does not listen and hardly polls."""
    running, most = 0, 0

    @tool
    async def count() -> str:
        nonlocal running, most
        running, most = running + 1, max(most, running + 1)
        await asyncio.sleep(0)
        running -= 1
        return "counted"

    work.fake.script([reply(*(call("count") for _ in range(5))), "Done."])
    run_id = await work.run(await work.agent(count))
    await work.started(count, max_concurrent_tools=2, pooled=True, poll_interval=3600)
    assert (await work.end(run_id)).text == "Done."
    assert len(work.tool_results(run_id)) == 5
    assert most <= 2


async def test_a_worker_for_tools_alone_hands_the_run_back(work: Workplace):
    agent_id = await work.agent(good)
    work.fake.script([reply(call("good")), "Done."])
    caller = await work.started()
    helper = await work.started(good, tools_only=True, api_key=None, base_url=None)
    assert (await work.end(await work.run(agent_id))).text == "Done."
    assert caller.stats.model_calls == 2
    assert helper.stats.tool_calls == 1


async def test_a_worker_without_room_for_tools_leaves_them_to_others(work: Workplace):
    agent_id = await work.agent(good)
    work.fake.script([reply(call("good")), "Done."])
    caller = await work.started(good, max_concurrent_tools=0)
    helper = await work.started(good, tools_only=True, api_key=None, base_url=None)
    assert (await work.end(await work.run(agent_id))).text == "Done."
    assert (caller.stats.tool_calls, helper.stats.tool_calls) == (0, 1)
