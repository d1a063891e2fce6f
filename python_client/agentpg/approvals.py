"""Tool calls that wait for a person."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Approval:
    """A tool call that waits for a person to approve or reject it.

    `input` is what the model gave, `input_hash` its name: hand it to `approve_tool` to approve what you saw
    and nothing else. `reason` says who or what asked, `metadata` is that of the session.
    """

    tool_execution_id: UUID
    run_id: UUID
    root_run_id: UUID
    session_id: UUID
    agent_id: UUID
    agent_name: str
    tool_use_id: str
    tool_name: str
    input: dict[str, Any]
    input_hash: str
    reason: str
    requested_at: datetime
    expires_at: datetime
    is_agent_tool: bool = False
    metadata: dict[str, Any] = field(default_factory=dict[str, Any])
