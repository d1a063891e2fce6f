"""Whether this process can sign in to Claude."""

from __future__ import annotations

import os

from .._text import mask_secrets
from ._failure import CliError, one_line
from ._packages import EXECUTOR, have
from .exit_codes import ExitCode

_PATIENCE_SECONDS = 5.0


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


async def check_key() -> None:
    """Asks for the list of models, which costs nothing, and raises if the key is refused.

    A worker with a bad key would park the runs of the whole fleet. Any other answer, or none, says nothing
    about the key.
    """
    from anthropic import AnthropicError, AuthenticationError

    from ..model import make_client

    try:
        async with make_client() as client:
            await client.models.list(limit=1, timeout=_PATIENCE_SECONDS)
    except AuthenticationError as error:
        raise CliError(
            ExitCode.AUTH,
            "Claude refused the API key",
            why=one_line(mask_secrets(str(error))),
            next="export ANTHROPIC_API_KEY=sk-ant-... with a key that is valid",
        ) from error
    except AnthropicError:
        return


def no_key(otherwise: str) -> CliError:
    return CliError(
        ExitCode.AUTH,
        "there is no Claude API key",
        why="ANTHROPIC_API_KEY is not set, and the SDK found no other way to sign in",
        next=f"export ANTHROPIC_API_KEY=sk-ant-... or {otherwise}",
    )
