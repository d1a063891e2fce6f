# Generated from agentpg/_async/costs.py by python_client/async_to_sync.py: do not edit.
# fmt: off
# ruff: noqa: I001, RUF100

"""What was used and paid."""

from __future__ import annotations

from datetime import datetime

from agentpg._arguments import Id, uuid_of
from agentpg._sync.base import Methods
from agentpg._sync.calls import AnyConnection
from agentpg._rows import build
from agentpg.costs import CostKey, CostSummary, PromptWarning


class CostMethods(Methods):
    """Every method takes `conn` to join the caller's own transaction."""

    def costs(
        self,
        by: CostKey = "day",
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        run_id: Id | None = None,
        session_id: Id | None = None,
        agent_id: Id | None = None,
        tenant_id: str | None = None,
        max_count: int = 100,
        conn: AnyConnection | None = None,
    ) -> list[CostSummary]:
        """What model calls used and cost by day (UTC, newest first), or by what `by` says, dearest first.

        Only those within a time, of a run with all its delegates, of a session, agent or tenant, if given.
        """
        rows = self._calls.rows(
            """
            select * from agentpg.costs(
              by => %(by)s,
              since => %(since)s::timestamptz,
              until => %(until)s::timestamptz,
              run_id => %(run_id)s::uuid,
              session_id => %(session_id)s::uuid,
              agent_id => %(agent_id)s::uuid,
              tenant_id => %(tenant_id)s::text,
              max_count => %(max_count)s::int
            )
            """,
            {
                "by": by,
                "since": since,
                "until": until,
                "run_id": None if run_id is None else uuid_of(run_id, "run_id"),
                "session_id": None if session_id is None else uuid_of(session_id, "session_id"),
                "agent_id": None if agent_id is None else uuid_of(agent_id, "agent_id"),
                "tenant_id": tenant_id,
                "max_count": max_count,
            },
            conn=conn,
            repeatable=True,
        )
        return [build(CostSummary, row) for row in rows]

    def prompt_warnings(
        self,
        agent_id: Id | None = None,
        *,
        max_count: int = 100,
        conn: AnyConnection | None = None,
    ) -> list[PromptWarning]:
        """Text in the system prompts of an agent, or of all, that changes from run to run: dates, ids."""
        rows = self._calls.rows(
            """
            select * from agentpg.prompt_warnings(
              agent_id => %(agent_id)s::uuid, max_count => %(max_count)s::int
            )
            """,
            {
                "agent_id": None if agent_id is None else uuid_of(agent_id, "agent_id"),
                "max_count": max_count,
            },
            conn=conn,
            repeatable=True,
        )
        return [build(PromptWarning, row) for row in rows]
