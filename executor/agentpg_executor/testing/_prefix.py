"""The prefix of a thinking block: the system prompt, the tools, and every earlier message.

Cache markers are no part of it, nor is where one message of a role ends and the next begins. The thinking in
it is kept apart: all of it may be left out, but none from between.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from .._json import is_array, is_object
from ._signing import NOTHING, Point, open_summary, proof_of, tag

THINKING = ("thinking", "redacted_thinking")
Json = dict[str, Any]
Place = tuple[int, int]
_EMPTY = bytes(16)


class Prefix:
    """What comes before a place in a conversation; blocks are added as they are read or written."""

    def __init__(self, params: Json) -> None:
        system: Any = params.get("system") or []
        self._base = _EMPTY
        for tool in params.get("tools") or ():
            self._base = _digest(self._base, "tool", tool)
        for block in [{"type": "text", "text": system}] if isinstance(system, str) else system:
            self._base = _digest(self._base, "system", block)
        self.told = Point(_EMPTY, NOTHING)
        """The messages alone: what a summary stands for."""

    @property
    def point(self) -> Point:
        """What a thinking block at this place is bound to."""
        whole = hashlib.blake2b(self._base + self.told.digest, digest_size=16).digest()
        return Point(whole, self.told.thinking)

    def add(self, role: str, block: Json) -> None:
        """One block further."""
        kind = block.get("type")
        if kind in THINKING:
            self.told = Point(self.told.digest, tag(proof_of(block)))
            return
        if kind == "compaction":
            content, signature = block.get("content"), block.get("signature")
            if content is None:
                return
            summary = open_summary(content, signature) if isinstance(signature, str) else None
            # One on demand stands for the messages it replaced, any other for a new beginning.
            point = Point(_digest(_EMPTY, role, block), NOTHING)
            self.told = point if summary is None else summary.point
            return
        self.told = Point(_digest(self.told.digest, role, block), self.told.thinking)


def read(params: Json, prefix: Prefix) -> Iterator[tuple[Place, str, Json]]:
    """Every block that the model reads; `prefix` is what comes before it, in the end before the answer."""
    messages: list[Json] = params["messages"]
    start = last_compaction(messages) or (0, 0)
    for index in range(start[0], len(messages)):
        for position, block in enumerate(blocks_of(messages[index])):
            if (index, position) >= start:
                yield (index, position), messages[index]["role"], block
                prefix.add(messages[index]["role"], block)


def prefix_of(params: Json) -> Prefix:
    """What comes before the answer."""
    prefix = Prefix(params)
    for _ in read(params, prefix):
        pass
    return prefix


def last_compaction(messages: list[Json]) -> Place | None:
    """Where the last summary stands: what is before it is ignored."""
    for index in range(len(messages) - 1, -1, -1):
        if messages[index]["role"] != "assistant":
            continue
        blocks = blocks_of(messages[index])
        for position in range(len(blocks) - 1, -1, -1):
            if blocks[position].get("type") == "compaction" and blocks[position].get("content") is not None:
                return index, position
    return None


def blocks_of(message: Json) -> list[Json]:
    """A message's content as blocks."""
    content: Any = message.get("content") or []
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def _digest(before: bytes, place: str, value: Json) -> bytes:
    text = json.dumps(_plain(value), ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    data = before + place.encode() + b"\0" + text.encode(errors="replace")
    return hashlib.blake2b(data, digest_size=16).digest()


def _plain(value: Any) -> Any:
    """A value by its meaning: without cache markers and nulls, a whole number as such."""
    if is_object(value):
        return {
            key: _plain(item)
            for key, item in value.items()
            if item is not None and key not in ("cache_control", "input")
        } | ({"input": _numbers(value["input"])} if "input" in value else {})
    if is_array(value):
        return [_plain(item) for item in value]
    return _numbers(value)


def _numbers(value: Any) -> Any:
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    if is_object(value):
        return {key: _numbers(item) for key, item in value.items()}
    if is_array(value):
        return [_numbers(item) for item in value]
    return value
