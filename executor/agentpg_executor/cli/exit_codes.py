"""The exit codes of `agentpg`, for scripts that decide by them."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What the exit code of a command says."""

    DONE = 0
    RUN_FAILED = 1
    USAGE = 2
    NOT_READY = 3
    AUTH = 4
    NOT_FOUND = 5
    CONFLICT = 6
    WAITING = 8
    DEFECT = 70
    TIMEOUT = 124
    INTERRUPTED = 130
    BROKEN_PIPE = 141
    TERMINATED = 143


MEANINGS: dict[ExitCode, str] = {
    ExitCode.DONE: "done",
    ExitCode.RUN_FAILED: "the run failed or was cancelled; a check of doctor failed",
    ExitCode.USAGE: "the command line is wrong, or an argument was refused",
    ExitCode.NOT_READY: "not ready: database, schema or a package is missing or behind",
    ExitCode.AUTH: "the API key, the login or a permission was refused, or is missing",
    ExitCode.NOT_FOUND: "the run, session, agent, batch or tool does not exist",
    ExitCode.CONFLICT: "in the way of what is there: it exists, has ended, or the id is ambiguous",
    ExitCode.WAITING: "the run waits for input",
    ExitCode.DEFECT: "a defect of agentpg itself",
    ExitCode.TIMEOUT: "--timeout was reached; the run goes on",
    ExitCode.INTERRUPTED: "ended by Ctrl-C (SIGINT)",
    ExitCode.BROKEN_PIPE: "whoever read the output went away (SIGPIPE)",
    ExitCode.TERMINATED: "ended by SIGTERM",
}


def table() -> str:
    """The table, one line a code, as `agentpg help exit-codes` shows it."""
    return "\n".join(f"  {code:>3}  {MEANINGS[code]}" for code in ExitCode)
