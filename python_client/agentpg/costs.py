"""What model calls used and cost, and what keeps prompts out of the cache."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, TypeAlias
from uuid import UUID

CostKey: TypeAlias = Literal["day", "run", "tree", "session", "agent", "tenant", "model", "mode"]


@dataclass(frozen=True, slots=True)
class CostSummary:
    """What the model calls of one day, run, agent and so on used and cost; `name` is that of an agent.

    `cost_usd` is None when the cost of a call is not known: `unpriced_calls` says of how many, and
    `priced_cost_usd` is what the others cost. `cache_hit_rate` is the part of all prompt tokens that was read
    from the cache. `abandoned_calls` are among the calls, `failed_calls` beside them: attempts without an
    answer that told what they had used.
    """

    key: str | None
    name: str | None = None
    calls: int = 0
    abandoned_calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cache_write_5m_tokens: int = 0
    cache_write_1h_tokens: int = 0
    cache_read_tokens: int = 0
    cache_hit_rate: float | None = None
    cost_usd: Decimal | None = None
    priced_cost_usd: Decimal = Decimal(0)
    unpriced_calls: int = 0
    failed_calls: int = 0
    failed_cost_usd: Decimal | None = None


@dataclass(frozen=True, slots=True)
class PromptWarning:
    """Text in a system prompt that keeps what stands behind it out of the prompt cache.

    `changed` says that it was another one in an earlier run, of the last `runs` with that many different
    `prompts`; without it, the text only looks as if it would be. `near` shows where it stands.
    """

    agent_id: UUID
    agent_name: str
    kind: str
    fragment: str
    near: str
    changed: bool
    runs: int = 0
    prompts: int = 0
