"""Rows of `read_events` into events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from agentpg import events
from agentpg._rows import build
from agentpg.enums import RunState
from agentpg.errors import StorageError
from agentpg.types import Run, Usage

KINDS: dict[str, type[events.RunEvent]] = {
    "text": events.TextDelta,
    "thinking": events.ThinkingDelta,
    "gap": events.Gap,
    "model_call_finished": events.ModelCallFinished,
    "model_call_failed": events.ModelCallFailed,
    "superseded": events.Superseded,
    "compaction_started": events.CompactionStarted,
    "compaction_finished": events.CompactionFinished,
    "compaction_failed": events.CompactionFailed,
    "output_repaired": events.OutputRepaired,
    "tool_started": events.ToolStarted,
    "tool_progress": events.ToolProgress,
    "tool_retried": events.ToolRetried,
    "tool_finished": events.ToolFinished,
    "approval_requested": events.ApprovalRequested,
    "approval_decided": events.ApprovalDecided,
    "run_started": events.RunStarted,
    "run_waiting": events.RunWaiting,
    "run_continued": events.RunContinued,
    "run_ended": events.RunEnded,
}
_WITH_USAGE = ("model_call_finished", "run_waiting", "run_ended")


def event_of(row: Mapping[str, Any]) -> events.Event:
    """One row; an `UnknownEvent` for a kind, or a form of one, that this library does not know."""
    kind: str = row["kind"]
    made = KINDS.get(kind)
    if made is not None:
        data: dict[str, Any] = {**row, **row["data"]}
        if kind == "tool_progress":
            data["data"] = row["data"].get("data")
        extra: dict[str, Any] = {"usage": build(Usage, data)} if kind in _WITH_USAGE else {}
        try:
            return cast("events.Event", build(made, data, **extra))
        except (StorageError, ValueError, TypeError):
            pass
    return build(events.UnknownEvent, row)


def is_end_of(event: events.Event, run_id: UUID) -> bool:
    """Whether it says that this run ended or waits for input."""
    return isinstance(event, (events.RunEnded, events.RunWaiting)) and event.run_id == run_id


def end_of(run: Run, *, root_run_id: UUID, seq: int) -> events.RunEnded | events.RunWaiting:
    """The end of a run that has no stream (any more), made from the run itself."""
    common: dict[str, Any] = {
        "seq": seq,
        "root_run_id": root_run_id,
        "run_id": run.id,
        "created_at": run.finalized_at or run.created_at,
        "state": run.state,
        "text": run.response_text or "",
        "usage": run.usage,
        "stop_reason": run.stop_reason,
        "cost_usd": run.cost_usd,
    }
    if not run.state.is_terminal:
        return events.RunWaiting(**common)
    return events.RunEnded(**common, error_type=run.error_type, error_message=run.error_message)


@dataclass(frozen=True, slots=True)
class Watch:
    """How a run, the top of its tree and their stream stand."""

    root_run_id: UUID
    events: bool
    last_seq: int
    state: RunState
    root_state: RunState

    def is_finished(self, tree: bool) -> bool:
        """Whether the run, or the tree, has ended or waits for input."""
        state = self.root_state if tree else self.state
        return state.is_terminal or state == RunState.AWAITING_INPUT


def watch_of(row: Mapping[str, Any]) -> Watch:
    """The row of `watch_run`."""
    return build(Watch, row)


_NAMES = {made: kind for kind, made in KINDS.items()}


def kind_of(event: events.Event) -> str:
    """The kind, as the database names it."""
    return event.kind if isinstance(event, events.UnknownEvent) else _NAMES[type(event)]
