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
from ._project import Project

__all__ = [
    "ChangeFailed",
    "MigrationDiverged",
    "MigrationError",
    "MigrationLocked",
    "MigrationPooled",
    "MigrationResult",
    "PlanError",
    "Project",
    "migrate",
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
    """
    return deploy(
        dsn,
        project or Project.packaged(),
        to=to,
        verify=verify,
        lock_timeout=lock_timeout,
        on_change=on_change,
    )
