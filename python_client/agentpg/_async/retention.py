"""How long things are kept."""

from __future__ import annotations

from datetime import timedelta

from agentpg._async.base import AsyncMethods
from agentpg._async.calls import AnyAsyncConnection
from agentpg._rows import build
from agentpg.retention import Retained, RetentionPolicy


class AsyncRetentionMethods(AsyncMethods):
    """Every method takes `conn` to join the caller's own transaction."""

    async def retention_policies(self, *, conn: AnyAsyncConnection | None = None) -> list[RetentionPolicy]:
        """How long each kind of thing is kept, by state; nothing is deleted until a policy says so."""
        rows = await self._calls.rows(
            "select kind, state, max_age, updated_at from agentpg.retention_policies order by kind, state",
            conn=conn,
            repeatable=True,
        )
        return [build(RetentionPolicy, row) for row in rows]

    async def set_retention(
        self,
        kind: str,
        max_age: timedelta | None,
        *,
        state: str | None = None,
        conn: AnyAsyncConnection | None = None,
    ) -> list[RetentionPolicy]:
        """Keep things of a kind this long, those in one state or in any; None is for ever.

        `kind` is sessions, runs, archives (messages that a summary stands for) or batches. The maintenance
        deletes what is older; `apply_retention(dry_run=True)` says beforehand what that is.
        """
        rows = await self._calls.rows(
            """
            select kind, state, max_age, updated_at
            from agentpg.set_retention(
              kind => %(kind)s::text, max_age => %(max_age)s::interval, state => %(state)s::text
            )
            order by state
            """,
            {"kind": kind, "max_age": max_age, "state": state},
            conn=conn,
        )
        return [build(RetentionPolicy, row) for row in rows]

    async def apply_retention(
        self, *, max_count: int = 100, dry_run: bool = False, conn: AnyAsyncConnection | None = None
    ) -> list[Retained]:
        """Delete what the policies no longer keep, at most `max_count` of each kind and state.

        With `dry_run` nothing is deleted, and each policy says how much it would delete in all.
        """
        rows = await self._calls.rows(
            """
            select * from agentpg.apply_retention(
              max_count => %(max_count)s::int, dry_run => %(dry_run)s::boolean
            )
            """,
            {"max_count": max_count, "dry_run": dry_run},
            conn=conn,
        )
        return [build(Retained, row) for row in rows]
