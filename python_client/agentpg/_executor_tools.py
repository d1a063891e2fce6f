"""Tool calls: claim, complete, fail, snooze, put to a person, release."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal, TypeAlias
from uuid import UUID

from agentpg._async.calls import AsyncCalls
from agentpg._json import jsonb, jsonb_or_none
from agentpg._rows import build
from agentpg.claims import KnownContext, RunClaim, ToolClaim, ToolOutput

FailOutcome: TypeAlias = Literal["retry", "cancel", "discard", "timeout"]

# Left out where there is nothing to say: an older schema has no such parameter, nor hands out what to say.
_KNOWN = ", known => %(known)s"


def _json_of(known: KnownContext | None) -> dict[str, object] | None:
    return None if known is None else {"seq": known.seq, "checksum": known.checksum}


class ToolCalls:
    """The functions an executor calls about tool executions."""

    def __init__(self, calls: AsyncCalls) -> None:
        self._calls = calls

    async def claim_tool_executions(
        self,
        instance_id: UUID,
        *,
        max_count: int = 1,
        run_ids: Sequence[UUID] | None = None,
    ) -> list[ToolClaim]:
        """Claim up to `max_count` calls of tools this instance registered."""
        rows = await self._calls.rows(
            """
            select * from agentpg.claim_tool_executions(
              instance_id => %(instance_id)s::uuid,
              max_count => %(max_count)s::int,
              run_ids => %(run_ids)s::uuid[]
            )
            """,
            {
                "instance_id": instance_id,
                "max_count": max_count,
                "run_ids": None if run_ids is None else list(run_ids),
            },
        )
        return [build(ToolClaim, row) for row in rows]

    async def complete_tool(
        self,
        tool_execution_id: UUID,
        lease_token: UUID,
        output: object,
        *,
        is_error: bool = False,
        claim_next: bool = False,
        known: KnownContext | None = None,
    ) -> RunClaim | None:
        """Record the output of a tool: text, content blocks or any JSON value.

        With `claim_next`, the call that completes the last tool of an iteration returns the next model call.
        `known` is the context of the one before it, for who still holds those messages: the new ones alone
        may come (`messages_after`).
        """
        rows = await self._calls.rows(
            f"""
            select * from agentpg.complete_tool(
              tool_execution_id => %(tool_execution_id)s::uuid,
              lease_token => %(lease_token)s::uuid,
              output => %(output)s,
              is_error => %(is_error)s,
              claim_next => %(claim_next)s{_KNOWN if known else ""}
            )
            """,
            {
                "tool_execution_id": tool_execution_id,
                "lease_token": lease_token,
                "output": jsonb(output),
                "is_error": is_error,
                "claim_next": claim_next,
                "known": jsonb_or_none(_json_of(known)),
            },
        )
        return build(RunClaim, rows[0]) if rows else None

    async def complete_tools(self, outputs: Sequence[ToolOutput]) -> dict[int, RunClaim | None]:
        """Record those of several outputs that are everyday steps; the next calls as `complete_tool`.

        The key is an output's index. Of an output that is missing nothing has happened: `complete_tool`
        records it, or says what is wrong with it.
        """
        rows = await self._calls.rows(
            """
            select c.place - 1 as index, (c.claim).*
            from agentpg.complete_tools(
              tool_execution_ids => %(tool_execution_ids)s::uuid[],
              lease_tokens => %(lease_tokens)s::uuid[],
              outputs => %(outputs)s,
              is_errors => %(is_errors)s::boolean[],
              known => %(known)s
            ) c
            """,
            {
                "tool_execution_ids": [output.tool_execution_id for output in outputs],
                "lease_tokens": [output.lease_token for output in outputs],
                "outputs": jsonb([output.output for output in outputs]),
                "is_errors": [output.is_error for output in outputs],
                "known": jsonb([_json_of(output.known) for output in outputs]),
            },
        )
        return {row["index"]: None if row["run_id"] is None else build(RunClaim, row) for row in rows}

    async def fail_tool(
        self,
        tool_execution_id: UUID,
        lease_token: UUID,
        error: str,
        *,
        outcome: FailOutcome = "retry",
        claim_next: bool = False,
        known: KnownContext | None = None,
    ) -> RunClaim | None:
        """Record that a tool failed; `outcome` says whether it may be tried again."""
        rows = await self._calls.rows(
            f"""
            select * from agentpg.fail_tool(
              tool_execution_id => %(tool_execution_id)s::uuid,
              lease_token => %(lease_token)s::uuid,
              error => %(error)s::text,
              outcome => %(outcome)s::text,
              claim_next => %(claim_next)s{_KNOWN if known else ""}
            )
            """,
            {
                "tool_execution_id": tool_execution_id,
                "lease_token": lease_token,
                "error": error,
                "outcome": outcome,
                "claim_next": claim_next,
                "known": jsonb_or_none(_json_of(known)),
            },
        )
        return build(RunClaim, rows[0]) if rows else None

    async def snooze_tool(
        self,
        tool_execution_id: UUID,
        lease_token: UUID,
        delay: timedelta,
        *,
        error: str | None = None,
    ) -> datetime | None:
        """Put a tool call off; returns when it runs again, or None when its snoozes or time are used up."""
        resumes_at: datetime | None = await self._calls.value(
            """
            select agentpg.snooze_tool(
              tool_execution_id => %(tool_execution_id)s::uuid,
              lease_token => %(lease_token)s::uuid,
              delay => %(delay)s::interval,
              error => %(error)s::text
            )
            """,
            {
                "tool_execution_id": tool_execution_id,
                "lease_token": lease_token,
                "delay": delay,
                "error": error,
            },
        )
        return resumes_at

    async def request_approval(
        self, tool_execution_id: UUID, lease_token: UUID, reason: str | None = None
    ) -> bool:
        """Put a tool call to a person before it runs. True: it waits now, drop it; False: it was approved."""
        waits: bool = await self._calls.value(
            """
            select agentpg.request_approval(
              tool_execution_id => %(tool_execution_id)s::uuid,
              lease_token => %(lease_token)s::uuid,
              reason => %(reason)s::text
            )
            """,
            {"tool_execution_id": tool_execution_id, "lease_token": lease_token, "reason": reason},
        )
        return waits

    async def release_tools(self, instance_id: UUID, tool_execution_ids: Sequence[UUID] | None = None) -> int:
        """Give tool calls back unharmed, all that this instance holds by default; returns how many."""
        count: int = await self._calls.value(
            """
            select agentpg.release_tools(
              instance_id => %(instance_id)s::uuid,
              tool_execution_ids => %(tool_execution_ids)s::uuid[]
            )
            """,
            {
                "instance_id": instance_id,
                "tool_execution_ids": None if tool_execution_ids is None else list(tool_execution_ids),
            },
        )
        return count
