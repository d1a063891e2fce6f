"""How a fake behaves: everything `FakeClaude(...)` takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypedDict

from ._clock import Clock
from ._ratelimit import RateLimits


class Options(TypedDict, total=False):
    """The keyword arguments of `FakeClaude`; see `Settings` for each."""

    host: str
    port: int
    api_key: str
    clock: Clock
    pace: float
    delta_chars: int
    chunk_bytes: int | None
    ping_interval: float
    rate_limits: RateLimits
    allow_unknown_models: bool
    betas: Sequence[str]
    future: bool
    unscripted: Literal["answer", "refuse"]
    keep_bodies: bool
    cache_minimum: int | None
    max_body_bytes: int
    max_batch_bytes: int
    max_batch_requests: int
    batch_seconds: float
    batch_cancel_seconds: float
    seed: int | None


@dataclass(frozen=True, slots=True)
class Settings:
    """Defaults suit tests: no delay, no rate limit in reach, the API's own size limits."""

    host: str = "127.0.0.1"
    port: int = 0
    """0 picks a free one."""
    api_key: str = "sk-ant-fake"
    """The only key accepted, as `Authorization: Bearer` or `x-api-key`."""
    clock: Clock | None = None
    pace: float = 0.0
    """Seconds between two pieces of content of a stream."""
    delta_chars: int = 24
    """Characters in each piece of content."""
    chunk_bytes: int | None = None
    """Cut streams into HTTP chunks of this size, in the middle of lines and characters."""
    ping_interval: float = 5.0
    """Seconds between pings while a stream waits."""
    rate_limits: RateLimits | None = None
    allow_unknown_models: bool = False
    betas: Sequence[str] = ()
    """Beta names accepted besides the known ones."""
    future: bool = False
    """Take what this fake does not know: parameters, types of tools and of thinking, efforts, betas."""
    unscripted: Literal["answer", "refuse"] = "answer"
    """What happens when no script has a turn left: rules and a plain answer, or a 400 that fails the test."""
    keep_bodies: bool = True
    """Keep every request and response in the journal; False keeps only their keys, for long benchmarks."""
    cache_minimum: int | None = None
    """Tokens from which a prompt prefix is cached, instead of each model's own minimum."""
    max_body_bytes: int = 32 * 1024 * 1024
    max_batch_bytes: int = 256 * 1024 * 1024
    max_batch_requests: int = 100_000
    batch_seconds: float = 60.0
    """How long a batch takes, on the fake's clock; its items are done one after the other."""
    batch_cancel_seconds: float = 5.0
    """How long a batch is `canceling`."""
    seed: int | None = None
    """Makes ids and the order of batch results repeatable."""
