"""Whatever a client sends, the answer is one the API could give."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from agentpg_executor.testing import FakeClaude
from agentpg_executor.testing._routes import Routes
from agentpg_executor.testing._state import State
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

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
    "thinking": {"type": "adaptive"},
    "output_config": {"effort": "low", "format": {"type": "json_schema", "schema": {}}},
    "stop_sequences": ["END"],
    "metadata": {"user_id": "u"},
    "stream": True,
    "messages": [
        {"role": "user", "content": "Hi"},
        {
            "role": "assistant",
            "content": [
                {"type": "text", "text": "Well", "citations": []},
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
                    "content": [{"type": "text", "text": "Snow", "cache_control": {"type": "ephemeral"}}],
                },
                {"type": "container_upload", "file_id": "file_1", "cache_control": {"type": "ephemeral"}},
            ],
        },
    ],
}

ODD = st.sampled_from(
    [None, True, 0, -1, 1.5, "", "x", "claude-opus-5-5", [], {}, [[]], [{}], [None], {"type": []}]
)


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
    headers = {"x-api-key": "sk-ant-fake", "anthropic-version": "2026-10-21"}
    reply = routes.handle("POST", path, headers, json.dumps(body).encode())
    for _ in reply.steps or ():
        pass
    return reply.status


def test_the_body_to_change_is_good(routes: Routes) -> None:
    assert status(routes, "/v1/messages", GOOD) == 200


@pytest.mark.parametrize("path", places(GOOD), ids=lambda path: ".".join(map(str, path)))
@given(value=st.one_of(ODD, st.just(...)))
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_an_odd_value_anywhere_is_taken_or_refused(routes: Routes, path: tuple[Any, ...], value: Any) -> None:
    body = changed(path, value)
    assert status(routes, "/v1/messages", body) in (200, 400, 404)
    assert status(routes, "/v1/messages/batches", {"requests": [{"custom_id": "a", "params": body}]}) in (
        200,
        400,
    )


@pytest.mark.parametrize(
    "body", [None, 1, "x", [], {"requests": None}, {"requests": [None]}, {"requests": [{}]}]
)
def test_an_odd_batch_is_refused(routes: Routes, body: Any) -> None:
    assert status(routes, "/v1/messages/batches", body) == 400
