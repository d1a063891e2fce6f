"""Builds the Message out of the raw events of a stream.

Everything is kept as the API sent it, in plain dicts: blocks, usage counters and top-level fields that
nobody has heard of survive. For all that the SDK knows, the result equals that of its own stream helper.
"""

from __future__ import annotations

from typing import Any

from jiter import from_json

from .._json import is_object


class StreamBroken(Exception):
    """The stream ended too early, or said something that cannot be put together."""


class Accumulator:
    """Feed it every event, then take `message()`. One instance serves one stream."""

    def __init__(self) -> None:
        self._message: dict[str, Any] | None = None
        self._blocks: dict[int, dict[str, Any]] = {}
        self._text: dict[int, list[str]] = {}
        self._json: dict[int, list[str]] = {}
        self._cut: list[int] = []
        self._ended = False
        self.unrecognised: list[dict[str, Any]] = []
        """Events and deltas of a kind nobody knows yet, as they came; they are not part of the message."""

    @property
    def started(self) -> bool:
        return self._message is not None

    @property
    def usage(self) -> dict[str, Any]:
        """What the stream said about usage so far, for streams that break off."""
        usage = (self._message or {}).get("usage")
        return dict(usage) if is_object(usage) else {}

    def feed(self, event: dict[str, Any]) -> None:
        """Takes the next event. Raises `StreamBroken` if it contradicts those before."""
        kind = event.get("type")
        if kind == "message_start":
            message = event.get("message")
            if not is_object(message):
                raise StreamBroken("message_start without a message")
            self._message = {**message, "content": list(message.get("content") or [])}
            return
        if kind == "ping":
            return
        if self._message is None:
            if kind in ("content_block_start", "content_block_delta", "message_delta", "message_stop"):
                raise StreamBroken(f"{kind} before message_start")
            self.unrecognised.append(event)
        elif kind == "content_block_delta":
            self._add_delta(event)
        elif kind == "content_block_start":
            self._start_block(event)
        elif kind == "content_block_stop":
            self._finish_block(event.get("index", -1))
        elif kind == "message_delta":
            self._merge_delta(self._message, event)
        elif kind == "message_stop":
            self._ended = True
        else:
            self.unrecognised.append(event)

    def message(self) -> dict[str, Any]:
        """The complete message. Raises `StreamBroken` if the stream did not say it was complete."""
        if self._message is None:
            raise StreamBroken("the stream ended before message_start")
        if not self._ended:
            raise StreamBroken("the stream ended without message_stop")
        if self._message.get("stop_reason") is None:
            raise StreamBroken("the message ended without a stop_reason")
        for index in list(self._text.keys() | self._json.keys()):
            self._finish_block(index)
        if self._cut and self._message["stop_reason"] == "tool_use":
            # Only a limit may cut an input. Here the call would run with half of what the model said.
            raise StreamBroken(f"the input of block {self._cut[0]} is incomplete")
        return self._message

    def _start_block(self, event: dict[str, Any]) -> None:
        block = event.get("content_block")
        if self._message is None or not is_object(block):
            raise StreamBroken("content_block_start without a block")
        block = dict(block)
        self._message["content"].append(block)
        self._blocks[event.get("index", len(self._blocks))] = block
        served_by = block.get("to")
        if block.get("type") == "fallback" and is_object(served_by) and served_by.get("model"):
            # The last hop names the model that answered, as a message that was not streamed would.
            self._message["model"] = served_by["model"]

    def _add_delta(self, event: dict[str, Any]) -> None:
        index: int = event.get("index", -1)
        block = self._blocks.get(index)
        delta = event.get("delta")
        if block is None or not is_object(delta):
            raise StreamBroken(f"a delta for block {index}, which was not started")
        kind = block.get("type")
        match delta.get("type"):
            case "text_delta" if kind == "text":
                self._text.setdefault(index, []).append(delta["text"])
            case "thinking_delta" if kind == "thinking":
                self._text.setdefault(index, []).append(delta["thinking"])
            case "input_json_delta":
                self._json.setdefault(index, []).append(delta["partial_json"])
            case "signature_delta" if kind == "thinking":
                block["signature"] = delta["signature"]
            case "citations_delta" if kind == "text":
                block["citations"] = [*(block.get("citations") or []), delta["citation"]]
            case _ if kind not in ("text", "thinking", "tool_use", "server_tool_use"):
                _grow(block, delta)
            case _:
                self.unrecognised.append(event)

    def _finish_block(self, index: int) -> None:
        block = self._blocks.get(index)
        texts = self._text.pop(index, None)
        parts = self._json.pop(index, None)
        if block is None:
            return
        if texts is not None:
            field = "thinking" if block.get("type") == "thinking" else "text"
            block[field] = (block.get(field) or "") + "".join(texts)
        if parts is not None and (text := "".join(parts)):
            data = text.encode("utf-8", "replace")
            try:
                block["input"] = from_json(data)
            except ValueError:
                block["input"] = _partial(index, data)
                self._cut.append(index)

    def _merge_delta(self, message: dict[str, Any], event: dict[str, Any]) -> None:
        delta = event.get("delta")
        if is_object(delta):
            for key in ("stop_reason", "stop_sequence", "stop_details"):
                message[key] = delta.get(key)
            message.update({key: value for key, value in delta.items() if value is not None})
        usage = event.get("usage")
        if is_object(usage):
            # Cumulative: a counter replaces the earlier one, and an absent or null one leaves it alone.
            counters = message["usage"] = dict(message.get("usage") or {})
            counters.update({key: value for key, value in usage.items() if value is not None})
        others = {k: v for k, v in event.items() if k not in ("type", "delta", "usage") and v is not None}
        message.update(others)


def _partial(index: int, data: bytes) -> Any:
    try:
        return from_json(data, partial_mode=True)
    except ValueError as error:
        raise StreamBroken(f"the input of block {index} is not JSON: {error}") from None


def _grow(block: dict[str, Any], delta: dict[str, Any]) -> None:
    """A delta for a block type nobody knows yet: its fields extend those of the same name."""
    for key, value in delta.items():
        known = block.get(key)
        if key == "type":
            continue
        if isinstance(known, str) and isinstance(value, str):
            block[key] = known + value
        elif isinstance(known, list) and isinstance(value, list):
            block[key] = [*known, *value]
        else:
            block[key] = value
