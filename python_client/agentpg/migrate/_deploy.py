"""Deploys the changes that a database does not have yet, one transaction a change."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import psycopg
from psycopg import sql

from ._errors import ChangeFailed, MigrationDiverged, MigrationError
from ._plan import Change
from ._project import Project
from ._registry_rows import (
    record_deploy,
    record_event,
    record_tags,
    register_project,
    register_release,
    resolved,
)
from ._registry_tables import REGISTRY, create_registry
from ._runner import leave_transaction, run_body, run_statements
from ._scripts import Script
from ._session import Session, locked_session

Progress = Callable[[str], None]


@dataclass(frozen=True)
class MigrationResult:
    """What a migration did. `changes` are the names, in order; none if there was nothing to do."""

    changes: tuple[str, ...]
    at: str | None
    """The change (with its tags) at which the database is now; None if nothing is deployed."""
    elapsed: float = field(compare=False)
    """Seconds, waiting for locks included."""


def deploy(
    dsn: str,
    project: Project,
    *,
    to: str | None,
    verify: bool,
    lock_timeout: float,
    on_change: Progress | None,
) -> MigrationResult:
    begin = time.monotonic()
    plan = project.plan
    if not plan.changes:
        raise MigrationError(f"the plan of {project.plan.project} is empty")
    with locked_session(dsn, lock_timeout) as session:
        last = len(plan.changes) - 1 if to is None else plan.position(to)
        first = _prepare(session, project, lock_timeout)
        if last < first - 1:
            raise MigrationError(
                f"the database is at {plan.changes[first - 1].with_tags}, which comes after {to}: use revert"
            )
        wanted = plan.changes[first : last + 1]
        scripts = [(project.script("deploy", change), project.verify_script(change)) for change in wanted]
        _check_dependencies(session, project, wanted)
        for change, (script, verify_script) in zip(wanted, scripts, strict=True):
            _deploy_change(session, project, change, script, verify_script if verify else None, lock_timeout)
            session.reset()
            if on_change is not None:
                on_change(change.with_tags)
    at = plan.changes[max(last, first - 1)].with_tags if max(last, first - 1) >= 0 else None
    return MigrationResult(tuple(change.with_tags for change in wanted), at, time.monotonic() - begin)


def position_after(session: Session, project: Project) -> int:
    """How many changes of the plan the database has; MigrationDiverged if it has others."""
    latest = session.select(
        "select change_id, change from {changes} where project = {project}"
        " order by committed_at desc limit 1",
        project=project.plan.project,
    )
    if not latest:
        return 0
    position = project.plan.position_of_id(str(latest[0]["change_id"]))
    if position is None:
        raise MigrationDiverged(
            f"the database is at change {latest[0]['change']} ({latest[0]['change_id']}), which this plan "
            "does not have: it was migrated by a newer release (upgrade agentpg), or the plan was edited"
        )
    return position + 1


def _prepare(session: Session, project: Project, lock_timeout: float) -> int:
    """Makes the registry and registers the project where they are missing."""
    plan, by = project.plan, session.committer
    with session.transaction(lock_timeout):
        try:
            if not session.has_registry():
                session.run(*create_registry(), register_release(by))
            session.run(register_project(plan, by))
        except psycopg.Error as error:
            raise MigrationError(f"cannot write the registry (schema {REGISTRY}): {error}") from error
        found = session.select("select uri from {projects} where project = {name}", name=plan.project)
        if not found or found[0]["uri"] != plan.uri:
            raise MigrationError(
                f"project {plan.project} has the URI {plan.uri!r} in the plan, and the database knows "
                f"another project by that name or URI ({found[0]['uri'] if found else plan.uri!r})"
            )
        first = position_after(session, project)
        if first and plan.changes[first - 1].tags:
            session.run(record_tags(plan.changes[first - 1], by))
    return first


def _check_dependencies(session: Session, project: Project, wanted: list[Change]) -> None:
    """Every requirement is deployed or about to be, and no conflict is; checked before anything runs."""
    plan = project.plan
    coming: set[str] = set()
    problems: list[str] = []
    for change in wanted:
        for dependency in (*change.requires, *change.conflicts):
            own = plan.resolve(dependency)
            there = own is not None and own.id in coming
            there = (
                there or session.value(sql.SQL("select {}").format(resolved(plan, dependency))) is not None
            )
            if there == dependency.conflict:
                verb = "conflicts with the deployed" if dependency.conflict else "requires the missing"
                problems.append(f"{change.name} {verb} {dependency.text(plan.project)}")
        coming.add(change.id)
    if problems:
        raise MigrationError("nothing was deployed: " + "; ".join(problems))


def _deploy_change(
    session: Session,
    project: Project,
    change: Change,
    script: Script,
    verify: Script | None,
    lock_timeout: float,
) -> None:
    records = record_deploy(project.plan, change, project.script_hash(change), session.committer)
    try:
        if script.transactional:
            with session.transaction(lock_timeout):
                own_registry(session)
                run_body(session, script, change)
                session.reset_role()
                if verify is not None:
                    _verify(session, verify, change)
                session.run(*records)
        else:
            _deploy_outside(session, project, change, script, verify, records, lock_timeout)
    except ChangeFailed:
        _record_failure(session, change)
        raise
    except psycopg.Error as error:
        _record_failure(session, change)
        raise ChangeFailed(
            f"{change.name} was rolled back, as the registry did not take it: {error}",
            change=change.name,
            sqlstate=error.sqlstate,
        ) from error


def _deploy_outside(
    session: Session,
    project: Project,
    change: Change,
    script: Script,
    verify: Script | None,
    records: list[sql.Composed],
    lock_timeout: float,
) -> None:
    """For what cannot run in a transaction, such as `create index concurrently`: run, verify, record.

    A process that dies in between leaves the change unrecorded, and the next migration runs it again, so
    such a script must bear being run twice.
    """
    session.check_lock()
    try:
        run_statements(session, script, change)
    finally:
        leave_transaction(session)
    session.reset()
    try:
        with session.transaction(lock_timeout):
            own_registry(session)
            if verify is not None:
                _verify(session, verify, change)
            session.run(*records)
    except (ChangeFailed, psycopg.Error):
        session.reset()
        try:
            run_statements(session, project.script("revert", change), change)
        finally:
            leave_transaction(session)
        raise


def _verify(session: Session, script: Script, change: Change) -> None:
    """Runs the verify script, and takes back whatever it did."""
    session.run(sql.SQL("savepoint agentpg_verify"))
    run_body(session, script, change)
    session.run(sql.SQL("rollback to savepoint agentpg_verify"))


def own_registry(session: Session) -> None:
    """Begins a change: the lock is ours, and sqitch's other users of the registry wait."""
    session.check_lock()
    session.run(sql.SQL("lock table {} in exclusive mode").format(sql.Identifier(REGISTRY, "changes")))


def _record_failure(session: Session, change: Change) -> None:
    if not session.connection.closed:
        session.reset()
        session.run(record_event("fail", change, session.committer))
