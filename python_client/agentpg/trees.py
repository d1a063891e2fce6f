"""What a client sees of a run and the runs of its delegates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from agentpg.enums import RunState


@dataclass(frozen=True, slots=True)
class RunTreeNode:
    """A run in its tree. The totals are of it and of all runs below it; input tokens include cached ones."""

    run_id: UUID
    session_id: UUID
    agent_id: UUID
    state: RunState
    path: str
    """Its place among the runs that the same run called: `1`, `1.2`, `1.2.1`."""
    created_at: datetime
    parent_run_id: UUID | None = None
    parent_tool_execution_id: UUID | None = None
    depth: int = 0
    agent_name: str | None = None
    stop_reason: str | None = None
    error_type: str | None = None
    error_message: str | None = None
    prompt: str | None = None
    response_text: str | None = None
    iteration_count: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: Decimal | None = None
    unpriced_calls: int = 0
    total_runs: int = 1
    total_input_tokens: int = 0
    total_output_tokens: int = 0
    total_cost_usd: Decimal | None = None
    total_unpriced_calls: int = 0
    finalized_at: datetime | None = None
