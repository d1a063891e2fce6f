"""Which parameters and tools the API refuses, and beside each refusal what it takes."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any, get_args

import anthropic
import pytest
from agentpg_executor.testing import FakeClaude, Problem, validate_request
from agentpg_executor.testing._betas import BETAS as BETAS_KNOWN
from anthropic.types import AnthropicBetaParam

Json = dict[str, Any]
Post = Callable[..., Awaitable[Json]]
Judge = Callable[[Json], Problem | None]

OLD = "claude-sonnet-4-6"
OLDER = "claude-haiku-4-5"
TOOL: Json = {"name": "weather", "input_schema": {"type": "object"}}
MARK: Json = {"type": "ephemeral"}


def said(value: str, **more: Any) -> Json:
    return {"type": "text", "text": value, **more}


CLOSED: Json = {"type": "object", "properties": {}, "additionalProperties": False}


def schema(value: Json) -> Json:
    return {"output_config": {"format": {"type": "json_schema", "schema": value}}}


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
    "an effort that forbids to switch thinking off": (
        {"model": "claude-opus-5", "thinking": {"type": "disabled"}, "output_config": {"effort": "max"}},
        "not supported at effort",
    ),
    "a display nobody knows": (
        {"thinking": {"type": "adaptive", "display": "all"}},
        "adaptive.display: Input",
    ),
    "updates without their beta": (
        {"thinking": {"type": "adaptive", "display": "updates"}},
        "adaptive.display: Input should be 'summarized' or 'omitted'",
    ),
    "a budget for adaptive thinking": (
        {"thinking": {"type": "adaptive", "budget_tokens": 2000}},
        "adaptive.budget_tokens: Extra inputs",
    ),
    "an open schema": (
        schema({"type": "object", "properties": {}}),
        "'additionalProperties' must be explicitly",
    ),
    "an open schema inside": (
        schema({**CLOSED, "properties": {"a": {"type": "array", "items": {"type": "object"}}}}),
        "'additionalProperties' must be explicitly",
    ),
    "a number with a limit": (
        schema({**CLOSED, "properties": {"a": {"type": "integer", "minimum": 1}}}),
        "For 'integer' type, property 'minimum' is not supported",
    ),
    "a text with a limit": (
        schema(
            {**CLOSED, "properties": {"a": {"anyOf": [{"type": "string", "maxLength": 9}, {"type": "null"}]}}}
        ),
        "For 'string' type, property 'maxLength' is not supported",
    ),
    "a schema in a circle": (
        schema(
            {
                **CLOSED,
                "properties": {"a": {"$ref": "#/$defs/a"}},
                "$defs": {"a": {**CLOSED, "properties": {"b": {"$ref": "#/$defs/a"}}}},
            }
        ),
        "Circular reference",
    ),
    "a format with a name": (
        {"output_config": {"format": {"type": "json_schema", "schema": CLOSED, "name": "a"}}},
        "output_config.format.name: Extra inputs",
    ),
    "a strict tool with an open schema": (
        {"tools": [{**TOOL, "strict": True}]},
        "tools.0.custom.input_schema: For",
    ),
    "a task budget without its beta": (
        {"output_config": {"task_budget": {"type": "tokens", "total": 5}}},
        "output_config.task_budget: Extra inputs",
    ),
    "a choice with an unknown key": (
        {"tools": [TOOL], "tool_choice": {"type": "auto", "name": "weather"}},
        "tool_choice.auto.name: Extra inputs",
    ),
    "a choice of no tool in parallel": (
        {"tools": [TOOL], "tool_choice": {"type": "none", "disable_parallel_tool_use": True}},
        "tool_choice.none.disable_parallel_tool_use: Extra inputs",
    ),
    "an advisor without its beta": (
        {"tools": [{"type": "advisor_20260301", "name": "advisor", "model": "claude-opus-5"}]},
        "tools.0: Input tag 'advisor_20260301'",
    ),
    "a toolset without its beta": (
        {"tools": [{"type": "mcp_toolset", "mcp_server_name": "a"}]},
        "tools.0: Input tag",
    ),
    "a place that is no text": ({"inference_geo": 1}, "inference_geo: Input should be a valid string"),
    "a container that is a number": ({"container": 1}, "container: Input should be"),
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
                "input_schema": {"type": "object", "properties": {}, "additionalProperties": False},
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
    "thinking switched off at high effort": {
        "model": "claude-opus-5",
        "thinking": {"type": "disabled"},
        "output_config": {"effort": "high"},
    },
    "a closed schema": schema(
        {
            **CLOSED,
            "properties": {
                "minimum": {"type": "integer"},
                "a": {"$ref": "#/$defs/a"},
                "b": {"$ref": "#/$defs/a"},
            },
            "$defs": {"a": {"type": "string", "enum": ["x"]}},
        }
    ),
    "no tool in spite of tools": {"tools": [TOOL], "tool_choice": {"type": "none"}},
    "a container by its id": {"container": "container_1"},
    "a container with skills": {"container": {"skills": [{"type": "anthropic", "skill_id": "pptx"}]}},
    "a place": {"inference_geo": "us"},
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


BETAS: dict[str, tuple[Json, str]] = {
    "a task budget": (
        {"output_config": {"task_budget": {"type": "tokens", "total": 50_000, "remaining": None}}},
        "task-budgets-2026-03-13",
    ),
    "an advisor": (
        {"tools": [{"type": "advisor_20260301", "name": "advisor", "model": "claude-opus-5"}]},
        "advisor-tool-2026-03-01",
    ),
    "a toolset": (
        {
            "mcp_servers": [{"type": "url", "url": "https://example.com", "name": "a"}],
            "tools": [{"type": "mcp_toolset", "mcp_server_name": "a"}],
        },
        "mcp-client-2025-11-20",
    ),
    "three fallbacks": ({"fallbacks": [{"model": "claude-opus-5"}] * 3}, "server-side-fallback-2026-07-01"),
    "the default fallbacks": ({"fallbacks": "default"}, "server-side-fallback-2026-07-01"),
    "updates": (
        {"thinking": {"type": "adaptive", "display": "updates"}},
        "thinking-display-updates-2026-08-18",
    ),
    "a budget above max_tokens": (
        {"model": OLDER, "max_tokens": 2000, "thinking": {"type": "enabled", "budget_tokens": 9000}},
        "interleaved-thinking-2025-05-14",
    ),
    "a system message that is cleared": (
        {
            "messages": [
                {"role": "user", "content": "Hi"},
                {"role": "system", "content": "Now.", "clear_at": "never"},
            ]
        },
        "mid-conversation-system-clear-at-2026-08-21",
    ),
    "a system message without words": (
        {
            "messages": [
                {"role": "user", "content": "Hi"},
                {"role": "system", "output_config": {"effort": "low"}},
            ]
        },
        "mid-conversation-output-config-2026-07-01",
    ),
    "a tool in the middle": (
        {
            "messages": [
                {"role": "user", "content": "Hi"},
                {
                    "role": "system",
                    "content": [
                        {"type": "tool_removal", "tool": {"type": "tool_reference", "name": "weather"}}
                    ],
                },
            ],
            "tools": [TOOL],
        },
        "mid-conversation-tool-changes-2026-07-01",
    ),
}


@pytest.mark.parametrize("name", BETAS)
def test_a_beta_opens_it(name: str, ask: Json) -> None:
    change, beta = BETAS[name]
    assert validate_request(ask | change, [beta]) is None
    assert validate_request(ask | change) is not None


def test_four_fallbacks_are_too_many(ask: Json) -> None:
    beta = "server-side-fallback-2026-07-01"
    for fallbacks in ([{"model": "claude-opus-5"}] * 4, "all", [{}]):
        assert "fallbacks: " in str(validate_request({**ask, "fallbacks": fallbacks}, [beta]))


def test_every_beta_of_the_sdk_is_known() -> None:
    literals = [each for each in get_args(AnthropicBetaParam) if get_args(each)]
    (names,) = (get_args(each) for each in literals)
    assert set(names) == BETAS_KNOWN
