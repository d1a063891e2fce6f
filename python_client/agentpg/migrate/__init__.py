"""Applies AgentPG's schema without Perl, in a way that sqitch takes for its own.

It reads the same plan and writes the same registry as sqitch, so that `sqitch status`, `check` and
`revert` agree afterwards. Nothing but psycopg is needed.
"""

from __future__ import annotations

from ._deploy import MigrationResult, Progress, deploy
from ._errors import (
    ChangeFailed,
    MigrationDiverged,
    MigrationError,
    MigrationLocked,
    MigrationPooled,
    PlanError,
)
from ._print import print_script
from ._project import Project
from ._revert import revert_changes
from ._status import MigrationStatus, read_status

__all__ = [
    "ChangeFailed",
    "MigrationDiverged",
    "MigrationError",
    "MigrationLocked",
    "MigrationPooled",
    "MigrationResult",
    "MigrationStatus",
    "PlanError",
    "Project",
    "migrate",
    "revert",
    "script",
    "status",
]


def migrate(
    dsn: str,
    *,
    to: str | None = None,
    verify: bool = True,
    lock_timeout: float = 60.0,
    project: Project | None = None,
    on_change: Progress | None = None,
) -> MigrationResult:
    """Brings the database up to date, or up to and including `to` (a change or `@tag`).

    Each change commits by itself together with its registry row, so a migration that is interrupted at any
    moment is simply started again. Two that are started together take turns. Waits at most `lock_timeout`
    seconds for any one lock. `on_change` is called with the name of each change once it is committed.
    Raises MigrationError, or psycopg.OperationalError if the database cannot be reached.
    """
    return deploy(
        dsn,
        project or Project.packaged(),
        to=to,
        verify=verify,
        lock_timeout=lock_timeout,
        on_change=on_change,
    )


def revert(
    dsn: str,
    *,
    to: str | None = None,
    lock_timeout: float = 60.0,
    project: Project | None = None,
    on_change: Progress | None = None,
) -> MigrationResult:
    """Takes back every change after `to`, newest first; without `to`, all of them and all their data."""
    return revert_changes(
        dsn, project or Project.packaged(), to=to, lock_timeout=lock_timeout, on_change=on_change
    )


def status(dsn: str, *, project: Project | None = None) -> MigrationStatus:
    """How the database stands to this release: up to date, behind, or diverged. Changes nothing."""
    return read_status(dsn, project or Project.packaged())


def script(
    *,
    since: str | None = None,
    to: str | None = None,
    verify: bool = True,
    project: Project | None = None,
) -> str:
    """The same migration as one SQL script, from after the change `since` (or nothing) up to `to`.

    It writes sqitch's registry too, and each change checks that the database is where it expects it, so a
    script run on the wrong database, or twice, stops before it does anything.
    """
    return print_script(project or Project.packaged(), since=since, to=to, verify=verify)
