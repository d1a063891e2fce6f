"""A Message as the events of its stream, in the order the API sends them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ._tokens import dumps

_quote = json.encoder.encode_basestring
PING = b'event: ping\ndata: {"type": "ping"}\n\n'
_STREAMED_USAGE = (
    "input_tokens",
    "cache_creation_input_tokens",
    "cache_read_input_tokens",
    "output_tokens",
    "output_tokens_details",
    "server_tool_use",
    "iterations",
)
_SUMMED = ("content", "encrypted_content")


@dataclass(slots=True)
class Event:
    """One event's bytes; `delta` if it carries a piece of content, the place where a slow stream waits."""

    data: bytes
    delta: bool = False


def event(name: str, data: dict[str, Any]) -> bytes:
    """An SSE event."""
    return f"event: {name}\ndata: {dumps(data)}\n\n".encode()


def stream_events(message: dict[str, Any], *, delta_chars: int, cut_input: bool = False) -> list[Event]:
    """All events of a message; with `cut_input` the last tool call's JSON breaks off in the middle."""
    events = [Event(event("message_start", {"type": "message_start", "message": _begun(message)}))]
    content = message["content"]
    for index, block in enumerate(content):
        last = index == len(content) - 1
        events.append(Event(_start(index, block)))
        if index == 0:
            events.append(Event(PING))
        events.extend(_deltas(index, block, delta_chars, cut_input and last))
        events.append(
            Event(b'event: content_block_stop\ndata: {"type":"content_block_stop","index":%d}\n\n' % index)
        )
    if not content:
        events.append(Event(PING))
    events.append(Event(event("message_delta", _message_delta(message))))
    events.append(Event(b'event: message_stop\ndata: {"type":"message_stop"}\n\n'))
    return events


def _begun(message: dict[str, Any]) -> dict[str, Any]:
    usage = message["usage"]
    begun = {**usage, "output_tokens": min(usage["output_tokens"], 1)}
    begun.pop("output_tokens_details", None)
    begun.pop("iterations", None)
    return {
        **{key: value for key, value in message.items() if key != "context_management"},
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "stop_details": None,
        "usage": begun,
    }


def _message_delta(message: dict[str, Any]) -> dict[str, Any]:
    usage = message["usage"]
    managed = {key: message[key] for key in ("context_management",) if key in message}
    return {
        **managed,
        "type": "message_delta",
        "delta": {
            "stop_reason": message["stop_reason"],
            "stop_sequence": message["stop_sequence"],
            "stop_details": message["stop_details"],
            "container": message.get("container"),
        },
        "usage": {key: usage[key] for key in _STREAMED_USAGE if key in usage},
    }


def _start(index: int, block: dict[str, Any]) -> bytes:
    kind = block.get("type")
    begun = dict(block)
    if kind == "text":
        begun["text"] = ""
        if "citations" in block:
            begun["citations"] = []
    elif kind == "thinking":
        begun.update(thinking="", signature="")
    elif kind in ("tool_use", "server_tool_use", "mcp_tool_use"):
        begun["input"] = {}
    elif kind == "compaction":
        begun.update({key: None for key in _SUMMED if key in block})
    return event(
        "content_block_start", {"type": "content_block_start", "index": index, "content_block": begun}
    )


def _deltas(index: int, block: dict[str, Any], chars: int, cut_input: bool) -> Iterator[Event]:
    kind = block.get("type")
    if kind == "text":
        for piece in _pieces(block["text"], chars):
            yield _delta(index, "text_delta", "text", piece)
        for citation in block.get("citations") or ():
            delta = {"type": "citations_delta", "citation": citation}
            data = {"type": "content_block_delta", "index": index, "delta": delta}
            yield Event(event("content_block_delta", data), True)
    elif kind == "thinking":
        for piece in _pieces(block["thinking"], chars):
            yield _delta(index, "thinking_delta", "thinking", piece)
        yield _delta(index, "signature_delta", "signature", block["signature"])
    elif kind == "compaction":
        delta = {"type": "compaction_delta", **{key: block[key] for key in _SUMMED if key in block}}
        data = {"type": "content_block_delta", "index": index, "delta": delta}
        yield Event(event("content_block_delta", data), True)
    elif kind in ("tool_use", "server_tool_use", "mcp_tool_use"):
        yield _delta(index, "input_json_delta", "partial_json", "")
        whole = json.dumps(block["input"], ensure_ascii=False)
        if cut_input:
            whole = whole[: max(len(whole) * 2 // 3, 1)]
        if whole != "{}":
            for piece in _pieces(whole, chars):
                yield _delta(index, "input_json_delta", "partial_json", piece)


def _pieces(value: str, chars: int) -> Iterator[str]:
    for start in range(0, len(value), chars):
        yield value[start : start + chars]


def _delta(index: int, kind: str, field: str, value: str) -> Event:
    return Event(
        f"event: content_block_delta\n"
        f'data: {{"type":"content_block_delta","index":{index},'
        f'"delta":{{"type":"{kind}","{field}":{_quote(value)}}}}}\n\n'.encode(),
        True,
    )
