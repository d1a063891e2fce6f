"""Compactions: what shortened the context of a session, and how long it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, TypeAlias
from uuid import UUID

from agentpg.enums import CompactionState
from agentpg.types import Message

CompactionPlan: TypeAlias = Mapping[str, Any]
"""What `plan_compaction` returns and `apply_compaction` takes: `cut_seq`, `placeholder_seqs`, `summary`, …"""

Strategy: TypeAlias = Callable[[CompactionPlan | None, list[Message]], CompactionPlan | None]
"""Makes a plan of one's own, given that of the settings (None: it would do nothing) and the transcript."""


@dataclass(frozen=True, slots=True)
class Compaction:
    """What shortens the context of a session: it starts after `cut_seq`, with `summary` before it.

    The messages stay; `restore_compaction` undoes it. `run_id` is the run that has a model write the summary,
    None where no model call was needed. Tokens before and after are those of a request.
    """

    id: UUID
    session_id: UUID
    base_id: UUID | None
    state: CompactionState
    cause: str
    strategy: str
    cut_seq: int
    summary: str | None
    run_id: UUID | None
    model: str | None
    summary_calls: int
    original_tokens: int
    compacted_tokens: int
    messages_removed: int
    error_type: str | None
    error_message: str | None
    created_at: datetime
    closed_at: datetime | None
    restored_at: datetime | None

    @property
    def duration(self) -> timedelta | None:
        """From the call to its end, None while it is under way."""
        return None if self.closed_at is None else self.closed_at - self.created_at


@dataclass(frozen=True, slots=True)
class SessionStats:
    """How long the context of a session is. `counted` is False where the tokens are an estimate.

    The window, the trigger and the share are None while nobody has spoken in the session, and where the
    window of the model is not known. `compactable_tokens` is what a compaction would save now.
    """

    session_id: UUID
    messages: int
    context_messages: int
    context_tokens: int
    counted: bool
    max_context_tokens: int | None
    trigger_tokens: int | None
    usage_share: Decimal | None
    needs_compaction: bool
    compactable_tokens: int
    compacting: bool
    compaction_id: UUID | None
    compaction_count: int
    model: str | None


@dataclass(frozen=True, slots=True)
class ContextToCount:
    """What the API's counting endpoint is asked about a session, and at which place of it."""

    session_id: UUID
    seq: int
    compaction_id: UUID | None
    request: dict[str, Any]
