"""Deterministic token counts: a quarter of the UTF-8 bytes, rounded up. Not Claude's own counting."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from .._json import is_array, is_object

dumps = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def tokens_of_bytes(size: int) -> int:
    """`ceil(size / 4)`."""
    return -(-size // 4)


def prompt_blocks(params: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every block of a prompt in the order the API processes them: tools, system, messages."""
    for tool in params.get("tools") or ():
        yield "tools", tool
    system = params.get("system")
    if isinstance(system, str):
        yield "system", {"type": "text", "text": system}
    else:
        for block in system or ():
            yield "system", block
    for message in params.get("messages") or ():
        role = message["role"]
        content = message.get("content") or ()
        if isinstance(content, str):
            yield role, {"type": "text", "text": content}
        else:
            for block in content:
                yield role, block


def block_bytes(block: dict[str, Any]) -> bytes:
    """A block's canonical bytes, without its cache marker, so that a marker changes no count and no hash."""
    if "cache_control" in block:
        block = {key: value for key, value in block.items() if key != "cache_control"}
    inner = block.get("content")
    if is_array(inner):
        block = {**block, "content": [_unmarked(item) for item in inner]}
    return dumps(block).encode()


def _unmarked(item: Any) -> Any:
    if is_object(item) and "cache_control" in item:
        return {key: value for key, value in item.items() if key != "cache_control"}
    return item


def input_tokens(params: dict[str, Any]) -> int:
    """What a prompt costs, cached or not."""
    return tokens_of_bytes(sum(len(block_bytes(block)) for _, block in prompt_blocks(params)))


def output_tokens(content: list[dict[str, Any]]) -> tuple[int, int]:
    """All tokens of an answer, and those of its thinking."""
    total = thinking = 0
    for block in content:
        kind = block.get("type")
        if kind == "text":
            size = len(block["text"].encode())
        elif kind == "thinking":
            size = max(len(block["thinking"].encode()), 4)
            thinking += tokens_of_bytes(size)
        elif kind == "compaction":
            size = len((block.get("content") or "").encode())
        elif kind in ("tool_use", "server_tool_use"):
            size = len(block["name"]) + len(dumps(block["input"]).encode())
        else:
            size = len(dumps(block).encode())
        total += tokens_of_bytes(size)
    return total, thinking
