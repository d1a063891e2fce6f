"""Batches: claim, submit, poll, ingest, reconcile, cancel, release."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from agentpg._async.calls import AsyncCalls
from agentpg._json import jsonb
from agentpg._rows import build
from agentpg.claims import BatchClaim, BatchErrorOutcome, BatchRequest, BatchTask, IngestedResults


class BatchCalls:
    """The functions an executor calls about batches."""

    def __init__(self, calls: AsyncCalls) -> None:
        self._calls = calls

    async def claim_batch(
        self, instance_id: UUID, *, max_requests: int | None = None, max_bytes: int | None = None
    ) -> BatchClaim | None:
        """Gather waiting runs into one batch and claim it; None while there is nothing to send.

        The requests are read as they arrive and are never parsed: memory is what the batch itself needs.
        """
        held: list[tuple[UUID, UUID, datetime]] = []
        requests: list[BatchRequest] = []

        def take(row: tuple[Any, ...]) -> None:
            if not held:
                held.append((row[0], row[1], row[2]))
            requests.append(BatchRequest(row[3], row[4], tuple(row[5])))

        await self._calls.stream(
            """
            select c.batch_id, c.lease_token, c.lease_expires_at, c.custom_id,
              convert_to(c.params::text, 'UTF8'), c.betas
            from agentpg.claim_batch(
              instance_id => %(instance_id)s::uuid,
              max_requests => %(max_requests)s::int,
              max_bytes => %(max_bytes)s::bigint
            ) c
            """,
            {"instance_id": instance_id, "max_requests": max_requests, "max_bytes": max_bytes},
            take,
        )
        return BatchClaim(*held[0], requests) if held else None

    async def start_batch_submission(self, batch_id: UUID, lease_token: UUID) -> set[str]:
        """Write down that the batch is about to be sent; returns the custom_ids to leave out of it."""
        rows = await self._calls.rows(
            """
            select custom_id from agentpg.start_batch_submission(
              batch_id => %(batch_id)s::uuid,
              lease_token => %(lease_token)s::uuid
            ) as custom_id
            """,
            {"batch_id": batch_id, "lease_token": lease_token},
        )
        return {row["custom_id"] for row in rows}

    async def record_batch_submitted(
        self, batch_id: UUID, lease_token: UUID, batch: Mapping[str, object]
    ) -> None:
        """Record that the provider accepted it. `LeaseLost`: it was sent again, so cancel this one there."""
        await self._calls.value(
            """
            select agentpg.record_batch_submitted(
              batch_id => %(batch_id)s::uuid,
              lease_token => %(lease_token)s::uuid,
              batch => %(batch)s
            )
            """,
            {"batch_id": batch_id, "lease_token": lease_token, "batch": jsonb(dict(batch))},
        )

    async def record_batch_error(
        self,
        batch_id: UUID,
        lease_token: UUID,
        error: Mapping[str, object],
        *,
        retry_after: timedelta | None = None,
    ) -> BatchErrorOutcome:
        """Record that a step failed; the database decides what follows. `not_sent`: a POST never left."""
        row = await self._calls.row(
            """
            select * from agentpg.record_batch_error(
              batch_id => %(batch_id)s::uuid,
              lease_token => %(lease_token)s::uuid,
              error => %(error)s,
              retry_after => %(retry_after)s::interval
            )
            """,
            {
                "batch_id": batch_id,
                "lease_token": lease_token,
                "error": jsonb(dict(error)),
                "retry_after": retry_after,
            },
        )
        return build(BatchErrorOutcome, row)

    async def claim_batch_polls(self, instance_id: UUID, *, max_count: int = 1) -> list[BatchTask]:
        """Claim up to `max_count` batches that are due for a look, whoever sent them."""
        rows = await self._calls.rows(
            """
            select * from agentpg.claim_batch_polls(
              instance_id => %(instance_id)s::uuid,
              max_count => %(max_count)s::int
            )
            """,
            {"instance_id": instance_id, "max_count": max_count},
        )
        return [build(BatchTask, row) for row in rows]

    async def claim_batch_cancellations(self, instance_id: UUID, *, max_count: int = 1) -> list[BatchTask]:
        """Claim up to `max_count` batches whose answers nobody wants any more."""
        rows = await self._calls.rows(
            """
            select * from agentpg.claim_batch_cancellations(
              instance_id => %(instance_id)s::uuid,
              max_count => %(max_count)s::int
            )
            """,
            {"instance_id": instance_id, "max_count": max_count},
        )
        return [build(BatchTask, row) for row in rows]

    async def record_batch_status(
        self, batch_id: UUID, lease_token: UUID, batch: Mapping[str, object]
    ) -> str:
        """Record what the provider says: `ingest` (go on with the results), `wait` or `closed`."""
        step: str = await self._calls.value(
            """
            select agentpg.record_batch_status(
              batch_id => %(batch_id)s::uuid,
              lease_token => %(lease_token)s::uuid,
              batch => %(batch)s
            )
            """,
            {"batch_id": batch_id, "lease_token": lease_token, "batch": jsonb(dict(batch))},
        )
        return step

    async def record_batch_results(
        self, batch_id: UUID, lease_token: UUID, results: bytes
    ) -> IngestedResults:
        """Take over a chunk of results: a JSON array of result lines, in UTF-8, as they came."""
        row = await self._calls.row(
            """
            select * from agentpg.record_batch_results(
              batch_id => %(batch_id)s::uuid,
              lease_token => %(lease_token)s::uuid,
              results => convert_from(%(results)b, 'UTF8')::jsonb
            )
            """,
            {"batch_id": batch_id, "lease_token": lease_token, "results": results},
        )
        return build(IngestedResults, row)

    async def record_batch_ingested(self, batch_id: UUID, lease_token: UUID, line_count: int) -> bool:
        """All results were read to their end. False: lines are missing, they are read again later."""
        over: bool = await self._calls.value(
            """
            select agentpg.record_batch_ingested(
              batch_id => %(batch_id)s::uuid,
              lease_token => %(lease_token)s::uuid,
              line_count => %(line_count)s::int
            )
            """,
            {"batch_id": batch_id, "lease_token": lease_token, "line_count": line_count},
        )
        return over

    async def record_batch_candidates(
        self, batch_id: UUID, lease_token: UUID, candidates: Sequence[Mapping[str, object]]
    ) -> list[str]:
        """What the provider lists, for a batch that it may have; returns the ids to be proven.

        None of them: the lease is over.
        """
        rows = await self._calls.rows(
            """
            select provider_batch_id from agentpg.record_batch_candidates(
              batch_id => %(batch_id)s::uuid,
              lease_token => %(lease_token)s::uuid,
              candidates => %(candidates)s
            ) as provider_batch_id
            """,
            {
                "batch_id": batch_id,
                "lease_token": lease_token,
                "candidates": jsonb([dict(candidate) for candidate in candidates]),
            },
        )
        return [row["provider_batch_id"] for row in rows]

    async def record_batch_proof(
        self, batch_id: UUID, lease_token: UUID, provider_batch_id: str, custom_id: str | None
    ) -> bool:
        """A custom_id out of a candidate's results. True: the candidate is this batch, and is adopted."""
        ours: bool = await self._calls.value(
            """
            select agentpg.record_batch_proof(
              batch_id => %(batch_id)s::uuid,
              lease_token => %(lease_token)s::uuid,
              provider_batch_id => %(provider_batch_id)s::text,
              custom_id => %(custom_id)s::text
            )
            """,
            {
                "batch_id": batch_id,
                "lease_token": lease_token,
                "provider_batch_id": provider_batch_id,
                "custom_id": custom_id,
            },
        )
        return ours

    async def release_batches(self, instance_id: UUID, batch_ids: Sequence[UUID] | None = None) -> int:
        """Give batches back, all that this instance works on by default; returns how many."""
        count: int = await self._calls.value(
            """
            select agentpg.release_batches(
              instance_id => %(instance_id)s::uuid,
              batch_ids => %(batch_ids)s::uuid[]
            )
            """,
            {"instance_id": instance_id, "batch_ids": None if batch_ids is None else list(batch_ids)},
        )
        return count
