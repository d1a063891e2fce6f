"""Hooks log and redact, and cannot break a run."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

from agentpg_executor import Hooks
from agentpg_executor.hooks import ModelCall, ModelOutcome, ToolCall, ToolOutcome
from agentpg_executor.testing import call, fault, reply
from agentpg_executor.tools import tool
from events.conftest import Workplace


@tool
def look_up(name: str) -> str:
    """Looks up."""
    return f"{name} lives at 5 Elm Street"


async def test_hooks_change_what_is_sent_and_what_the_model_is_told(work: Workplace) -> None:
    heard: list[Any] = []

    async def before_model_call(given: ModelCall) -> dict[str, Any]:
        heard.append(("before model", given.attempt, len(given.request["messages"])))
        given.request["metadata"] = {"user_id": "u-7"}
        return given.request

    def after_model_call(given: ModelCall, outcome: ModelOutcome) -> None:
        assert outcome.message is not None
        heard.append(("after model", outcome.message["stop_reason"]))

    def before_tool_call(given: ToolCall) -> dict[str, Any]:
        heard.append(("before tool", given.name, threading.current_thread() is threading.main_thread()))
        return {"name": given.input["name"].upper()}

    async def after_tool_call(given: ToolCall, outcome: ToolOutcome) -> str:
        assert isinstance(outcome.output, str)
        heard.append(("after tool", outcome.output))
        return outcome.output.replace("5 Elm Street", "[address]")

    hooks = Hooks(
        before_model_call=before_model_call,
        after_model_call=after_model_call,
        before_tool_call=before_tool_call,
        after_tool_call=after_tool_call,
    )
    work.fake.script([reply(call("look_up", name="ann")), "Ann is found."])
    executor = await work.started(look_up, hooks=hooks)
    run_id = await work.run(await work.agent(look_up))
    assert (await work.end(run_id)).text == "Ann is found."
    sent = [entry.body for entry in work.fake.journal if isinstance(entry.body, dict)]
    assert [request["metadata"] for request in sent] == [{"user_id": "u-7"}] * 2
    (result,) = work.tool_results(run_id)
    assert result["content"] == "ANN lives at [address]"
    (used,) = [b for _, content in work.transcript(run_id) for b in content if b["type"] == "tool_use"]
    assert used["input"] == {"name": "ann"}, "the transcript stays as the model wrote it"
    await executor.stop()
    assert set(heard) == {
        ("before model", 1, 1), ("after model", "tool_use"), ("before tool", "look_up", False),
        ("after tool", "ANN lives at 5 Elm Street"), ("before model", 1, 3), ("after model", "end_turn"),
    }  # fmt: skip
    assert executor.stats.hook_errors == 0


async def test_hooks_that_raise_hang_or_return_nonsense_change_nothing(work: Workplace) -> None:
    async def hangs(given: ModelCall) -> None:
        await asyncio.Event().wait()

    def exits(given: ModelCall, outcome: ModelOutcome) -> None:
        raise SystemExit(3)

    def raises(given: ToolCall) -> None:
        raise RuntimeError("no")

    def nonsense(given: ToolCall, outcome: ToolOutcome) -> Any:
        return [1, 2]

    hooks = Hooks(
        before_model_call=hangs,
        after_model_call=exits,
        before_tool_call=raises,
        after_tool_call=nonsense,
        timeout=0.2,
    )
    work.fake.script([reply(call("look_up", name="ann")), "Ann is found."])
    executor = await work.started(look_up, hooks=hooks)
    run_id = await work.run(await work.agent(look_up))
    assert (await work.end(run_id)).text == "Ann is found."
    (result,) = work.tool_results(run_id)
    assert result["content"] == "ann lives at 5 Elm Street"
    await executor.stop()
    assert executor.stats.hook_errors == 6, "twice before and after the model, once before and after the tool"


async def test_a_failed_model_call_is_told_to_its_hook(work: Workplace) -> None:
    heard: list[str] = []

    def after_model_call(given: ModelCall, outcome: ModelOutcome) -> None:
        heard.append("ok" if outcome.error is None else outcome.error["type"])

    work.fake.script([fault(400, message="no such thing")])
    executor = await work.started(hooks=Hooks(after_model_call=after_model_call))
    run_id = await work.run(await work.agent())
    assert (await work.end(run_id)).state == "failed"
    await executor.stop()
    assert heard == ["invalid_request_error"]
