"""What an executor tells the process it runs in, while it happens.

Pass `on_event` to `Executor`. It is called in the event loop, in order, and must return quickly; whatever
it raises is logged and changes nothing. Live hints for the same process: the database is the record.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias
from uuid import UUID


@dataclass(frozen=True, slots=True)
class ModelCallStarted:
    run_id: UUID
    iteration_id: UUID
    attempt: int


@dataclass(frozen=True, slots=True)
class TextDelta:
    """A piece of text, as the model speaks. A repeated attempt starts over."""

    run_id: UUID
    text: str


@dataclass(frozen=True, slots=True)
class ThinkingDelta:
    run_id: UUID
    text: str


@dataclass(frozen=True, slots=True)
class ModelCallFinished:
    """`duration` is in seconds."""

    run_id: UUID
    iteration_id: UUID
    stop_reason: str | None
    usage: Mapping[str, Any]
    duration: float


@dataclass(frozen=True, slots=True)
class ModelCallFailed:
    """`error` is what was recorded: type, message, status and so on. The database decides about a retry."""

    run_id: UUID
    iteration_id: UUID
    error: Mapping[str, Any]
    duration: float


@dataclass(frozen=True, slots=True)
class ToolStarted:
    run_id: UUID
    tool_execution_id: UUID
    tool_use_id: str
    name: str
    input: Mapping[str, Any]
    attempt: int


@dataclass(frozen=True, slots=True)
class ToolFinished:
    """`outcome`: complete, retry, cancel, discard, timeout or snooze; `error` is set for all but complete."""

    run_id: UUID
    tool_execution_id: UUID
    tool_use_id: str
    name: str
    output: str | list[dict[str, Any]]
    is_error: bool
    error: str | None
    outcome: str
    duration: float


@dataclass(frozen=True, slots=True)
class BatchSubmitted:
    """The provider accepted a batch of `request_count` requests, under an id of its own."""

    batch_id: UUID
    provider_batch_id: str
    request_count: int


@dataclass(frozen=True, slots=True)
class BatchEnded:
    """The provider is done with a batch. `counts`: how many succeeded, errored, expired, were canceled."""

    batch_id: UUID
    provider_batch_id: str
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class BatchIngested:
    """All results of a batch are taken over. `stored` of them wait until their session is free."""

    batch_id: UUID
    provider_batch_id: str
    result_count: int
    settled: int
    stored: int
    duration: float


RunEvent: TypeAlias = (
    ModelCallStarted
    | TextDelta
    | ThinkingDelta
    | ModelCallFinished
    | ModelCallFailed
    | ToolStarted
    | ToolFinished
)
BatchEvent: TypeAlias = BatchSubmitted | BatchEnded | BatchIngested
Event: TypeAlias = RunEvent | BatchEvent
EventHandler: TypeAlias = Callable[[Event], object]
