"""A fake Claude for tests and demos: Messages, streaming, batches and faults over a real socket.

>>> from agentpg_executor.testing import FakeClaude, call, fault, reply, text

Needs the extra `testing` (`pip install 'agentpg[testing]'`), for aiohttp.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._clock import Clock as Clock
    from ._fake import FakeClaude as FakeClaude
    from ._faults import canceled as canceled
    from ._faults import cut as cut
    from ._faults import drop as drop
    from ._faults import error_event as error_event
    from ._faults import expired as expired
    from ._faults import fault as fault
    from ._faults import garbage as garbage
    from ._faults import hang as hang
    from ._faults import held as held
    from ._faults import lost as lost
    from ._faults import reset as reset
    from ._faults import slow as slow
    from ._gate import Gate as Gate
    from ._journal import Entry as Entry
    from ._journal import Journal as Journal
    from ._problem import Problem as Problem
    from ._problem import signed_thinking as signed_thinking
    from ._problem import validate_request as validate_request
    from ._ratelimit import RateLimits as RateLimits
    from ._request import FakeRequest as FakeRequest
    from ._request import ToolResult as ToolResult
    from ._rules import Rule as Rule
    from ._script import Script as Script
    from ._turns import Turn as Turn
    from ._turns import block as block
    from ._turns import call as call
    from ._turns import compaction as compaction
    from ._turns import context_exceeded as context_exceeded
    from ._turns import empty as empty
    from ._turns import max_tokens_cut as max_tokens_cut
    from ._turns import pause as pause
    from ._turns import raw as raw
    from ._turns import redacted_thinking as redacted_thinking
    from ._turns import refusal as refusal
    from ._turns import reply as reply
    from ._turns import server_call as server_call
    from ._turns import stop_sequence as stop_sequence
    from ._turns import text as text
    from ._turns import thinking as thinking
    from ._turns import tool_use as tool_use
    from ._turns import unknown_block as unknown_block
    from ._turns import unknown_event as unknown_event
    from ._turns import unknown_stop as unknown_stop

_HOMES = {
    "_clock": ("Clock",),
    "_fake": ("FakeClaude",),
    "_faults": (
        "canceled",
        "cut",
        "drop",
        "error_event",
        "expired",
        "fault",
        "garbage",
        "hang",
        "held",
        "lost",
        "reset",
        "slow",
    ),
    "_gate": ("Gate",),
    "_journal": ("Entry", "Journal"),
    "_problem": ("Problem", "signed_thinking", "validate_request"),
    "_ratelimit": ("RateLimits",),
    "_request": ("FakeRequest", "ToolResult"),
    "_rules": ("Rule",),
    "_script": ("Script",),
    "_turns": (
        "Turn",
        "block",
        "call",
        "compaction",
        "context_exceeded",
        "empty",
        "max_tokens_cut",
        "pause",
        "raw",
        "redacted_thinking",
        "refusal",
        "reply",
        "server_call",
        "stop_sequence",
        "text",
        "thinking",
        "tool_use",
        "unknown_block",
        "unknown_event",
        "unknown_stop",
    ),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}
__all__ = sorted(_HOME_OF)  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    """Import on first use: the pytest plugin lives in this package and must cost nothing elsewhere."""
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    try:
        value = getattr(import_module(f"{__name__}.{home}"), name)
    except ModuleNotFoundError as error:
        if error.name != "aiohttp":
            raise
        raise ModuleNotFoundError(
            "FakeClaude needs aiohttp: pip install 'agentpg[testing]'", name=error.name
        ) from error
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(set(globals()) | set(_HOME_OF))
