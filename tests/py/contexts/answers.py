"""Claude's answers to a request: all kinds that shape a transcript, with thinking signed as the API does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from agentpg_executor.testing import signed_thinking
from hypothesis import strategies as st

Json = dict[str, Any]

KINDS: dict[str, tuple[tuple[str, ...], str]] = {
    "text": (("text",), "end_turn"),
    "thought text": (("thinking", "text"), "end_turn"),
    "long text": (("thinking", "long text"), "end_turn"),
    "calls": (("call", "call"), "tool_use"),
    "thought call": (("thinking", "text", "call"), "tool_use"),
    "thoughts between calls": (("thinking", "call", "thinking", "call", "call"), "tool_use"),
    "unknown tool": (("thinking", "ghost"), "tool_use"),
    "delegates": (("thinking", "delegate", "delegate", "call"), "tool_use"),
    "searched": (("thinking", "search", "found", "thinking", "text"), "end_turn"),
    "searched and called": (("thinking", "search", "found", "call"), "tool_use"),
    "paused": (("thinking", "text", "search"), "pause_turn"),
    "paused after a search": (("search", "found", "search"), "pause_turn"),
    "call beside a search": (("thinking", "search", "call"), "tool_use"),
    "cut text": (("thinking", "text"), "max_tokens"),
    "cut thought": (("thinking",), "max_tokens"),
    "cut call": (("thinking", "call", "call"), "max_tokens"),
    "refusal": (("text",), "refusal"),
    "empty": ((), "end_turn"),
    "full window": (("thinking", "text"), "model_context_window_exceeded"),
    "full window in a call": (("thinking", "call"), "model_context_window_exceeded"),
    "full window in a search": (("thinking", "search"), "model_context_window_exceeded"),
}
"""What stands in the answer, and its stop reason."""
LIKELY = ("thought text", "calls", "thought call", "delegates", "searched", "paused", "full window")
SUMMARIES = ("good", "good", "good", "cut", "empty", "blank", "refused", "calls")

kinds = st.sampled_from((*KINDS, *LIKELY))
summaries = st.sampled_from(SUMMARIES)
SIZES = (100, 700, 1400, 2600, 6000)
sizes = st.sampled_from(SIZES)
"""What the API counts as the context; above 2,000 it is to be compacted."""


def blocks_of(request: Json) -> Iterator[Json]:
    """All blocks of the messages."""
    for message in request["messages"]:
        content = message["content"]
        yield from [{"type": "text", "text": content}] if isinstance(content, str) else content


def open_searches(request: Json) -> list[str]:
    """The API's own calls that it has still to answer: it does so before anything else."""
    blocks = list(blocks_of(request))
    answered = {block["tool_use_id"] for block in blocks if "tool_use_id" in block}
    return [b["id"] for b in blocks if b["type"] == "server_tool_use" and b["id"] not in answered]


def answer(kind: str, request: Json, size: int, numbers: Iterator[int]) -> Json:
    parts, stop = KINDS[kind]
    content = [found(id) for id in open_searches(request)]
    for part in parts:
        content.append(_block(part, request, content, next(numbers)))
    return _message(request, content, stop, size)


def found(id: str) -> Json:
    return {"type": "web_search_tool_result", "tool_use_id": id, "content": []}


def _block(part: str, request: Json, before: list[Json], number: int) -> Json:
    match part:
        case "text":
            return {"type": "text", "text": f"Answer {number}."}
        case "long text":
            return {"type": "text", "text": f"Answer {number}. " + "la " * 1000}
        case "thinking":
            return signed_thinking(request, f"Thought {number}.", *before)
        case "search":
            return {
                "type": "server_tool_use",
                "id": f"srvtoolu_{number}",
                "name": "web_search",
                "input": {"query": "q"},
            }
        case "found":
            return found(before[-1]["id"])
        case "delegate":
            return _call("helper", number, {"task": f"Task {number}."})
        case "ghost":
            return _call("ghost", number, {})
        case _:
            return _call("look", number, {"at": number})


def _call(name: str, number: int, given: Json) -> Json:
    return {"type": "tool_use", "id": f"toolu_{number}", "name": name, "input": given}


def summary(kind: str, request: Json, numbers: Iterator[int]) -> Json:
    """The answer to a request that asks for a summary; a good one names itself."""
    text = {"type": "text", "text": f"Summary {next(numbers)}."}
    content, stop = {
        "good": ([{"type": "thinking", "thinking": "", "signature": "c2ln"}, text], "end_turn"),
        "cut": ([text], "max_tokens"),
        "empty": ([], "end_turn"),
        "blank": ([{"type": "text", "text": " \n"}], "end_turn"),
        "refused": ([text], "refusal"),
        "calls": ([_call("look", next(numbers), {})], "tool_use"),
    }[kind]
    return _message(request, content, stop, 300)


def is_summary(kind: str) -> bool:
    """Whether the engine is to take it."""
    return kind in ("good", "cut")


def _message(request: Json, content: list[Json], stop: str, size: int) -> Json:
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": request["model"],
        "content": content,
        "stop_reason": stop,
        "stop_sequence": None,
        "usage": {"input_tokens": size - 20, "output_tokens": 20},
    }
