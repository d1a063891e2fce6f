"""Claude's answers, one of every kind, as the Messages API gives them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

KINDS = (
    "text",
    "tools",
    "tools_after_text",
    "tools_beside_server_tool",
    "pause",
    "bare_pause",
    "empty_pause",
    "pause_with_call",
    "cut_text",
    "cut_call",
    "refusal",
    "empty_refusal",
    "window",
    "unheard_of",
    "no_stop_reason",
    "empty",
    "call_without_tool_use",
    "tool_use_without_call",
    "stop_sequence",
)
NAMES = ("lookup", "write", "orphan", "ghost", "secret")
"""Two are offered, one nobody offers, one does not exist, one the agent was not given."""

kinds = st.sampled_from(KINDS)
tool_names = st.lists(st.sampled_from(("lookup", *NAMES)), min_size=1, max_size=3)
offered_names = st.lists(st.sampled_from(("lookup", "write")), min_size=1, max_size=3)


def reply(kind: str, names: list[str], numbers: Iterator[int]) -> dict[str, Any]:
    number = next(numbers)
    text = {"type": "text", "text": f"Answer {number}."}
    calls = [
        {"type": "tool_use", "id": f"toolu_{number}_{place}", "name": name, "input": {"place": place}}
        for place, name in enumerate(names)
    ]
    server = {
        "type": "server_tool_use",
        "id": f"srvtoolu_{number}",
        "name": "web_search",
        "input": {"query": "q"},
    }
    content, stop = {
        "text": ([text], "end_turn"),
        "tools": (calls, "tool_use"),
        "tools_after_text": ([text, *calls], "tool_use"),
        "tools_beside_server_tool": ([server, *calls], "tool_use"),
        "pause": ([text, server], "pause_turn"),
        "bare_pause": ([server], "pause_turn"),
        "empty_pause": ([], "pause_turn"),
        "pause_with_call": ([*calls, server], "pause_turn"),
        "cut_text": ([text], "max_tokens"),
        "cut_call": ([text, *calls], "max_tokens"),
        "refusal": ([text], "refusal"),
        "empty_refusal": ([], "refusal"),
        "window": ([text], "model_context_window_exceeded"),
        "unheard_of": ([text], "moon_phase"),
        "no_stop_reason": ([text], None),
        "empty": ([], "end_turn"),
        "call_without_tool_use": (calls, "end_turn"),
        "tool_use_without_call": ([text], "tool_use"),
        "stop_sequence": ([text], "stop_sequence"),
    }[kind]
    return {
        "id": f"msg_{number}",
        "type": "message",
        "role": "assistant",
        "model": "claude-sonnet-5-5",
        "content": content,
        "stop_reason": stop,
        "stop_sequence": None,
        "usage": {"input_tokens": 10, "output_tokens": 5},
    }
