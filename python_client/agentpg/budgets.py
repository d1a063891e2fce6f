"""Ceilings on tokens and cost, and what is used of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Budget:
    """A ceiling on what a run with its delegates, a session or a tenant may use; `scope` says which.

    `reserved` is the worst case of the model calls under way. With a `period`, what was used counts anew
    when it is over. `used_cost_usd` is what is priced: a call that is not counts with what was reserved for
    it, and in `unpriced_calls`.
    """

    id: UUID
    scope: str
    run_id: UUID | None = None
    session_id: UUID | None = None
    tenant_id: str | None = None
    max_tokens: int | None = None
    max_cost_usd: Decimal | None = None
    period: timedelta | None = None
    period_started_at: datetime | None = None
    used_tokens: int = 0
    used_cost_usd: Decimal = Decimal(0)
    unpriced_calls: int = 0
    reserved_tokens: int = 0
    reserved_cost_usd: Decimal = Decimal(0)
