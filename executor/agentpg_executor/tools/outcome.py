"""What a tool body may raise, or return, to say how its call ends."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

ContentBlocks = Sequence[Mapping[str, Any]]


class ToolDefinitionError(TypeError):
    """A function or schema cannot become a tool. Raised when it is defined or registered."""


class ToolOutcome(Exception):
    """Base of the exceptions that decide how a tool call ends."""


class ToolError(ToolOutcome):
    """Gives the model an error result at once. Nothing is retried.

    `content` is text or a list of content blocks; it is shown to the model as written.

        raise ToolError("no such city: Atlantis")
    """

    def __init__(self, content: str | ContentBlocks = "the tool failed") -> None:
        super().__init__(content if isinstance(content, str) else "the tool failed")
        self.content = content


class ToolCancel(ToolOutcome):
    """Ends this call now, with no retry: it is no longer wanted. The model gets the reason as an error."""

    def __init__(self, reason: str = "the tool call was cancelled") -> None:
        super().__init__(reason)
        self.reason = reason


class ToolDiscard(ToolOutcome):
    """Ends this call now, with no retry: it can never succeed. The model gets the reason as an error."""

    def __init__(self, reason: str = "the tool call was discarded") -> None:
        super().__init__(reason)
        self.reason = reason


class ToolSnooze(ToolOutcome):
    """Runs this call again after `delay` (seconds or a timedelta; below 0 counts as 0). It costs no attempt.

    The database limits how often and how long a call may be snoozed.
    """

    def __init__(self, delay: float | timedelta, reason: str | None = None) -> None:
        seconds = delay.total_seconds() if isinstance(delay, timedelta) else float(delay)
        if not math.isfinite(seconds):
            raise ValueError(f"a snooze needs a finite delay, not {seconds}")
        self.delay = timedelta(seconds=max(0.0, seconds))
        self.reason = reason
        super().__init__(reason or f"snoozed for {self.delay.total_seconds():g} s")


@dataclass(frozen=True, slots=True)
class ToolResult:
    """A result with content blocks, or one that is an error without raising.

    `content` is text or a list of blocks as the Messages API takes them in a `tool_result`.
    """

    content: str | ContentBlocks = ""
    is_error: bool = False


def find_outcome(error: BaseException) -> ToolOutcome | None:
    """The outcome that `error` carries: itself, its explicit cause, or a member of an exception group."""
    seen: set[int] = set()
    pending: list[BaseException] = [error]
    while pending:
        current = pending.pop()
        if id(current) in seen:
            continue
        seen.add(id(current))
        if isinstance(current, ToolOutcome):
            return current
        if isinstance(current, BaseExceptionGroup):
            group = cast("BaseExceptionGroup[BaseException]", current)
            pending.extend(reversed(group.exceptions))
        if current.__cause__ is not None:
            pending.append(current.__cause__)
    return None
