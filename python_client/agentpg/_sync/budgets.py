# Generated from agentpg/_async/budgets.py by python_client/async_to_sync.py: do not edit.
# fmt: off
# ruff: noqa: I001, RUF100

"""Budgets of sessions and tenants."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from agentpg._arguments import Id, uuid_of
from agentpg._sync.base import Methods
from agentpg._sync.calls import AnyConnection
from agentpg._rows import build
from agentpg.budgets import Budget
from agentpg.errors import InvalidLimit


class BudgetMethods(Methods):
    """Every method takes `conn` to join the caller's own transaction."""

    def set_budget(
        self,
        *,
        session_id: Id | None = None,
        tenant_id: str | None = None,
        max_tokens: int | None = None,
        max_cost_usd: Decimal | float | None = None,
        period: timedelta | None = None,
        conn: AnyConnection | None = None,
    ) -> Budget | None:
        """Set what the runs of a session or of a tenant may use together, for ever or per period.

        Without both limits the ceiling is removed, and None returned. It holds for runs created from now on:
        one that meets it stops with a stop reason such as `tenant_max_cost_usd`.
        """
        row = self._calls.row(
            """
            select * from agentpg.set_budget(
              session_id => %(session_id)s::uuid,
              tenant_id => %(tenant_id)s::text,
              max_tokens => %(max_tokens)s::bigint,
              max_cost_usd => %(max_cost_usd)s::numeric,
              period => %(period)s::interval
            )
            """,
            {
                "session_id": None if session_id is None else uuid_of(session_id, "session_id"),
                "tenant_id": tenant_id,
                "max_tokens": max_tokens,
                "max_cost_usd": None if max_cost_usd is None else Decimal(str(max_cost_usd)),
                "period": period,
            },
            conn=conn,
        )
        return None if row["id"] is None else build(Budget, row)

    def list_budgets(
        self, *, max_count: int = 100, conn: AnyConnection | None = None
    ) -> list[Budget]:
        """The ceilings on sessions and tenants with what is used of them, the fullest first."""
        if max_count < 1:
            raise InvalidLimit("max_count must be positive")
        rows = self._calls.rows(
            """
            select * from agentpg.budget_usage b
            where b.scope <> 'run'
            order by greatest(
              b.used_tokens / nullif(b.max_tokens, 0)::numeric, b.used_cost_usd / nullif(b.max_cost_usd, 0)
            ) desc nulls first, b.id
            limit %(max_count)s::int
            """,
            {"max_count": max_count},
            conn=conn,
            repeatable=True,
        )
        return [build(Budget, row) for row in rows]
