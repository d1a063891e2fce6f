"""Counters of one executor."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class ExecutorStats:
    """Totals since the start; those that begin with `active`, and `abandoned_threads`, are as of now.

    `writes_refused` are results that came after the lease had gone to another executor; they changed nothing.
    """

    active_runs: int = 0
    active_tools: int = 0
    active_batches: int = 0
    abandoned_threads: int = 0
    claim_queries: int = 0
    runs_claimed: int = 0
    tools_claimed: int = 0
    model_calls: int = 0
    model_failures: int = 0
    tool_calls: int = 0
    batch_queries: int = 0
    batches_claimed: int = 0
    batches_submitted: int = 0
    batch_polls: int = 0
    batches_ingested: int = 0
    batch_results: int = 0
    batch_failures: int = 0
    leases_lost: int = 0
    writes_refused: int = 0
    cancelled: int = 0
    released: int = 0
    heartbeats: int = 0
    registrations: int = 0
    listens: int = 0
    notifications: int = 0
    database_retries: int = 0
    events_published: int = 0
    events_stale: int = 0
    event_errors: int = 0
    hook_errors: int = 0
    unexpected_errors: int = 0
