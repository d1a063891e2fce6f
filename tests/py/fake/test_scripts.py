"""Which request gets which turn."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import anthropic
import pytest
from agentpg_executor.testing import (
    FakeClaude,
    FakeRequest,
    Turn,
    call,
    fault,
    max_tokens_cut,
    pause,
    refusal,
    reply,
    stop_sequence,
    text,
    thinking,
    tool_use,
)
from anthropic import AsyncAnthropic

Connect = Callable[..., AsyncAnthropic]
Json = dict[str, Any]
TOOLS: list[Json] = [{"name": "weather", "input_schema": {"type": "object"}}]


async def answer(client: AsyncAnthropic, ask: Json, prompt: str, **change: Any) -> str:
    messages = [{"role": "user", "content": prompt}]
    message = await client.messages.create(**(ask | {"messages": messages} | change))
    return "".join(item.text for item in message.content if item.type == "text")


async def test_turns_are_taken_in_order_and_then_rules_answer(
    fake: FakeClaude, client: AsyncAnthropic, ask: Json
) -> None:
    script = fake.script([text("one"), "two"])
    assert [await answer(client, ask, "Hi") for _ in range(3)] == ["one", "two", "You said: Hi"]
    assert (script.consumed, script.remaining) == (2, 0)
    script.add("three")
    assert await answer(client, ask, "Hi") == "three"


async def test_an_unscripted_request_can_be_made_to_fail(connect: Connect, ask: Json) -> None:
    async with FakeClaude(unscripted="refuse") as fake:
        client = connect(fake)
        fake.script(["one"])
        await answer(client, ask, "Hi")
        with pytest.raises(anthropic.BadRequestError, match="no turn left for the prompt 'Hi'"):
            await answer(client, ask, "Hi")


async def test_scripts_with_a_key_come_first_whatever_the_order(
    fake: FakeClaude, client: AsyncAnthropic, ask: Json
) -> None:
    fake.script(["plain"])
    fake.script(["by prompt"], match="weather")
    fake.script(["by model"], model="claude-sonnet-5")
    fake.script(["by function"], match=lambda request: request.params.get("system") == "S")
    assert await answer(client, ask, "Hi", system="S") == "by function"
    assert await answer(client, ask, "Hi", model="claude-sonnet-5") == "by model"
    assert await answer(client, ask, "The weather, please") == "by prompt"
    assert await answer(client, ask, "The weather, please") == "plain"


async def test_a_script_can_repeat(fake: FakeClaude, client: AsyncAnthropic, ask: Json) -> None:
    fake.script(["a", "b"], repeat=True)
    assert [await answer(client, ask, "Hi") for _ in range(5)] == ["a", "b", "a", "b", "a"]


async def test_a_turn_can_be_computed_or_passed_on(
    fake: FakeClaude, client: AsyncAnthropic, ask: Json
) -> None:
    def shout(request: FakeRequest) -> Turn | None:
        return text(request.prompt.upper()) if request.prompt != "pass" else None

    fake.script([shout], repeat=True)
    assert await answer(client, ask, "hi") == "HI"
    assert await answer(client, ask, "pass") == "You said: pass"


async def converse(client: AsyncAnthropic, ask: Json, prompt: str) -> list[str]:
    """Two rounds of tools and an answer; what each call and the answer said."""
    messages: list[Json] = [{"role": "user", "content": prompt}]
    seen: list[str] = []
    while True:
        message = await client.messages.create(**(ask | {"messages": messages, "tools": TOOLS}))
        content = message.to_dict()["content"]
        messages.append({"role": "assistant", "content": content})
        if message.stop_reason != "tool_use":
            return [*seen, content[0]["text"]]
        seen.extend(item["input"]["city"] for item in content)
        results = [{"type": "tool_result", "tool_use_id": item["id"], "content": "ok"} for item in content]
        messages.append({"role": "user", "content": results})


async def test_one_script_serves_many_conversations_at_once(
    fake: FakeClaude, client: AsyncAnthropic, ask: Json
) -> None:
    turns = [
        lambda request: call("weather", city=f"{request.prompt}-1"),
        lambda request: call("weather", city=f"{request.prompt}-2"),
        lambda request: text(f"{request.prompt} done"),
    ]
    fake.script(turns, per_conversation=True)
    said = await asyncio.gather(*(converse(client, ask, f"c{index}") for index in range(20)))
    assert said == [[f"c{index}-1", f"c{index}-2", f"c{index} done"] for index in range(20)]
    assert set(fake.journal.served().values()) == {1}


async def test_conversations_are_told_apart_by_their_prompts_through_rounds_of_tools(
    fake: FakeClaude, client: AsyncAnthropic, ask: Json
) -> None:
    for name in ("north", "south"):
        fake.script([call("weather", city=name), call("weather", city=name), text(f"{name}!")], match=name)
    said = await asyncio.gather(*(converse(client, ask, f"go {name}") for name in ("north", "south")))
    assert said == [["north", "north", "north!"], ["south", "south", "south!"]]


async def test_a_request_knows_its_conversation(fake: FakeClaude, client: AsyncAnthropic, ask: Json) -> None:
    fake.script([call("weather", city="Oslo"), text("Cold")])
    await converse(client, ask, "How cold?")
    first, second = (entry.request for entry in fake.journal)
    assert first is not None
    assert second is not None
    assert (first.prompt, first.position, first.tools, first.tool_results) == (
        "How cold?",
        0,
        ["weather"],
        [],
    )
    assert (second.prompt, second.position) == ("How cold?", 1)
    (result,) = second.tool_results
    assert (result.name, result.input, result.text, result.is_error) == (
        "weather",
        {"city": "Oslo"},
        "ok",
        False,
    )


async def test_clear_forgets_everything(fake: FakeClaude, client: AsyncAnthropic, ask: Json) -> None:
    fake.script(["one", "two"])
    fake.rule("Hi", answer="rule")
    fake.fail("messages", fault(500))
    fake.clear()
    assert await answer(client, ask, "Hi") == "You said: Hi"
    assert len(fake.journal) == 1


def test_reply_combines_what_its_parts_set() -> None:
    whole = reply("a", call("x", b=1), {"type": "new"}, pace=0.5, delay=1, usage={"output_tokens": 3})
    assert [item["type"] for item in whole.content] == ["text", "tool_use", "new"]
    assert (whole.pace, whole.delay, whole.usage) == (0.5, 1, {"output_tokens": 3})
    assert reply("a", refusal(category="bio")).stop_reason == "refusal"
    assert reply("a", pause()).stop_reason == "pause_turn"
    assert reply(stop_sequence("END", "a"), stop_reason=None).stop_reason is None
    assert reply("a", fault(529)).fault is not None


def test_only_a_call_at_the_end_is_cut() -> None:
    assert max_tokens_cut("a", call("x")).cut_input
    assert not max_tokens_cut(call("x"), "a").cut_input
    assert not max_tokens_cut(thinking("a")).cut_input


def test_a_tool_may_have_arguments_of_any_name() -> None:
    assert call("x", tool=1, id=2, name=3).content[0]["input"] == {"tool": 1, "id": 2, "name": 3}
    assert tool_use("x", {"self": 1}, id="toolu_9").content[0]["id"] == "toolu_9"
