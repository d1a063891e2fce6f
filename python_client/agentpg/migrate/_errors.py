"""What can go wrong in a migration. Every message says what, why and the next step."""

from __future__ import annotations


class MigrationError(Exception):
    """A migration was refused or failed. What it had finished stays; no change is ever left half applied."""


class PlanError(MigrationError):
    """The plan, or a script it names, cannot be used."""


class MigrationLocked(MigrationError):
    """Somebody else holds a lock that the migration needs, and did not let go in time."""


class MigrationDiverged(MigrationError):
    """The database holds changes that this plan does not know, so it is no base to continue from."""


class MigrationPooled(MigrationError):
    """The connection goes through a transaction pooler, where a session lock protects nothing."""


class ChangeFailed(MigrationError):
    """A script failed, and its change was rolled back. `change` names it; `sqlstate` is Postgres' code."""

    def __init__(self, message: str, *, change: str, sqlstate: str | None) -> None:
        super().__init__(message)
        self.change = change
        self.sqlstate = sqlstate
