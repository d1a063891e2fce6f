"""A model inside the process: it answers at once, with the events that the API would stream.

It takes the place of the `AsyncAnthropic` client, and has of it what the executor touches. So nothing of the
executor is left out, the putting together of the answer included; the SDK, HTTP and the fake are.
"""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import AsyncIterator, Callable
from types import SimpleNamespace
from typing import Any, cast

import httpx2
from anthropic import AsyncAnthropic

TEXT = "x" * 200
_HEADERS = httpx2.Headers({"request-id": "req_bench"})
_USAGE = {"input_tokens": 10, "output_tokens": 5}


class _Stream:
    """The events of one answer."""

    response = SimpleNamespace(headers=_HEADERS)

    def __init__(self, events: list[dict[str, Any]]) -> None:
        self._events = events

    async def __aenter__(self) -> _Stream:
        return self

    async def __aexit__(self, *_: object) -> None:
        pass

    async def __aiter__(self) -> AsyncIterator[dict[str, Any]]:
        for event in self._events:
            yield event


class NoopModel:
    """Asks for the tool in each of the first `iterations` calls of a run, then ends it.

    Which call it is shows in the request: each iteration adds two messages. `told` is called with the time
    (`time.time()`) at which a call begins.
    """

    max_retries = 0
    api_key = "none"

    def __init__(
        self,
        iterations: int = 0,
        *,
        tool: str = "",
        text: str = TEXT,
        told: Callable[[float], None] | None = None,
    ) -> None:
        self.calls = 0
        self.ends = 0
        self._iterations = iterations
        self._tool = tool
        self._text = text
        self._told = told
        self._numbers = itertools.count(1)

    def client(self) -> AsyncAnthropic:
        """For `Executor(anthropic_client=...)`."""
        return cast("AsyncAnthropic", self)

    async def post(self, _path: str, *, body: dict[str, Any], **_: Any) -> _Stream:
        if self._told is not None:
            self._told(time.time())
        self.calls += 1
        wants_tool = len(body["messages"]) // 2 < self._iterations
        self.ends += not wants_tool
        return _Stream(self._answer(body["model"], wants_tool))

    def _answer(self, model: str, wants_tool: bool) -> list[dict[str, Any]]:
        number = next(self._numbers)
        message: dict[str, Any] = {
            "id": f"msg_{number}",
            "type": "message",
            "role": "assistant",
            "model": model,
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "usage": _USAGE,
        }
        events: list[dict[str, Any]] = [{"type": "message_start", "message": message}]
        events += _block(0, {"type": "text", "text": ""}, {"type": "text_delta", "text": self._text})
        if wants_tool:
            block: dict[str, Any] = {
                "type": "tool_use",
                "id": f"toolu_{number}",
                "name": self._tool,
                "input": {},
            }
            events += _block(1, block, {"type": "input_json_delta", "partial_json": json.dumps({})})
        reason = "tool_use" if wants_tool else "end_turn"
        delta = {"stop_reason": reason, "stop_sequence": None}
        events.append({"type": "message_delta", "delta": delta, "usage": _USAGE})
        events.append({"type": "message_stop"})
        return events


def _block(index: int, block: dict[str, Any], delta: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"type": "content_block_start", "index": index, "content_block": block},
        {"type": "content_block_delta", "index": index, "delta": delta},
        {"type": "content_block_stop", "index": index},
    ]
