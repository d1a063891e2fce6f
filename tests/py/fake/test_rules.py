"""The brain without a script: rules for demos, and an echo."""

from __future__ import annotations

from typing import Any

from agentpg_executor.testing import FakeClaude
from anthropic import AsyncAnthropic

Json = dict[str, Any]
TOOLS: list[Json] = [{"name": name, "input_schema": {"type": "object"}} for name in ("weather", "clock")]


async def ask_claude(client: AsyncAnthropic, *messages: Json, tools: list[Json] | None = None) -> list[Json]:
    message = await client.messages.create(
        model="claude-opus-5-5",
        max_tokens=1000,
        messages=messages,  # type: ignore[arg-type]
        tools=tools if tools is not None else TOOLS,  # type: ignore[arg-type]
    )
    content: list[Json] = message.to_dict()["content"]
    return content


def user(content: Any) -> Json:
    return {"role": "user", "content": content}


def results(content: list[Json], *values: str, is_error: bool = False) -> list[Json]:
    calls = [item for item in content if item["type"] == "tool_use"]
    return [
        {"type": "tool_result", "tool_use_id": item["id"], "content": value, "is_error": is_error}
        for item, value in zip(calls, values, strict=True)
    ]


async def test_a_rule_calls_the_tools_and_answers_with_their_results(
    fake: FakeClaude, client: AsyncAnthropic
) -> None:
    fake.rule(
        r"weather in (?P<city>\w+)",
        say="Let me look at {city}.",
        calls=[("weather", {"city": "{city}", "units": ["{1}", 7]}), ("clock", {"at": {"place": "{city}"}})],
        answer="In {city} it is {weather} at {clock}. {unknown}",
    )
    prompt = user("What is the WEATHER in Oslo?")
    content = await ask_claude(client, prompt)
    assert content[0]["text"] == "Let me look at Oslo."
    assert [item["name"] for item in content[1:]] == ["weather", "clock"]
    assert content[1]["input"] == {"city": "Oslo", "units": ["Oslo", 7]}
    assert content[2]["input"] == {"at": {"place": "Oslo"}}
    reply = user(results(content, "-3", "noon"))
    answered = await ask_claude(client, prompt, {"role": "assistant", "content": content}, reply)
    assert answered[0]["text"] == "In Oslo it is -3 at noon. {unknown}"


async def test_a_rule_calls_only_what_is_offered(fake: FakeClaude, client: AsyncAnthropic) -> None:
    fake.rule("weather", calls=[("weather", {}), ("clock", {})], answer="No idea about {prompt}")
    (only,) = await ask_claude(client, user("weather?"), tools=TOOLS[1:])
    assert only["name"] == "clock"
    (said,) = await ask_claude(client, user("weather?"), tools=[])
    assert said["text"] == "No idea about weather?"


async def test_a_failed_tool_is_told(fake: FakeClaude, client: AsyncAnthropic) -> None:
    fake.rule("weather", calls=[("weather", {})])
    content = await ask_claude(client, user("weather?"))
    answered = await ask_claude(
        client,
        user("weather?"),
        {"role": "assistant", "content": content},
        user(results(content, "no sensor", is_error=True)),
    )
    assert answered[0]["text"] == "weather failed: no sensor"


async def test_the_first_rule_that_matches_decides(fake: FakeClaude, client: AsyncAnthropic) -> None:
    fake.rule("snow", answer="It snows.")
    fake.rule("", answer="Anything else?")
    assert (await ask_claude(client, user("snow?")))[0]["text"] == "It snows."
    assert (await ask_claude(client, user("sun?")))[0]["text"] == "Anything else?"


async def test_without_rules_it_echoes_prompts_and_tells_results(
    fake: FakeClaude, client: AsyncAnthropic
) -> None:
    assert (await ask_claude(client, user("Hello")))[0]["text"] == "You said: Hello"
    called = {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {}}
    answered = await ask_claude(
        client, user("Hello"), {"role": "assistant", "content": [called]}, user(results([called], "snow"))
    )
    assert answered[0]["text"] == "weather answered: snow"
