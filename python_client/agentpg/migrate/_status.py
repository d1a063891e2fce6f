"""How a database stands to the plan. Reads, and changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ._project import Project
from ._session import Session, open_session


@dataclass(frozen=True)
class MigrationStatus:
    """How a database stands to the plan of this release."""

    at: str | None
    """The change deployed last, with its tags; None if nothing is deployed."""
    deployed_at: datetime | None
    pending: tuple[str, ...]
    """Changes of the plan that the database lacks, in order."""
    edited: tuple[str, ...]
    """Deployed changes whose script was another one when they were deployed."""
    unknown: tuple[str, ...]
    """Deployed changes that the plan does not have: the database is ahead of this release, or not of it."""

    @property
    def behind(self) -> bool:
        return bool(self.pending)

    @property
    def diverged(self) -> bool:
        return bool(self.edited or self.unknown)

    @property
    def up_to_date(self) -> bool:
        return not self.behind and not self.diverged

    @property
    def exit_code(self) -> int:
        """0 up to date, 1 behind, 2 diverged (which a migration would not mend)."""
        return 2 if self.diverged else int(self.behind)

    @property
    def message(self) -> str:
        where = "nothing is deployed" if self.at is None else f"at {self.at}"
        parts = (
            [f"{len(self.unknown)} changes unknown to this release: {self.unknown[0]}"]
            if self.unknown
            else []
        )
        parts += [f"scripts edited since they were deployed: {', '.join(self.edited)}"] if self.edited else []
        parts += [f"{len(self.pending)} changes behind, next {self.pending[0]}"] if self.pending else []
        return f"{where}; {'; '.join(parts) or 'up to date'}"


def read_status(dsn: str, project: Project) -> MigrationStatus:
    with open_session(dsn) as session:
        return _status(session, project)


def _status(session: Session, project: Project) -> MigrationStatus:
    plan = project.plan
    rows = (
        session.select(
            "select change_id, change, script_hash, committed_at from {changes}"
            " where project = {project} order by committed_at",
            project=plan.project,
        )
        if session.has_registry()
        else []
    )
    deployed = {str(row["change_id"]): row for row in rows}
    known = [change for change in plan.changes if change.id in deployed]
    edited = [change for change in known if deployed[change.id]["script_hash"] != project.script_hash(change)]
    latest = rows[-1] if rows else None
    last = None if latest is None else plan.position_of_id(str(latest["change_id"]))
    at = None
    if latest is not None:
        at = str(latest["change"]) if last is None else plan.changes[last].with_tags
    return MigrationStatus(
        at=at,
        deployed_at=None if latest is None else latest["committed_at"],
        pending=tuple(change.with_tags for change in plan.changes if change.id not in deployed),
        edited=tuple(change.qualified if change.rework_tags else change.name for change in edited),
        unknown=tuple(
            str(row["change"]) for key, row in deployed.items() if plan.position_of_id(key) is None
        ),
    )
