"""The prompt cache: which part of a prompt is read, written, or paid in full."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

from ._clock import Clock
from ._errors import invalid
from ._models import Model
from ._tokens import block_bytes, dumps, prompt_blocks, tokens_of_bytes

_TTL = {"5m": 300.0, "1h": 3600.0}
_LOOK_BACK = 20
_UNCACHEABLE = ("thinking", "redacted_thinking")


@dataclass(slots=True)
class CachePlan:
    """How a prompt's tokens split, and the entries to write once the response begins."""

    input: int
    read: int = 0
    write_5m: int = 0
    write_1h: int = 0
    entries: list[tuple[bytes, float]] = field(default_factory=list[tuple[bytes, float]])
    summary: CachePlan | None = None
    """The prompt of the step that summarized, if one came first."""

    @property
    def total(self) -> int:
        return self.input + self.read + self.write_5m + self.write_1h

    @property
    def limited(self) -> int:
        """What counts against the input rate limit: cache reads do not."""
        return self.total - self.read


class PromptCache:
    """Entries by prefix hash, each with its expiry on the fake's clock; reading one renews it."""

    def __init__(self, clock: Clock, minimum: int | None) -> None:
        self._clock = clock
        self._minimum = minimum
        self._entries: dict[bytes, tuple[float, float]] = {}

    def plan(self, params: dict[str, Any], model: Model, *, marked: bool) -> CachePlan:
        """Split a valid prompt. `marked` False says that no `cache_control` is in it."""
        if not marked:
            return CachePlan(
                tokens_of_bytes(sum(len(block_bytes(block)) for _, block in prompt_blocks(params)))
            )
        blocks = list(prompt_blocks(params))
        marks = _marks(params, blocks)
        size = 0
        config: dict[str, Any] = params.get("output_config") or {}
        settings = [model.id, params.get("speed"), params.get("thinking"), config.get("effort")]
        prefix = dumps(settings).encode()
        hashes: list[bytes] = []
        tokens: list[int] = []
        for place, block in blocks:
            data = block_bytes(dict(sorted(block.items())))
            size += len(data)
            prefix = hashlib.blake2b(prefix + place.encode() + data, digest_size=16).digest()
            hashes.append(prefix)
            tokens.append(tokens_of_bytes(size))
        minimum = model.cache_minimum if self._minimum is None else self._minimum
        marks = {index: ttl for index, ttl in marks.items() if tokens[index] >= minimum}
        total = tokens[-1] if tokens else 0
        if not marks:
            return CachePlan(total)
        read_at = self._longest_hit(hashes, marks)
        read = tokens[read_at] if read_at >= 0 else 0
        last = tokens[max(marks)]
        long_marks = [index for index, ttl in marks.items() if ttl == "1h"]
        write_1h = max(tokens[max(long_marks)] - read, 0) if long_marks else 0
        plan = CachePlan(total - last, read, last - read - write_1h, write_1h)
        plan.entries = [(hashes[index], _TTL[ttl]) for index, ttl in marks.items() if index > read_at]
        return plan

    def _longest_hit(self, hashes: list[bytes], marks: dict[int, str]) -> int:
        now = self._clock.timestamp()
        for mark in sorted(marks, reverse=True):
            for index in range(mark, max(mark - _LOOK_BACK, -1), -1):
                entry = self._entries.get(hashes[index])
                if entry is not None and entry[0] > now:
                    self._entries[hashes[index]] = (now + entry[1], entry[1])
                    return index
        return -1

    def write(self, plan: CachePlan) -> None:
        """Store a plan's entries: an entry can be read once the response that wrote it has begun."""
        now = self._clock.timestamp()
        for prefix, ttl in plan.entries:
            self._entries[prefix] = (now + ttl, ttl)


def check_marks(params: dict[str, Any]) -> None:
    """At most four breakpoints, the longer-lived ones first; `ApiError` otherwise."""
    _marks(params, list(prompt_blocks(params)))


def _marks(params: dict[str, Any], blocks: list[tuple[str, dict[str, Any]]]) -> dict[int, str]:
    """The breakpoints by block index, with their time to live."""
    marks = {index: ttl for index, (_, block) in enumerate(blocks) if (ttl := _mark_of(block))}
    automatic = params.get("cache_control")
    if automatic:
        for index in range(len(blocks) - 1, -1, -1):
            block = blocks[index][1]
            if block.get("type") not in _UNCACHEABLE and block.get("text", "x") != "":
                marks[index] = automatic.get("ttl") or "5m"
                break
    if len(marks) > 4:
        raise invalid(f"A maximum of 4 blocks with cache_control may be provided. Found {len(marks)}.")
    short = [index for index, ttl in marks.items() if ttl == "5m"]
    if short and any(ttl == "1h" and index > min(short) for index, ttl in marks.items()):
        raise invalid(
            "a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block. Note "
            "that blocks are "
            "processed in the following order: `tools`, `system`, `messages`."
        )
    return marks


def _mark_of(block: dict[str, Any]) -> str | None:
    control = block.get("cache_control")
    if control is None and block.get("type") == "tool_result" and isinstance(block.get("content"), list):
        controls = [item.get("cache_control") for item in block["content"]]
        control = next((found for found in reversed(controls) if found), None)
    return None if control is None else control.get("ttl") or "5m"
