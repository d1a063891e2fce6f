"""What the database hands to an executor: claimed work, leases, and the answers about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from agentpg.enums import RunState


@dataclass(frozen=True, slots=True)
class KnownContext:
    """The messages of a request up to `seq`, which the caller still holds; `checksum` came with the claim."""

    seq: int
    checksum: str


@dataclass(frozen=True, slots=True)
class RunClaim:
    """One model call to make: POST `request`, then record the response with iteration id and lease token.

    With a `compaction_id` the call writes the summary of a compaction, which is nothing the user is to see.
    When the end of a tool call said what the caller still holds (`known`), `messages_after` may say that
    `request` has only the messages after that one.
    """

    run_id: UUID
    session_id: UUID
    iteration_id: UUID
    lease_token: UUID
    lease_expires_at: datetime
    attempt: int
    request: dict[str, Any]
    events: bool = True
    compaction_id: UUID | None = None
    context_seq: int | None = None
    context_checksum: str | None = None
    messages_after: int | None = None

    @property
    def context(self) -> KnownContext | None:
        """What the messages of this request are known by, once the caller has all of them."""
        if self.context_seq is None or self.context_checksum is None:
            return None
        return KnownContext(self.context_seq, self.context_checksum)


@dataclass(frozen=True, slots=True)
class ToolClaim:
    """One tool call to execute, then to complete, fail or snooze with its lease token."""

    tool_execution_id: UUID
    lease_token: UUID
    lease_expires_at: datetime
    run_id: UUID
    session_id: UUID
    tool_use_id: str
    tool_name: str
    input: dict[str, Any]
    variables: dict[str, Any]
    attempt: int
    events: bool = True


@dataclass(frozen=True, slots=True)
class ModelAnswer:
    """What the API answered to a claimed model call, to be recorded together with others.

    `max_tools` is how many of its tool calls the caller wants to hold; None for all. `said` is the last of
    what the model said: see `record_response`.
    """

    iteration_id: UUID
    lease_token: UUID
    response: Mapping[str, object]
    request_id: str | None = None
    max_tools: int | None = None
    said: Sequence[Mapping[str, object]] = ()


@dataclass(frozen=True, slots=True)
class ToolOutput:
    """What came of a claimed tool call, to be recorded together with others.

    The caller takes the next model call, and of its messages holds what `known` says.
    """

    tool_execution_id: UUID
    lease_token: UUID
    output: object
    is_error: bool = False
    known: KnownContext | None = None


@dataclass(frozen=True, slots=True)
class BatchRequest:
    """One request of a batch: `params` is its JSON as the database wrote it, in UTF-8.

    `betas` are the beta features it wants; the header of the call that creates the batch names those of all.
    """

    custom_id: str
    params: bytes
    betas: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BatchClaim:
    """A gathered batch: start its submission, then POST its requests and record what came of it."""

    batch_id: UUID
    lease_token: UUID
    lease_expires_at: datetime
    requests: list[BatchRequest]


@dataclass(frozen=True, slots=True)
class BatchTask:
    """What is to be done next about a batch: `task` is retrieve, ingest, reconcile or cancel."""

    batch_id: UUID
    lease_token: UUID
    lease_expires_at: datetime
    task: str
    provider_batch_id: str | None
    request_count: int
    submission_started_at: datetime | None


@dataclass(frozen=True, slots=True)
class IngestedResults:
    """What became of a chunk of results: settled, kept until their session is free, or not of this batch."""

    settled: int
    stored: int
    ignored: int


@dataclass(frozen=True, slots=True)
class BatchErrorOutcome:
    """The state of a batch after a step failed, and when it is tried again; None: it is over."""

    state: str
    retry_at: datetime | None


@dataclass(frozen=True, slots=True)
class RegisteredInstance:
    """An executor's own id and the rhythm the database asks it to keep."""

    instance_id: UUID
    heartbeat_interval: timedelta
    lease_ttl: timedelta
    poll_interval: timedelta


@dataclass(frozen=True, slots=True)
class LostLease:
    """Work the executor believes it holds and does not: stop it. `reason` is `cancelled` or `lease_lost`."""

    lease_token: UUID
    reason: str
    run_id: UUID | None = None
    tool_execution_id: UUID | None = None
    batch_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class HeartbeatAnswer:
    """What was lost since the last heartbeat, and the rhythm to keep from now on."""

    lost: tuple[LostLease, ...]
    poll_interval: timedelta
    heartbeat_interval: timedelta
    lease_ttl: timedelta


@dataclass(frozen=True, slots=True)
class FailureOutcome:
    """What became of a run whose model call failed: pending again at `retry_at`, or ended."""

    state: RunState
    attempt: int
    retry_at: datetime | None


@dataclass(frozen=True, slots=True)
class PublishOutcome:
    """How many were published, how many belong to a lost lease, and the places of those to send again."""

    published: int
    stale: int
    busy: tuple[int, ...] = ()
