"""Model calls: claim, record, release."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from agentpg._async.calls import AsyncCalls
from agentpg._json import jsonb
from agentpg._rows import build
from agentpg.claims import FailureOutcome, ModelAnswer, RunClaim, ToolClaim
from agentpg.enums import RunMode


class RunCalls:
    """The functions an executor calls about model calls."""

    def __init__(self, calls: AsyncCalls) -> None:
        self._calls = calls

    async def claim_runs(
        self,
        instance_id: UUID,
        *,
        mode: RunMode = RunMode.STREAMING,
        max_count: int = 1,
        run_ids: Sequence[UUID] | None = None,
    ) -> list[RunClaim]:
        """Claim up to `max_count` model calls, of the given runs only if `run_ids` is given."""
        rows = await self._calls.rows(
            """
            select * from agentpg.claim_runs(
              instance_id => %(instance_id)s::uuid,
              mode => %(mode)s::agentpg.run_mode,
              max_count => %(max_count)s::int,
              run_ids => %(run_ids)s::uuid[]
            )
            """,
            {
                "instance_id": instance_id,
                "mode": mode.value,
                "max_count": max_count,
                "run_ids": None if run_ids is None else list(run_ids),
            },
        )
        return [build(RunClaim, row) for row in rows]

    async def record_response(
        self,
        iteration_id: UUID,
        lease_token: UUID,
        response: Mapping[str, object],
        *,
        claim_tools: bool = True,
        request_id: str | None = None,
        max_tools: int | None = None,
        said: Sequence[Mapping[str, object]] = (),
    ) -> list[ToolClaim]:
        """Record the Message as the API gave it; returns the tool calls this instance now holds.

        Those are `max_tools` at most; the others are there for any instance to claim. `said` is the last of
        what the model said, as {kind, data}, where `publish_events` was not given it.
        """
        rows = await self._calls.rows(
            """
            select * from agentpg.record_response(
              iteration_id => %(iteration_id)s::uuid,
              lease_token => %(lease_token)s::uuid,
              response => %(response)s,
              claim_tools => %(claim_tools)s,
              request_id => %(request_id)s::text,
              max_tools => %(max_tools)s::int,
              said => %(said)s
            )
            """,
            {
                "iteration_id": iteration_id,
                "lease_token": lease_token,
                "response": jsonb(dict(response)),
                "claim_tools": claim_tools,
                "request_id": request_id,
                "max_tools": max_tools,
                "said": jsonb(list(said)) if said else None,
            },
        )
        return [build(ToolClaim, row) for row in rows]

    async def record_responses(self, answers: Sequence[ModelAnswer]) -> dict[int, list[ToolClaim]]:
        """Record those of several answers that are everyday steps; their tool calls as `record_response`.

        The key is an answer's index. Of an answer that is missing nothing has happened: `record_response`
        records it, or says what is wrong with it.
        """
        rows = await self._calls.rows(
            """
            select r.place - 1 as index, c.*
            from agentpg.record_responses(
              iteration_ids => %(iteration_ids)s::uuid[],
              lease_tokens => %(lease_tokens)s::uuid[],
              responses => %(responses)s,
              request_ids => %(request_ids)s::text[],
              max_tools => %(max_tools)s::int[],
              said => %(said)s
            ) r
            left join lateral unnest(r.claims) c on true
            """,
            {
                "iteration_ids": [answer.iteration_id for answer in answers],
                "lease_tokens": [answer.lease_token for answer in answers],
                "responses": jsonb([answer.response for answer in answers]),
                "request_ids": [answer.request_id for answer in answers],
                "max_tools": [answer.max_tools for answer in answers],
                "said": jsonb([answer.said for answer in answers]),
            },
        )
        recorded: dict[int, list[ToolClaim]] = {}
        for row in rows:
            claims = recorded.setdefault(row["index"], [])
            if row["tool_execution_id"] is not None:
                claims.append(build(ToolClaim, row))
        return recorded

    async def record_failure(
        self,
        iteration_id: UUID,
        lease_token: UUID,
        error: Mapping[str, object],
        *,
        retry_after: timedelta | None = None,
    ) -> FailureOutcome:
        """Record that the model call failed; the database decides whether and when it is tried again."""
        row = await self._calls.row(
            """
            select * from agentpg.record_failure(
              iteration_id => %(iteration_id)s::uuid,
              lease_token => %(lease_token)s::uuid,
              error => %(error)s,
              retry_after => %(retry_after)s::interval
            )
            """,
            {
                "iteration_id": iteration_id,
                "lease_token": lease_token,
                "error": jsonb(dict(error)),
                "retry_after": retry_after,
            },
        )
        return build(FailureOutcome, row)

    async def record_abandoned(
        self,
        iteration_id: UUID,
        lease_token: UUID,
        usage: Mapping[str, object],
        *,
        request_id: str | None = None,
    ) -> bool:
        """Record what a call had used when its run ended under it; False if nothing was abandoned so."""
        counted: bool = await self._calls.value(
            """
            select agentpg.record_abandoned(
              iteration_id => %(iteration_id)s::uuid,
              lease_token => %(lease_token)s::uuid,
              usage => %(usage)s,
              request_id => %(request_id)s::text
            )
            """,
            {
                "iteration_id": iteration_id,
                "lease_token": lease_token,
                "usage": jsonb(dict(usage)),
                "request_id": request_id,
            },
        )
        return counted

    async def release_runs(self, instance_id: UUID, iteration_ids: Sequence[UUID] | None = None) -> int:
        """Give model calls back unharmed, all that this instance holds by default; returns how many."""
        count: int = await self._calls.value(
            """
            select agentpg.release_runs(
              instance_id => %(instance_id)s::uuid,
              iteration_ids => %(iteration_ids)s::uuid[]
            )
            """,
            {
                "instance_id": instance_id,
                "iteration_ids": None if iteration_ids is None else list(iteration_ids),
            },
        )
        return count
