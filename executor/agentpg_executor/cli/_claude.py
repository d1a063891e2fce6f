"""Whether this process can sign in to Claude."""

from __future__ import annotations

import os

from ._failure import CliError
from ._packages import EXECUTOR, have
from .exit_codes import ExitCode


def can_call_claude() -> bool:
    """Whether the SDK is there and finds a key, a token or a profile."""
    if not have(*EXECUTOR):
        return False
    if os.environ.get("ANTHROPIC_API_KEY") or os.environ.get("ANTHROPIC_AUTH_TOKEN"):
        return True
    from anthropic import AnthropicError

    from ..model import has_credentials, make_client

    try:
        return has_credentials(make_client())
    except AnthropicError:
        return False


def no_key(otherwise: str) -> CliError:
    return CliError(
        ExitCode.AUTH,
        "there is no Claude API key",
        why="ANTHROPIC_API_KEY is not set, and the SDK found no other way to sign in",
        next=f"export ANTHROPIC_API_KEY=sk-ant-... or {otherwise}",
    )
