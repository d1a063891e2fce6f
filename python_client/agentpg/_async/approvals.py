"""Tool calls that wait for a person: list, approve, reject."""

from __future__ import annotations

from collections.abc import Mapping

from agentpg._arguments import Id, optional_uuid_of, uuid_of
from agentpg._async.base import AsyncMethods
from agentpg._async.calls import AnyAsyncConnection
from agentpg._json import jsonb
from agentpg._rows import build
from agentpg.approvals import Approval


class AsyncApprovalMethods(AsyncMethods):
    """Every method takes `conn` to join the caller's own transaction."""

    async def list_approvals(
        self,
        *,
        agent_id: Id | None = None,
        session_id: Id | None = None,
        run_id: Id | None = None,
        metadata: Mapping[str, object] | None = None,
        max_count: int = 100,
        after: Id | None = None,
        conn: AnyAsyncConnection | None = None,
    ) -> list[Approval]:
        """Tool calls that wait for a person, the oldest first; `after` is the last id already seen.

        `run_id` means that run, or all of its tree if it is the first run of one; `metadata` is what the
        metadata of the session must contain.
        """
        rows = await self._calls.rows(
            """
            select * from agentpg.list_approvals(
              agent_id => %(agent_id)s::uuid,
              session_id => %(session_id)s::uuid,
              run_id => %(run_id)s::uuid,
              metadata => %(metadata)s,
              max_count => %(max_count)s::int,
              after => %(after)s::uuid
            )
            """,
            {
                "agent_id": optional_uuid_of(agent_id, "agent_id"),
                "session_id": optional_uuid_of(session_id, "session_id"),
                "run_id": optional_uuid_of(run_id, "run_id"),
                "metadata": None if metadata is None else jsonb(metadata),
                "max_count": max_count,
                "after": optional_uuid_of(after, "after"),
            },
            conn=conn,
            repeatable=True,
        )
        return [build(Approval, row) for row in rows]

    async def approve_tool(
        self,
        tool_execution_id: Id,
        *,
        decided_by: str | None = None,
        note: str | None = None,
        input: Mapping[str, object] | None = None,
        input_hash: str | None = None,
        conn: AnyAsyncConnection | None = None,
    ) -> bool:
        """Let a waiting tool call go ahead. True if this call decided, False if it was approved so before.

        With `input` the tool gets that in place of what the model gave, and the model is told. Raises
        `ApprovalAlreadyDecided` if it was rejected, has expired or was approved with another input,
        `InputChanged` if `input_hash` is not that of the call, `ApprovalNotRequested` if it never waited,
        `RunCancelled` or `RunAlreadyFinalized` if its run ended first.
        """
        decided: bool = await self._calls.value(
            """
            select agentpg.approve_tool(
              tool_execution_id => %(tool_execution_id)s::uuid,
              decided_by => %(decided_by)s::text,
              note => %(note)s::text,
              input => %(input)s,
              input_hash => %(input_hash)s::text
            )
            """,
            {
                "tool_execution_id": uuid_of(tool_execution_id, "tool_execution_id"),
                "decided_by": decided_by,
                "note": note,
                "input": None if input is None else jsonb(input),
                "input_hash": input_hash,
            },
            conn=conn,
        )
        return decided

    async def reject_tool(
        self,
        tool_execution_id: Id,
        reason: str | None = None,
        *,
        decided_by: str | None = None,
        conn: AnyAsyncConnection | None = None,
    ) -> bool:
        """End a waiting tool call: the model gets an error result with the reason, and the run goes on.

        True if this call decided, False if it was rejected before. Raises as `approve_tool` does.
        """
        decided: bool = await self._calls.value(
            """
            select agentpg.reject_tool(
              tool_execution_id => %(tool_execution_id)s::uuid,
              reason => %(reason)s::text,
              decided_by => %(decided_by)s::text
            )
            """,
            {
                "tool_execution_id": uuid_of(tool_execution_id, "tool_execution_id"),
                "reason": reason,
                "decided_by": decided_by,
            },
            conn=conn,
        )
        return decided
