"""Whatever a client sends, the answer is one the API could give."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from agentpg_executor.testing import FakeClaude
from agentpg_executor.testing._routes import Routes
from agentpg_executor.testing._state import State

GOOD: dict[str, Any] = {
    "model": "claude-opus-5-5",
    "max_tokens": 100,
    "system": [{"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral", "ttl": "1h"}}],
    "cache_control": {"type": "ephemeral"},
    "tools": [
        {
            "name": "weather",
            "description": "Weather",
            "input_schema": {"type": "object"},
            "cache_control": {"type": "ephemeral", "ttl": "1h"},
        }
    ],
    "tool_choice": {"type": "auto"},
    "thinking": {"type": "adaptive", "block_binding": {"prefix_mismatch_behavior": "drop_block"}},
    "output_config": {
        "effort": "low",
        "format": {"type": "json_schema", "schema": {"type": "object", "additionalProperties": False}},
        "task_budget": {"type": "tokens", "total": 9},
    },
    "context_management": {
        "edits": [
            {"type": "clear_thinking_20251015", "keep": {"type": "thinking_turns", "value": 1}},
            {
                "type": "clear_tool_uses_20250919",
                "trigger": {"type": "tool_uses", "value": 1},
                "keep": {"type": "tool_uses", "value": 0},
                "clear_at_least": {"type": "input_tokens", "value": 0},
                "clear_tool_inputs": ["weather"],
                "exclude_tools": ["other"],
            },
            {"type": "compact_20260112", "trigger": {"type": "input_tokens", "value": 50_000}},
        ]
    },
    "fallbacks": [{"model": "claude-opus-5"}],
    "stop_sequences": ["END"],
    "metadata": {"user_id": "u"},
    "stream": True,
    "messages": [
        {"role": "user", "content": "Hi"},
        {
            "role": "assistant",
            "content": [
                {"type": "compaction", "content": "So far."},
                {"type": "text", "text": "Well", "citations": [{"type": "char_location"}]},
                {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {"city": "Oslo"}},
                {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {}},
                {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": []},
            ],
        },
        {
            "role": "user",
            "content": [
                {
                    "type": "tool_result",
                    "tool_use_id": "toolu_1",
                    "content": [
                        {"type": "text", "text": "Snow", "cache_control": {"type": "ephemeral"}},
                        {"type": "browser_state", "tabs": [{"tab_id": "1", "active": True}]},
                    ],
                },
                {"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}},
                {"type": "container_upload", "file_id": "file_1", "cache_control": {"type": "ephemeral"}},
            ],
        },
    ],
}

BETAS = (
    "compact-2026-01-12",
    "context-management-2025-06-27",
    "server-side-fallback-2026-07-01",
    "task-budgets-2026-03-13",
    "thinking-binding-controls-2026-08-01",
)
ODD: list[Any] = [
    *(None, True, 0, -1, 1.5, "", "x", "claude-opus-5-5", [], {}, [[]], [{}], [None], {"type": []}),
    ...,
]


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a body."""
    found = [path] if path else []
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        found.extend(places(inner, (*path, key)))
    return found


def changed(path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    body = copy.deepcopy(GOOD)
    target: Any = body
    for key in path[:-1]:
        target = target[key]
    if value is ...:
        del target[path[-1]]
    else:
        target[path[-1]] = value
    return body


@pytest.fixture(scope="module")
def routes() -> Routes:
    return Routes(State(FakeClaude().settings))


def status(routes: Routes, path: str, body: Any) -> int:
    headers = {
        "x-api-key": "sk-ant-fake",
        "anthropic-version": "2026-10-21",
        "anthropic-beta": ",".join(BETAS),
    }
    reply = routes.handle("POST", path, headers, json.dumps(body).encode())
    for _ in reply.steps or ():
        pass
    return reply.status


def test_the_body_to_change_is_good(routes: Routes) -> None:
    assert status(routes, "/v1/messages", GOOD) == 200


@pytest.mark.parametrize("path", places(GOOD), ids=lambda path: ".".join(map(str, path)))
def test_an_odd_value_anywhere_is_taken_or_refused(routes: Routes, path: tuple[Any, ...]) -> None:
    """`...` leaves the key out."""
    for value in ODD:
        body = changed(path, value)
        item = {"custom_id": "a", "params": body}
        assert status(routes, "/v1/messages", body) in (200, 400, 404), value
        assert status(routes, "/v1/messages/batches", {"requests": [item]}) in (200, 400), value


@pytest.mark.parametrize(
    "body", [None, 1, "x", [], {"requests": None}, {"requests": [None]}, {"requests": [{}]}]
)
def test_an_odd_batch_is_refused(routes: Routes, body: Any) -> None:
    assert status(routes, "/v1/messages/batches", body) == 400
