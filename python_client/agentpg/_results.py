"""Rows of the views into the types the client returns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agentpg._rows import build
from agentpg.enums import RunState
from agentpg.errors import RunCancelled, RunFailed
from agentpg.types import Iteration, Message, Response, Run, ToolCall, Usage


def run_of(row: Mapping[str, Any]) -> Run:
    """A row of `run_details`."""
    return build(Run, row, usage=build(Usage, row))


def iteration_of(row: Mapping[str, Any]) -> Iteration:
    """A row of `run_iterations`."""
    return build(
        Iteration,
        row,
        iteration_number=row["number"],
        tool_execution_count=row["tool_count"],
        usage=build(Usage, row),
    )


def tool_call_of(row: Mapping[str, Any]) -> ToolCall:
    """A row of `run_tool_calls`, or the JSON of one."""
    call = dict(row)
    if isinstance(call.get("duration"), str):
        # An interval inside JSON is text in the style of the session; the two timestamps say the same.
        del call["duration"]
        timed = build(ToolCall, call)
        if timed.started_at is not None and timed.completed_at is not None:
            call["duration"] = timed.completed_at - timed.started_at
    return build(ToolCall, call)


def response_of(row: Mapping[str, Any]) -> Response:
    """A row of `get_response`."""
    message = row["message"]
    return build(
        Response,
        row,
        text=row["text"] or "",
        usage=build(Usage, row),
        message=None if message is None else build(Message, {"session_id": row["session_id"], **message}),
        tool_calls=tuple(tool_call_of(call) for call in row["tool_calls"] or ()),
    )


def raise_for_outcome(response: Response) -> None:
    """Raise `RunFailed` or `RunCancelled` if that is how the run ended."""
    details = {"run_id": str(response.run_id), "session_id": str(response.session_id)}
    if response.state == RunState.FAILED:
        failed = RunFailed(
            f"run {response.run_id} failed: {response.error_type}: {response.error_message or 'no message'}",
            details=details,
        )
        failed.error_type = response.error_type
        failed.response = response
        raise failed
    if response.state == RunState.CANCELLED:
        reason = f": {response.error_message}" if response.error_message else ""
        cancelled = RunCancelled(f"run {response.run_id} was cancelled{reason}", details=details)
        cancelled.response = response
        raise cancelled
