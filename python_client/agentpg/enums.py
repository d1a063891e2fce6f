"""The states and kinds of the schema.

A value that a newer schema knows and this library does not is kept, not refused.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class _OpenEnum(StrEnum):
    """A string enum that takes unknown strings as members of its own that are listed nowhere."""

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, str):
            return None
        member = str.__new__(cls, value)
        member._name_ = value.upper()
        member._value_ = value
        return member

    def __reduce_ex__(self, protocol: object) -> tuple[type[Self], tuple[str]]:
        # Python before 3.11.4 pickles a member by its name, which an unknown value has nowhere.
        return type(self), (self._value_,)

    @property
    def is_known(self) -> bool:
        """Whether this library knows the value."""
        return self._name_ in type(self).__members__


class RunMode(_OpenEnum):
    """How the model is called: through the Message Batches API or by a streaming request."""

    BATCH = "batch"
    STREAMING = "streaming"


class OnBusy(_OpenEnum):
    """What a new run does while another one of its session is active.

    It waits in line, is refused (`SessionBusy`), or cancels the active one and those that wait.
    """

    ENQUEUE = "enqueue"
    REJECT = "reject"
    INTERRUPT = "interrupt"


class RunState(_OpenEnum):
    """Where a run is in its life."""

    PENDING = "pending"
    BATCH_SUBMITTING = "batch_submitting"
    BATCH_PENDING = "batch_pending"
    BATCH_PROCESSING = "batch_processing"
    STREAMING = "streaming"
    PENDING_TOOLS = "pending_tools"
    AWAITING_INPUT = "awaiting_input"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    FAILED = "failed"

    @property
    def is_terminal(self) -> bool:
        """Whether a run in this state never changes again."""
        return self in (RunState.COMPLETED, RunState.CANCELLED, RunState.FAILED)


class ToolExecutionState(_OpenEnum):
    """Where a tool execution is in its life."""

    PENDING = "pending"
    AWAITING_APPROVAL = "awaiting_approval"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    SKIPPED = "skipped"

    @property
    def is_terminal(self) -> bool:
        """Whether a tool execution in this state never changes again."""
        return self in (ToolExecutionState.COMPLETED, ToolExecutionState.FAILED, ToolExecutionState.SKIPPED)


class MessageRole(_OpenEnum):
    """Who said it."""

    USER = "user"
    ASSISTANT = "assistant"
    SYSTEM = "system"


class CompactionState(_OpenEnum):
    """Where a compaction is in its life."""

    SUMMARIZING = "summarizing"
    READY = "ready"
    APPLIED = "applied"
    FAILED = "failed"
    ABANDONED = "abandoned"

    @property
    def is_over(self) -> bool:
        """Whether a compaction in this state never changes again."""
        return self not in (CompactionState.SUMMARIZING, CompactionState.READY)


class BatchState(_OpenEnum):
    """Where a batch is in its life on our side; what the provider says of it is its `BatchStatus`."""

    GATHERED = "gathered"
    SUBMITTING = "submitting"
    UNKNOWN = "unknown"
    SUBMITTED = "submitted"
    ENDED = "ended"
    INGESTED = "ingested"
    ABANDONED = "abandoned"

    @property
    def is_over(self) -> bool:
        """Whether nothing more is to be done about a batch in this state."""
        return self in (BatchState.INGESTED, BatchState.ABANDONED)


class BatchStatus(_OpenEnum):
    """What the provider says about a batch."""

    IN_PROGRESS = "in_progress"
    CANCELING = "canceling"
    ENDED = "ended"
