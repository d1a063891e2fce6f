"""Which parameters and tools the API refuses, and beside each refusal what it takes."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any

import anthropic
import pytest
from agentpg_executor.testing import FakeClaude, Problem

Json = dict[str, Any]
Post = Callable[..., Awaitable[Json]]
Judge = Callable[[Json], Problem | None]

OLD = "claude-sonnet-4-6"
OLDER = "claude-haiku-4-5"
TOOL: Json = {"name": "weather", "input_schema": {"type": "object"}}
MARK: Json = {"type": "ephemeral"}


def said(value: str, **more: Any) -> Json:
    return {"type": "text", "text": value, **more}


REFUSED: dict[str, tuple[Json, str]] = {
    "no max_tokens": ({"max_tokens": ...}, "max_tokens: Field required"),
    "no model": ({"model": ...}, "model: Field required"),
    "no messages": ({"messages": ...}, "messages: Field required"),
    "temperature": ({"temperature": 1.0}, "temperature: Extra inputs are not permitted"),
    "top_p": ({"top_p": 0.5}, "top_p: Extra inputs are not permitted"),
    "top_k": ({"top_k": 5}, "top_k: Extra inputs are not permitted"),
    "unknown parameter": ({"temprature": 1}, "temprature: Extra inputs are not permitted"),
    "beta parameter without its header": ({"mcp_servers": []}, "mcp_servers: Extra inputs are not permitted"),
    "max_tokens as text": ({"max_tokens": "5"}, "max_tokens: Input should be a valid integer"),
    "negative max_tokens": ({"max_tokens": -1}, "greater than or equal to 0"),
    "more output than the model has": (
        {"max_tokens": 128_001},
        "max_tokens: 128001 > 128000, which is the maximum allowed number of output tokens",
    ),
    "stream as text": ({"stream": "yes"}, "stream: Input should be a valid boolean"),
    "metadata with other keys": ({"metadata": {"run": "1"}}, "metadata.run: Extra inputs are not permitted"),
    "blank stop sequence": ({"stop_sequences": [" "]}, "non-whitespace"),
    "unknown service tier": ({"service_tier": "gold"}, "service_tier"),
    "unknown effort": ({"output_config": {"effort": "huge"}}, "output_config.effort"),
    "empty text in the system prompt": (
        {"system": [said("")]},
        "system: text content blocks must be non-empty",
    ),
    "tool name with a dot": (
        {"tools": [{**TOOL, "name": "a.b"}]},
        "tools.0.custom.name: String should match pattern '^[a-zA-Z0-9_-]{1,64}$'",
    ),
    "tool name of 65 characters": ({"tools": [{**TOOL, "name": "x" * 65}]}, "tools.0.custom.name"),
    "tool without a schema": ({"tools": [{"name": "a"}]}, "tools.0.custom.input_schema: Field required"),
    "tool whose schema is no object": (
        {"tools": [{"name": "a", "input_schema": {"type": "string"}}]},
        "tools.0.custom.input_schema.type: Input should be 'object'",
    ),
    "tool with an unknown key": ({"tools": [{**TOOL, "timeout": 3}]}, "tools.0.custom.timeout: Extra inputs"),
    "tool of an unknown type": (
        {"tools": [{"type": "teleport_20260101", "name": "a"}]},
        "tools.0: Input tag",
    ),
    "two tools of one name": ({"tools": [TOOL, TOOL]}, "Tool names must be unique"),
    "choice without tools": (
        {"tool_choice": {"type": "auto"}},
        "may only be specified while providing tools",
    ),
    "forced choice on a model that refuses it": (
        {"tools": [TOOL], "tool_choice": {"type": "any"}},
        "not supported for this model",
    ),
    "choice of an absent tool": (
        {"model": OLD, "tools": [TOOL], "tool_choice": {"type": "tool", "name": "x"}},
        "Tool 'x' not found",
    ),
    "budgeted thinking on a new model": (
        {"max_tokens": 4000, "thinking": {"type": "enabled", "budget_tokens": 2000}},
        '"enabled" is not supported',
    ),
    "adaptive thinking on an old model": (
        {"model": OLDER, "thinking": {"type": "adaptive"}},
        "not supported",
    ),
    "disabled thinking where it is always on": ({"thinking": {"type": "disabled"}}, "not supported"),
    "small budget": (
        {"model": OLDER, "thinking": {"type": "enabled", "budget_tokens": 1000}},
        "greater than or equal to 1024",
    ),
    "budget above max_tokens": (
        {"model": OLDER, "max_tokens": 2000, "thinking": {"type": "enabled", "budget_tokens": 2000}},
        "`max_tokens` must be greater than `thinking.budget_tokens`",
    ),
    "five cache marks": (
        {"system": [said(str(index), cache_control=MARK) for index in range(5)]},
        "A maximum of 4 blocks with cache_control may be provided. Found 5.",
    ),
    "four marks and the automatic one": (
        {"cache_control": MARK, "system": [said(str(index), cache_control=MARK) for index in range(4)]},
        "Found 5.",
    ),
    "a long mark after a short one": (
        {"system": [said("a", cache_control=MARK), said("b", cache_control={**MARK, "ttl": "1h"})]},
        "a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block",
    ),
    "unknown time to live": ({"system": [said("a", cache_control={**MARK, "ttl": "2h"})]}, "'5m' or '1h'"),
}

ACCEPTED: dict[str, Json] = {
    "zero max_tokens": {"max_tokens": 0},
    "all the output the model has": {"max_tokens": 128_000},
    "user id": {"metadata": {"user_id": "u1"}},
    "system of blocks": {"system": [said("Be brief.", cache_control=MARK)]},
    "forced choice on an old model": {
        "model": OLD,
        "tools": [TOOL],
        "tool_choice": {"type": "tool", "name": "weather"},
    },
    "auto choice": {"tools": [TOOL], "tool_choice": {"type": "auto", "disable_parallel_tool_use": True}},
    "tool with every key": {
        "tools": [
            {
                **TOOL,
                "type": "custom",
                "description": "Weather",
                "strict": True,
                "cache_control": MARK,
                "defer_loading": False,
                "input_examples": [{}],
            }
        ]
    },
    "server tool": {"tools": [{"type": "web_search_20260209", "name": "web_search"}]},
    "name of 64 characters": {"tools": [{**TOOL, "name": "x" * 64}]},
    "adaptive thinking": {"thinking": {"type": "adaptive", "display": "summarized"}},
    "budgeted thinking": {
        "model": OLDER,
        "max_tokens": 4000,
        "thinking": {"type": "enabled", "budget_tokens": 2000},
    },
    "four cache marks": {"system": [said(str(index), cache_control=MARK) for index in range(4)]},
    "a short mark after a long one": {
        "system": [said("a", cache_control={**MARK, "ttl": "1h"}), said("b", cache_control=MARK)]
    },
}


@pytest.mark.parametrize("name", REFUSED)
async def test_it_is_refused_with_the_apis_words(
    name: str, fake: FakeClaude, post: Post, judge: Judge
) -> None:
    change, words = REFUSED[name]
    with pytest.raises(anthropic.BadRequestError, match=re.escape(words)) as caught:
        await post(change)
    assert caught.value.type == "invalid_request_error"
    assert fake.journal.served().total() == 0
    assert judge(change) == Problem(400, "invalid_request_error", caught.value.api_message or "")


@pytest.mark.parametrize("name", ACCEPTED)
async def test_it_is_accepted(name: str, post: Post, judge: Judge) -> None:
    assert (await post(ACCEPTED[name]))["type"] == "message"
    assert judge(ACCEPTED[name]) is None
