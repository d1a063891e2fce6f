"""What `client.stream()` yields: one frozen dataclass per kind of event, made for `match`.

    async for event in client.stream(run_id):
        match event:
            case TextDelta(text=text):
                print(text, end="")
            case ToolStarted(name=name, input=given):
                print(f"{name}({dict(given)})")
            case RunEnded(state=state):
                print(state)

Deltas are for the eye: `ModelCallFinished.text` and `RunEnded.text` are what was stored. After `Superseded`
forget what that model call said, it starts over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeAlias
from uuid import UUID

from agentpg.enums import CompactionState, RunState, ToolExecutionState
from agentpg.types import Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEvent:
    """What all events have. `seq` is the cursor to go on from: `client.stream(run_id, after=event.seq)`.

    `run_id` is the run it happened to, which may be a delegate's; `root_run_id` the top of its tree.
    """

    seq: int
    root_run_id: UUID
    run_id: UUID
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TextDelta(RunEvent):
    """A piece of the answer, as the model speaks."""

    iteration_id: UUID
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ThinkingDelta(RunEvent):
    """A piece of the model's thinking."""

    iteration_id: UUID
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap(RunEvent):
    """So many characters of deltas were dropped here; the stored message has them."""

    iteration_id: UUID
    dropped: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCallFinished(RunEvent):
    """The model answered, and the answer is stored. `text` is all of its text."""

    iteration_id: UUID
    iteration: int
    attempt: int
    stop_reason: str | None
    tool_calls: int
    text: str
    usage: Usage
    cost_usd: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCallFailed(RunEvent):
    """A model call failed. `retry_at` is None when it is not tried again."""

    iteration_id: UUID
    attempt: int
    error_type: str
    error_message: str | None = None
    retry_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CompactionStarted(RunEvent):
    """The context grew too long: the next model call writes a summary of its beginning."""

    compaction_id: UUID
    cause: str
    original_tokens: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CompactionFinished(RunEvent):
    """The context is shorter from here on, or (state `ready`) from the next turn on."""

    compaction_id: UUID
    state: CompactionState
    original_tokens: int
    compacted_tokens: int
    messages_removed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CompactionFailed(RunEvent):
    """No summary came, or a strategy broke; the run goes on with its context as it is."""

    error_type: str
    error_message: str
    compaction_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Superseded(RunEvent):
    """The model call starts over: what it had said so far counts for nothing.

    `reason`: failed, released (its worker stopped) or worker_lost.
    """

    iteration_id: UUID
    attempt: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputRepaired(RunEvent):
    """The answer of this model call does not fit the output schema, and the model is asked again.

    `reason`: truncated, refused or not_json.
    """

    iteration_id: UUID
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolStarted(RunEvent):
    """An attempt of a tool call began. `child_run_id` is the delegate's run when the tool is an agent."""

    tool_execution_id: UUID
    tool_use_id: str
    name: str
    input: Mapping[str, Any]
    iteration: int
    attempt: int
    is_agent_tool: bool = False
    child_run_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolProgress(RunEvent):
    """What a tool says of itself while it works, with `ToolContext.progress`."""

    tool_execution_id: UUID
    tool_use_id: str
    name: str
    message: str
    data: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolRetried(RunEvent):
    """An attempt ended without a result, and the call waits for the next one.

    `reason`: retry, timeout, snoozed, released, worker_lost, or failed (of a delegate).
    """

    tool_execution_id: UUID
    tool_use_id: str
    name: str
    attempt: int
    reason: str
    error: str | None = None
    retry_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolFinished(RunEvent):
    """A tool call ended. `output` is its text as the model gets it, the first 4,096 characters.

    `state` is completed, failed or skipped (the run ended first); `duration`, in seconds, is None for a call
    that never began.
    """

    tool_execution_id: UUID
    tool_use_id: str
    name: str
    iteration: int
    attempt: int
    state: ToolExecutionState
    output: str
    is_error: bool
    error_message: str | None = None
    duration: float | None = None
    is_agent_tool: bool = False
    child_run_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalRequested(RunEvent):
    """A tool call waits for a person; `input_hash` is for `client.approve_tool`."""

    tool_execution_id: UUID
    tool_use_id: str
    name: str
    input: Mapping[str, Any]
    iteration: int
    reason: str
    input_hash: str
    expires_at: datetime
    is_agent_tool: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalDecided(RunEvent):
    """A person decided on a tool call, or nobody did in time: approved, rejected or expired.

    `edited_input` is what the tool gets in place of `input`, if the person changed it.
    """

    tool_execution_id: UUID
    tool_use_id: str
    name: str
    input: Mapping[str, Any]
    iteration: int
    decision: str
    decided_by: str | None = None
    note: str | None = None
    edited_input: Mapping[str, Any] | None = None
    is_agent_tool: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RunContinued(RunEvent):
    """A run that waited for input goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStarted(RunEvent):
    """A delegate's run was created. `prompt` is its task, the first 4,096 characters."""

    session_id: UUID
    agent_id: UUID
    agent_name: str
    depth: int
    prompt: str | None = None
    parent_run_id: UUID | None = None
    parent_tool_execution_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunWaiting(RunEvent):
    """A run stopped short and waits for input; `text` is its last answer."""

    state: RunState
    text: str
    usage: Usage
    stop_reason: str | None = None
    cost_usd: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEnded(RunEvent):
    """A run ended: completed, cancelled or failed; `text` is its answer."""

    state: RunState
    text: str
    usage: Usage
    stop_reason: str | None = None
    error_type: str | None = None
    error_message: str | None = None
    cost_usd: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownEvent(RunEvent):
    """A kind that a newer schema knows and this library does not."""

    kind: str
    iteration_id: UUID | None = None
    tool_execution_id: UUID | None = None
    data: Mapping[str, Any] = field(default_factory=dict[str, Any])


Event: TypeAlias = (
    TextDelta
    | ThinkingDelta
    | Gap
    | ModelCallFinished
    | ModelCallFailed
    | CompactionStarted
    | CompactionFinished
    | CompactionFailed
    | Superseded
    | OutputRepaired
    | ToolStarted
    | ToolProgress
    | ToolRetried
    | ToolFinished
    | ApprovalRequested
    | ApprovalDecided
    | RunStarted
    | RunWaiting
    | RunContinued
    | RunEnded
    | UnknownEvent
)
