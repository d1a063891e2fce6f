"""How a run ended, as an exit code."""

from __future__ import annotations

from .exit_codes import ExitCode


def exit_code(state: str, error_type: str | None) -> ExitCode:
    """What the end of a run means to a script."""
    if state == "completed":
        return ExitCode.DONE
    if state == "awaiting_input":
        return ExitCode.WAITING
    if error_type in ("authentication_error", "permission_error"):
        return ExitCode.AUTH
    return ExitCode.RUN_FAILED
