"""Tool calls that wait for a person, as a person can read them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ._screen import Pen, harmless
from ._words import age, moment, seconds

if TYPE_CHECKING:
    from agentpg import Approval


def approval_block(pen: Pen, approval: Approval) -> str:
    """Who wants to call what, with which input, why it waits and until when."""
    left = approval.expires_at - datetime.now(UTC)
    kind = "agent" if approval.is_agent_tool else "tool"
    lines = [
        f"{approval.tool_execution_id}  {pen.paint(harmless(approval.tool_name), 'bold')}",
        f"  {kind} call of {harmless(approval.agent_name)} in run {approval.run_id}",
        f"  asked {age(approval.requested_at)}: {harmless(approval.reason)}",
        f"  expires {moment(approval.expires_at)} (in {seconds(left)})",
        _indented(approval.input),
    ]
    return "\n".join(lines)


def question_block(pen: Pen, approval: Approval, edited: Mapping[str, object] | None) -> str:
    """The same, and what it is to be called with instead."""
    shown = approval_block(pen, approval)
    if edited is None:
        return shown
    return f"{shown}\n  {pen.paint('with this input instead:', 'yellow')}\n{_indented(edited)}"


def _indented(value: Mapping[str, object]) -> str:
    # Never cut: what is not seen is not approved.
    text = harmless(json.dumps(value, indent=2, ensure_ascii=False))
    return "\n".join(f"  {line}" for line in text.splitlines())
