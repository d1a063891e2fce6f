"""Functions of yours around model calls and tool calls, for logging and redaction.

Pass `hooks=Hooks(...)` to `Executor`. A hook may be asynchronous, or a plain function, which then runs in a
thread. None of them can break a run: what a hook raises is logged and counted (`stats.hook_errors`), one that
takes longer than `timeout` is left behind, a result of the wrong type is ignored, and the call goes on as if
there were no hook. Two things a hook can do harm with: a changed request that the API refuses fails as any
refused request does, and `before_` hooks and `after_tool_call` make the call wait for up to `timeout`.

What a hook may change, by returning something else than None:

- `before_model_call(ModelCall)`: the request that the API gets, for this attempt. The transcript stays as it
  is, and later requests are made from that.
- `after_model_call(ModelCall, ModelOutcome)`: nothing. It runs beside the run, which does not wait for it.
- `before_tool_call(ToolCall)`: the input that the tool's body gets, for this attempt; it is validated as any
  other. Transcript, events and streams show the model's own.
- `after_tool_call(ToolCall, ToolOutcome)`: the output of a call that ended well, text or content blocks. That
  is what is stored, what the model gets and what streams show. It cannot turn an error into a success.

The values that a hook gets are its own copies. Deltas are not hooked: what the model says goes to streams as
it comes. Model calls in provider batches are not hooked: many runs go in one call.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias
from uuid import UUID


@dataclass(frozen=True, slots=True)
class ModelCall:
    """One attempt of a model call; `request` is the body for POST /v1/messages."""

    run_id: UUID
    session_id: UUID
    iteration_id: UUID
    attempt: int
    request: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ModelOutcome:
    """`message` as the API gave it, or the `error` that was recorded; `duration` is in seconds."""

    message: dict[str, Any] | None
    error: Mapping[str, Any] | None
    duration: float


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One attempt of a tool call, with its input as the model gave it."""

    run_id: UUID
    session_id: UUID
    tool_execution_id: UUID
    tool_use_id: str
    name: str
    input: dict[str, Any]
    attempt: int


@dataclass(frozen=True, slots=True)
class ToolOutcome:
    """How an attempt ended. `outcome`: complete, retry, cancel, discard, timeout, snooze or approval.

    `output` is what a complete one says; `error` is set for the others. `duration` is in seconds.
    """

    outcome: str
    output: str | list[dict[str, Any]]
    is_error: bool
    error: str | None
    duration: float


Request: TypeAlias = dict[str, Any]
Output: TypeAlias = str | list[dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hooks:
    """The hooks of an executor; `timeout` is what each call of one may take, in seconds."""

    before_model_call: Callable[[ModelCall], Request | Awaitable[Request | None] | None] | None = None
    after_model_call: Callable[[ModelCall, ModelOutcome], object] | None = None
    before_tool_call: (
        Callable[[ToolCall], dict[str, Any] | Awaitable[dict[str, Any] | None] | None] | None
    ) = None
    after_tool_call: Callable[[ToolCall, ToolOutcome], Output | Awaitable[Output | None] | None] | None = None
    timeout: float = 2.0
