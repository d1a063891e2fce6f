"""Whole runs, from create_run to the end, on a real database and a fake Claude."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
from agentpg_executor import events
from agentpg_executor.testing import (
    Gate,
    Turn,
    call,
    context_exceeded,
    empty,
    fault,
    held,
    max_tokens_cut,
    pause,
    refusal,
    reply,
    stop_sequence,
    text,
    thinking,
    unknown_block,
    unknown_stop,
)  # fmt: skip
from agentpg_executor.tools import ToolContext, tool
from executor.conftest import Workplace


async def test_a_run_without_tools_is_answered(work: Workplace):
    work.fake.script([reply(thinking("Hm."), "Hello, you!")])
    await work.started()
    run_id = await work.run(await work.agent())
    response = await work.end(run_id)
    assert response.text == "Hello, you!"
    assert response.stop_reason == "end_turn"
    assert [type(event).__name__ for event in work.events if not isinstance(event, events.TextDelta)] == [
        "ModelCallStarted",
        *["ThinkingDelta"] * len(work.of(events.ThinkingDelta)),
        "ModelCallFinished",
    ]
    assert "".join(delta.text for delta in work.of(events.TextDelta)) == "Hello, you!"
    assert work.of(events.ModelCallFinished)[0].usage["output_tokens"] > 0
    iteration = work.row("select request_id, model from agentpg.iterations where run_id = %s", run_id)
    assert iteration["request_id"] == work.fake.journal.messages[0].request_id


async def test_a_run_created_before_the_executor_starts_is_found(work: Workplace):
    run_id = await work.run(await work.agent(), "first")
    await work.started()
    assert (await work.end(run_id)).text == "You said: first"


async def test_a_sync_and_an_async_tool_run_in_parallel(work: Workplace):
    met = threading.Barrier(2, timeout=10)
    threads: list[str] = []

    @tool
    def fetch(city: str, context: ToolContext) -> dict[str, Any]:
        """Sync."""
        threads.append(threading.current_thread().name)
        met.wait()
        return {"city": city, "run": str(context.run_id), "n": context.require("n", int)}

    @tool
    async def compute(x: int) -> int:
        """Async."""
        await asyncio.to_thread(met.wait)
        return x * 2

    work.fake.script([reply("Let me see.", call("fetch", city="Rome"), call("compute", x=21)), "Done."])
    await work.started(fetch, compute)
    run_id = await work.run(await work.agent(fetch, compute), variables={"n": 7})
    response = await work.end(run_id)
    assert response.text == "Done."
    results = work.tool_results(run_id)
    assert sorted(str(result["content"]) for result in results) == sorted(
        [f'{{"city": "Rome", "run": "{run_id}", "n": 7}}', "42"]
    )
    assert threads[0].startswith("agentpg-tool")
    assert {event.name for event in work.of(events.ToolFinished)} == {"fetch", "compute"}
    assert all(event.outcome == "complete" for event in work.of(events.ToolFinished))
    assert len(response.tool_calls) == 2


@pytest.mark.parametrize(
    ("turns", "state", "stop_reason"),
    [
        ([text("x")], "completed", "end_turn"),
        ([empty()], "completed", "end_turn"),
        ([stop_sequence("END", "x")], "completed", "stop_sequence"),
        ([max_tokens_cut("x")], "awaiting_input", "max_tokens"),
        ([max_tokens_cut("x", call("add", a=1, b=2))], "awaiting_input", "max_tokens"),
        ([pause(), text("went on")], "completed", "end_turn"),
        ([refusal()], "completed", "refusal"),
        ([refusal("partial")], "completed", "refusal"),
        ([context_exceeded("x")], "awaiting_input", "model_context_window_exceeded"),
        ([unknown_stop("tomorrow", "x")], "awaiting_input", "tomorrow"),
        ([reply(unknown_block("widget", data=1), "x")], "completed", "end_turn"),
    ],
    ids=["end_turn", "empty", "stop_sequence", "max_tokens", "cut call", "pause_turn", "refusal",
         "refusal after output", "context exceeded", "unknown", "unknown block"],
)  # fmt: skip
async def test_every_stop_reason_takes_its_path(
    work: Workplace, turns: list[Turn], state: str, stop_reason: str
):
    ran: list[int] = []

    @tool
    def add(a: int, b: int) -> int:
        ran.append(a + b)
        return a + b

    work.fake.script(turns)
    await work.started(add)
    response = await work.end(await work.run(await work.agent(add)))
    assert (response.state.value, response.stop_reason) == (state, stop_reason)
    assert ran == [], "a cut call is never executed"
    assert len(work.fake.journal.messages) == len(turns)


async def test_a_tool_the_model_was_not_given_gets_an_error_at_once(work: Workplace):
    @tool
    def known() -> str:
        return "fine"

    work.fake.script([reply(call("unheard_of"), call("known")), "Sorry."])
    await work.started(known)
    run_id = await work.run(await work.agent(known))
    assert (await work.end(run_id)).text == "Sorry."
    results = {bool(result.get("is_error")): result["content"] for result in work.tool_results(run_id)}
    assert "unheard_of" in str(results[True])
    assert results[False] == "fine"


async def test_a_failed_model_call_is_retried_when_the_database_says(work: Workplace):
    work.fake.script([fault(529, retry_after=0), fault(500), "Third time."])
    work.configure(model_retry_base="10 milliseconds")
    await work.started()
    run_id = await work.run(await work.agent())
    assert (await work.end(run_id)).text == "Third time."
    assert [row["error_type"] for row in work.attempts(run_id)] == ["overloaded_error", "api_error"]
    assert len(work.of(events.ModelCallFailed)) == 2


async def test_an_error_that_cannot_be_cured_fails_the_run_with_the_apis_words(work: Workplace):
    work.fake.script([fault(400, message="prompt is too long")])
    await work.started()
    response = await work.end(await work.run(await work.agent()))
    assert response.state.value == "failed"
    assert response.error_type == "invalid_request_error"
    assert "prompt is too long" in (response.error_message or "")
    assert len(work.fake.journal.messages) == 1


async def test_fifty_runs_go_side_by_side(work: Workplace):
    @tool
    async def add(a: int, b: int) -> int:
        return a + b

    work.fake.script([reply(call("add", a=1, b=2)), "3"], match=lambda request: True, per_conversation=True)
    executor = await work.started(add, max_concurrent_runs=50)
    agent_id = await work.agent(add)
    run_ids = await asyncio.gather(*(work.run(agent_id, f"number {n}") for n in range(50)))
    responses = await asyncio.gather(*(work.end(run_id, 40) for run_id in run_ids))
    assert {response.text for response in responses} == {"3"}
    assert executor.stats.model_calls == 100
    assert executor.stats.tool_calls == 50
    assert len(work.fake.journal.messages) == 100
    assert executor.stats.active_runs == 0


async def test_no_more_runs_are_claimed_than_there_are_slots(work: Workplace):
    with Gate() as gate:
        work.fake.script([held("ok", gate)], match=lambda request: True, per_conversation=True)
        executor = await work.started(max_concurrent_runs=3)
        agent_id = await work.agent()
        run_ids = [await work.run(agent_id) for _ in range(8)]
        await gate.wait_reached(3)
        assert executor.stats.runs_claimed == 3
        assert executor.stats.active_runs == 3
        gate.open()
        for run_id in run_ids:
            assert (await work.end(run_id)).text == "ok"
    assert work.fake.journal.peak() == 3


async def test_runs_of_one_session_wait_for_each_other(work: Workplace):
    await work.started()
    agent_id = await work.agent()
    session_id = await work.client.new_session()
    run_ids = [await work.client.run_fast(session_id, agent_id, f"say {n}") for n in range(4)]
    for n, run_id in enumerate(run_ids):
        assert (await work.end(run_id)).text == f"You said: say {n}"
    assert work.fake.journal.peak() == 1


async def test_an_executor_can_be_restricted_to_some_runs(work: Workplace):
    agent_id = await work.agent()
    ours, theirs, later = [await work.run(agent_id, p) for p in ("ours", "theirs", "later")]
    executor = await work.started(only_runs=[ours])
    assert (await work.end(ours)).text == "You said: ours"
    executor.serve(later)
    assert (await work.end(later)).text == "You said: later"
    assert work.row("select state::text from agentpg.get_run(%s)", theirs)["state"] == "pending"


async def test_an_event_handler_that_raises_breaks_nothing(work: Workplace):
    def broken(event: object) -> None:
        raise RuntimeError("handler")

    executor = await work.started(on_event=broken)
    assert (await work.end(await work.run(await work.agent(), "x"))).text == "You said: x"
    assert executor.stats.event_errors > 0


async def test_nul_characters_in_an_answer_are_replaced(work: Workplace):
    work.fake.script(["a\0b"])
    await work.started()
    assert (await work.end(await work.run(await work.agent()))).text == "a�b"
