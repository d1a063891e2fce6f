# Generated from agentpg/_async/retention.py by python_client/async_to_sync.py: do not edit.
# fmt: off
# ruff: noqa: I001, RUF100

"""How long things are kept."""

from __future__ import annotations

from datetime import timedelta

from agentpg._sync.base import Methods
from agentpg._sync.calls import AnyConnection
from agentpg._rows import build
from agentpg.retention import Retained, RetentionPolicy


class RetentionMethods(Methods):
    """Every method takes `conn` to join the caller's own transaction."""

    def retention_policies(self, *, conn: AnyConnection | None = None) -> list[RetentionPolicy]:
        """How long each kind of thing is kept, by state; nothing is deleted until a policy says so."""
        rows = self._calls.rows(
            "select kind, state, max_age, updated_at from agentpg.retention_policies order by kind, state",
            conn=conn,
            repeatable=True,
        )
        return [build(RetentionPolicy, row) for row in rows]

    def set_retention(
        self,
        kind: str,
        max_age: timedelta | None,
        *,
        state: str | None = None,
        conn: AnyConnection | None = None,
    ) -> list[RetentionPolicy]:
        """Keep things of a kind this long, those in one state or in any; None is for ever.

        `kind` is sessions, runs, archives (messages that a summary stands for) or batches. The maintenance
        deletes what is older; `apply_retention(dry_run=True)` says beforehand what that is.
        """
        rows = self._calls.rows(
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

    def apply_retention(
        self, *, max_count: int = 100, dry_run: bool = False, conn: AnyConnection | None = None
    ) -> list[Retained]:
        """Delete what the policies no longer keep, at most `max_count` of each kind and state.

        With `dry_run` nothing is deleted, and each policy says how much it would delete in all.
        """
        rows = self._calls.rows(
            """
            select * from agentpg.apply_retention(
              max_count => %(max_count)s::int, dry_run => %(dry_run)s::boolean
            )
            """,
            {"max_count": max_count, "dry_run": dry_run},
            conn=conn,
        )
        return [build(Retained, row) for row in rows]
