"""Context editing: what the API clears before the model reads, and what it says about it."""

from __future__ import annotations

from typing import Any

import pytest
from agentpg_executor.testing import signed_thinking, validate_request
from anthropic import AsyncAnthropic

Json = dict[str, Any]

BETA = "context-management-2025-06-27"
TOOLS: list[Json] = [{"name": name, "input_schema": {"type": "object"}} for name in ("read", "note")]


def said(value: str) -> Json:
    return {"type": "text", "text": value}


@pytest.fixture
def talk() -> Json:
    """Five calls in two turns, each with thinking and a result of 400 characters."""
    asked: Json = {"model": "claude-opus-5-5", "max_tokens": 1000, "tools": TOOLS, "messages": []}
    for number in range(5):
        if number in (0, 3):
            asked["messages"].append({"role": "user", "content": [said(f"Question {number}")]})
        use = {
            "type": "tool_use",
            "id": f"toolu_{number}",
            "name": "note" if number == 1 else "read",
            "input": {"page": "p" * 100},
        }
        asked["messages"].append({"role": "assistant", "content": [signed_thinking(asked, "Hm " * 40), use]})
        result = {"type": "tool_result", "tool_use_id": use["id"], "content": "r" * 400}
        asked["messages"].append({"role": "user", "content": [result]})
    return asked


def edits(*edits: Json) -> Json:
    return {"context_management": {"edits": list(edits)}}


def clear_tools(**more: Any) -> Json:
    return {"type": "clear_tool_uses_20250919", "trigger": {"type": "tool_uses", "value": 1}, **more}


def keep(count: int) -> Json:
    return {"keep": {"type": "tool_uses", "value": count}}


@pytest.mark.parametrize(
    ("edit", "applied"),
    [
        (clear_tools(), (2, 200)),
        (clear_tools(**keep(0)), (5, 500)),
        (clear_tools(**keep(5)), None),
        (clear_tools(**keep(1), exclude_tools=["note"]), (3, 300)),
        (clear_tools(**keep(1), clear_tool_inputs=True), (4, 480)),
        (clear_tools(**keep(1), clear_tool_inputs=["note"]), (4, 420)),
        (clear_tools(**keep(1), clear_tool_inputs=False), (4, 400)),
        (clear_tools(trigger={"type": "tool_uses", "value": 6}), None),
        (clear_tools(trigger={"type": "input_tokens", "value": 100}), (2, 200)),
        (clear_tools(trigger={"type": "input_tokens", "value": 9000}), None),
        ({"type": "clear_tool_uses_20250919"}, None),
        (clear_tools(clear_at_least={"type": "input_tokens", "value": 100}), (2, 200)),
        (clear_tools(clear_at_least={"type": "input_tokens", "value": 1000}), None),
    ],
)
async def test_old_tool_results_are_cleared(
    edit: Json, applied: tuple[int, int] | None, client: AsyncAnthropic, talk: Json
) -> None:
    plain = (await client.beta.messages.create(**talk)).usage.input_tokens
    answer = await client.beta.messages.create(**talk, **edits(edit), betas=[BETA])
    assert answer.context_management is not None
    told = [each.to_dict() for each in answer.context_management.applied_edits]
    if applied is None:
        assert told == []
        assert answer.usage.input_tokens == plain
    else:
        (entry,) = told
        count, at_most = applied
        assert (entry["type"], entry["cleared_tool_uses"]) == ("clear_tool_uses_20250919", count)
        assert answer.usage.input_tokens == plain - entry["cleared_input_tokens"]
        assert at_most * 0.8 < entry["cleared_input_tokens"] <= at_most


@pytest.mark.parametrize(
    ("options", "turns"),
    [
        ({}, 1),
        ({"keep": {"type": "thinking_turns", "value": 1}}, 1),
        ({"keep": {"type": "thinking_turns", "value": 2}}, 0),
        ({"keep": "all"}, 0),
        ({"keep": {"type": "all"}}, 0),
    ],
)
async def test_thinking_of_old_turns_is_cleared(
    options: Json, turns: int, client: AsyncAnthropic, talk: Json
) -> None:
    edit = {"type": "clear_thinking_20251015", **options}
    answer = await client.beta.messages.create(**talk, **edits(edit), betas=[BETA])
    assert answer.context_management is not None
    told = [each.to_dict() for each in answer.context_management.applied_edits]
    assert [each["cleared_thinking_turns"] for each in told] == ([turns] if turns else [])


async def test_both_are_told_in_their_order_and_in_the_stream(client: AsyncAnthropic, talk: Json) -> None:
    both = edits({"type": "clear_thinking_20251015"}, clear_tools())
    async with client.beta.messages.stream(**talk, **both, betas=[BETA]) as stream:
        answer = await stream.get_final_message()
    assert answer.context_management is not None
    assert [each.type for each in answer.context_management.applied_edits] == [
        "clear_thinking_20251015",
        "clear_tool_uses_20250919",
    ]


async def test_counting_tells_the_size_before_and_after(client: AsyncAnthropic, talk: Json) -> None:
    asked = {key: talk[key] for key in ("model", "messages", "tools")}
    plain = (await client.beta.messages.count_tokens(**asked)).input_tokens
    counted = await client.beta.messages.count_tokens(**asked, **edits(clear_tools()), betas=[BETA])
    assert counted.context_management is not None
    assert counted.context_management.original_input_tokens == plain
    assert counted.input_tokens < plain


async def test_without_edits_nothing_is_told(client: AsyncAnthropic, talk: Json) -> None:
    assert (await client.beta.messages.create(**talk)).context_management is None
    answer = await client.beta.messages.create(**talk, **edits(), betas=[BETA])
    assert answer.context_management is not None
    assert answer.context_management.applied_edits == []


THINKING: Json = {"type": "clear_thinking_20251015"}
REFUSED: dict[str, tuple[Json, str]] = {
    "an unknown edit": (edits({"type": "clear_all"}), "edits.0: Input tag 'clear_all'"),
    "an edit that is no object": (edits("x"), "edits.0: Input tag 'None'"),
    "a key beside the edits": ({"context_management": {"edit": []}}, "context_management.edit: Extra inputs"),
    "edits that are no list": (
        {"context_management": {"edits": {"a": 1}}},
        "edits: Input should be a valid list",
    ),
    "no object": ({"context_management": []}, "context_management: Input should be a valid dictionary"),
    "thinking second": (edits(clear_tools(), THINKING), "must be the first edit"),
    "thinking where none is": (
        {**edits(THINKING), "model": "claude-opus-4-8"},
        "strategy requires `thinking` to be enabled or adaptive",
    ),
    "thinking switched off": (
        {**edits(THINKING), "model": "claude-opus-5", "thinking": {"type": "disabled"}},
        "strategy requires `thinking`",
    ),
    "keeping no turn": (edits({**THINKING, "keep": {"type": "thinking_turns", "value": 0}}), "equal to 1"),
    "keeping by another word": (edits({**THINKING, "keep": "none"}), "keep: Input tag 'none'"),
    "an unknown key": (edits({**THINKING, "trigger": {}}), "clear_thinking_20251015.trigger: Extra inputs"),
    "an unknown trigger": (
        edits(clear_tools(trigger={"type": "turns", "value": 1})),
        "trigger: Input tag 'turns'",
    ),
    "a trigger without a value": (edits(clear_tools(trigger={"type": "tool_uses"})), "value: Field required"),
    "a value that is no number": (
        edits(clear_tools(keep={"type": "tool_uses", "value": "3"})),
        "keep.tool_uses.value: Input should be a valid integer",
    ),
    "keeping by tokens": (edits(clear_tools(keep={"type": "input_tokens", "value": 3})), "keep: Input tag"),
    "clearing at least so many uses": (
        edits(clear_tools(clear_at_least={"type": "tool_uses", "value": 3})),
        "clear_at_least: Input tag",
    ),
    "a tool that is no name": (edits(clear_tools(exclude_tools=[1])), "exclude_tools: Input should be"),
    "inputs of one name": (
        edits(clear_tools(clear_tool_inputs="read")),
        "clear_tool_inputs: Input should be",
    ),
}
ACCEPTED: dict[str, Json] = {
    "thinking first": edits(THINKING, clear_tools()),
    "thinking that is on": {**edits(THINKING), "model": "claude-opus-4-8", "thinking": {"type": "adaptive"}},
    "thinking with a budget": {
        **edits(THINKING),
        "model": "claude-opus-4-5",
        "max_tokens": 4000,
        "thinking": {"type": "enabled", "budget_tokens": 2000},
    },
    "nulls": edits(clear_tools(clear_at_least=None, clear_tool_inputs=None, exclude_tools=None)),
    "no edits": {"context_management": {}},
    "null": {"context_management": None},
}


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused(name: str, talk: Json) -> None:
    change, words = REFUSED[name]
    talk["messages"] = talk["messages"][:1]
    assert words in str(validate_request(talk | change, [BETA]))


@pytest.mark.parametrize("name", ACCEPTED)
def test_it_is_accepted(name: str, talk: Json) -> None:
    talk["messages"] = talk["messages"][:1]
    assert validate_request(talk | ACCEPTED[name], [BETA]) is None
