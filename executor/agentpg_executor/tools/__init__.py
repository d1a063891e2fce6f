"""Tools: typed Python functions that Claude may call."""

from __future__ import annotations

from .context import CancelSignal, ToolContext, VariableError
from .definition import Tool, tool
from .invocation import ToolEnd, invoke
from .outcome import (
    ToolCancel,
    ToolDefinitionError,
    ToolDiscard,
    ToolError,
    ToolOutcome,
    ToolResult,
    ToolSnooze,
)
from .registry import ToolRegistry

__all__ = [
    "CancelSignal",
    "Tool",
    "ToolCancel",
    "ToolContext",
    "ToolDefinitionError",
    "ToolDiscard",
    "ToolEnd",
    "ToolError",
    "ToolOutcome",
    "ToolRegistry",
    "ToolResult",
    "ToolSnooze",
    "VariableError",
    "invoke",
    "tool",
]
