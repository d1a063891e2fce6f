"""Takes deployed changes back, newest first, one transaction a change."""

from __future__ import annotations

import time

import psycopg
from psycopg import sql

from ._deploy import MigrationResult, Progress, own_registry, position_after
from ._errors import ChangeFailed, MigrationError
from ._plan import Change
from ._project import Project
from ._registry_rows import Value, record_event
from ._registry_tables import REGISTRY
from ._runner import leave_transaction, run_body, run_statements
from ._scripts import Script
from ._session import Session, locked_session


def revert_changes(
    dsn: str, project: Project, *, to: str | None, lock_timeout: float, on_change: Progress | None
) -> MigrationResult:
    begin = time.monotonic()
    plan = project.plan
    with locked_session(dsn, lock_timeout) as session:
        if not session.has_registry():
            return MigrationResult((), None, time.monotonic() - begin)
        deployed = position_after(session, project)
        keep = 0 if to is None else plan.position(to) + 1
        if keep > deployed:
            raise MigrationError(f"{to} is not deployed, so there is nothing to revert to it")
        unwanted = plan.changes[keep:deployed][::-1]
        scripts = [project.script("revert", change) for change in unwanted]
        _check_requiring(session, unwanted)
        for change, script in zip(unwanted, scripts, strict=True):
            _revert_change(session, change, script, lock_timeout)
            session.reset()
            if on_change is not None:
                on_change(change.with_tags)
    at = plan.changes[keep - 1].with_tags if keep else None
    return MigrationResult(tuple(change.with_tags for change in unwanted), at, time.monotonic() - begin)


def _check_requiring(session: Session, unwanted: list[Change]) -> None:
    """No change that stays, of whatever project, may require one that goes."""
    going = [change.id for change in unwanted]
    staying = session.select(
        "select c.project, c.change, r.change as required"
        " from {dependencies} d"
        " join {changes} c on c.change_id = d.change_id"
        " join {changes} r on r.change_id = d.dependency_id"
        " where d.dependency_id = any({going}) and d.change_id <> all({going})"
        " order by c.committed_at",
        going=going,
    )
    if staying:
        which = "; ".join(
            f"{row['required']} is required by {row['project']}:{row['change']}" for row in staying
        )
        raise MigrationError(f"nothing was reverted: {which}")


def _revert_change(session: Session, change: Change, script: Script, lock_timeout: float) -> None:
    try:
        if not script.transactional:
            session.check_lock()
            try:
                run_statements(session, script, change)
            finally:
                leave_transaction(session)
            session.reset()
        with session.transaction(lock_timeout):
            own_registry(session)
            if script.transactional:
                run_body(session, script, change)
                session.reset_role()
            _forget(session, change)
    except psycopg.Error as error:
        raise ChangeFailed(
            f"the revert of {change.name} was rolled back, as the registry did not take it: {error}",
            change=change.name,
            sqlstate=error.sqlstate,
        ) from error


def _forget(session: Session, change: Change) -> None:
    tags = session.select("delete from {tags} where change_id = {id} returning tag", id=change.id)
    found = session.select("select type, dependency from {dependencies} where change_id = {id}", id=change.id)
    held: dict[str, Value] = {
        "tags": [str(row["tag"]) for row in tags],
        "requires": [str(row["dependency"]) for row in found if row["type"] == "require"],
        "conflicts": [str(row["dependency"]) for row in found if row["type"] == "conflict"],
    }
    changes = sql.Identifier(REGISTRY, "changes")
    session.run(
        sql.SQL("delete from {} where change_id = {}").format(changes, sql.Literal(change.id)),
        record_event("revert", change, session.committer, found=held),
    )
