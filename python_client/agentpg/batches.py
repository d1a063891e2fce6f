"""What is known about provider batches, and about what waits for one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from agentpg.enums import BatchState, BatchStatus


@dataclass(frozen=True, slots=True)
class BatchQueue:
    """The runs of one model that wait to be gathered into a batch; `due` are those whose time has come."""

    model: str
    queued: int
    due: int
    oldest_at: datetime
    gathered_by: datetime | None = None
    paused_until: datetime | None = None
    parked_reason: str | None = None


@dataclass(frozen=True, slots=True)
class BatchProgress:
    """A provider batch: where it stands, what came back, and what it cost.

    `settled` requests are done with; `succeeded`, `errored`, `canceled` and `expired` count the results by
    their kind, `withdrawn` the requests whose run ended first, `kept` the results that wait for a session
    somebody holds. `usual` is how long the provider took for half of the last batches,
    `streaming_cost_usd` what the answers had cost in streaming mode.
    """

    batch_id: UUID
    state: BatchState
    request_count: int
    request_bytes: int
    created_at: datetime
    provider_batch_id: str | None = None
    status: BatchStatus | None = None
    settled: int = 0
    succeeded: int = 0
    errored: int = 0
    canceled: int = 0
    expired: int = 0
    withdrawn: int = 0
    kept: int = 0
    submitted_at: datetime | None = None
    elapsed: timedelta | None = None
    usual: timedelta | None = None
    expires_at: datetime | None = None
    ended_at: datetime | None = None
    closed_at: datetime | None = None
    next_poll_at: datetime | None = None
    submissions: int = 0
    failures: int = 0
    last_error: str | None = None
    cancel_requested_at: datetime | None = None
    cost_usd: Decimal | None = None
    streaming_cost_usd: Decimal | None = None
    unpriced_calls: int = 0

    @property
    def is_over(self) -> bool:
        """Whether nothing more is to be done about it."""
        return self.closed_at is not None
