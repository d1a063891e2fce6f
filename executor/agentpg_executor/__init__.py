"""Run agents: the executor, the tool decorator and their companions.

Names are loaded on first use, so that `import agentpg_executor` (and the command line, which needs the
database alone) works in a bare `pip install agentpg`. What needs more says which extra is missing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from agentpg._version import __version__ as __version__

if TYPE_CHECKING:
    from .embedded import EmbeddedPostgres
    from .executor import Executor
    from .hooks import Hooks
    from .testing import FakeClaude
    from .tools import (
        Tool,
        ToolCancel,
        ToolContext,
        ToolDefinitionError,
        ToolDiscard,
        ToolError,
        ToolRegistry,
        ToolResult,
        ToolSnooze,
        tool,
    )

_HOME = {
    "EmbeddedPostgres": "embedded",
    "Executor": "executor",
    "FakeClaude": "testing",
    "Hooks": "hooks",
    "Tool": "tools",
    "ToolCancel": "tools",
    "ToolContext": "tools",
    "ToolDefinitionError": "tools",
    "ToolDiscard": "tools",
    "ToolError": "tools",
    "ToolRegistry": "tools",
    "ToolResult": "tools",
    "ToolSnooze": "tools",
    "tool": "tools",
}
_EXTRA = {"executor": "executor", "tools": "executor", "testing": "testing"}

__all__ = [
    "EmbeddedPostgres",
    "Executor",
    "FakeClaude",
    "Hooks",
    "Tool",
    "ToolCancel",
    "ToolContext",
    "ToolDefinitionError",
    "ToolDiscard",
    "ToolError",
    "ToolRegistry",
    "ToolResult",
    "ToolSnooze",
    "tool",
]


def __getattr__(name: str) -> Any:
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        value = getattr(import_module(f"{__name__}.{home}"), name)
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        extra = _EXTRA.get(home)
        if extra is None or missing in ("", "agentpg", "agentpg_executor"):
            raise
        raise ModuleNotFoundError(
            f"agentpg_executor.{name} needs the package {missing!r}: pip install 'agentpg[{extra}]'",
            name=error.name,
        ) from error
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
