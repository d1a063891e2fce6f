"""Prints a migration as one SQL script, for teams that let nothing but their own tool touch a database."""

from __future__ import annotations

from psycopg import sql

from ._errors import MigrationError
from ._names import Dependency
from ._plan import Change, Plan
from ._project import Project
from ._registry_rows import (
    Committer,
    record_deploy,
    register_project,
    register_release,
    resolved,
)
from ._registry_tables import REGISTRY, create_registry
from ._scripts import Script
from ._session import LOCK

_HEAD = """\
-- {project}: {what}
--
-- Run it by one connection, directly to Postgres (not through a transaction pooler), and stop at the first
-- error: psql -X -v ON_ERROR_STOP=1 -f FILE DATABASE_URL. Each change is one transaction that also writes
-- sqitch's registry (schema sqitch); a script that was stopped half way is printed anew and run again.
"""


def print_script(project: Project, *, since: str | None, to: str | None, verify: bool) -> str:
    plan = project.plan
    first = 0 if since is None else plan.position(since) + 1
    last = len(plan.changes) - 1 if to is None else plan.position(to)
    if last < first - 1:
        raise MigrationError(f"{to} comes before {since} in the plan: a script only goes forward")
    changes = plan.changes[first : last + 1]
    by = Committer.current()
    start = plan.changes[first - 1].with_tags if first else "an empty database"
    what = f"from {start} to {changes[-1].with_tags}" if changes else f"nothing to do after {start}"
    parts = [_HEAD.format(project=plan.project, what=what)]
    if changes:
        parts.append(_begin(plan, by))
        parts += [_change(project, change, by, verify=verify) for change in changes]
        parts.append(f"select pg_advisory_unlock({LOCK});\n")
    return "\n".join(parts)


def _begin(plan: Plan, by: Committer) -> str:
    lines = [*create_registry(), register_release(by), register_project(plan, by)]
    body = "\n".join(f"{_text(line)};" for line in lines)
    return (
        f"set client_min_messages = warning;\nselect pg_advisory_lock({LOCK});\n\nbegin;\n{body}\ncommit;\n"
    )


def _change(project: Project, change: Change, by: Committer, *, verify: bool) -> str:
    plan = project.plan
    script = project.script("deploy", change)
    check = project.verify_script(change) if verify else None
    lock = f"lock table {REGISTRY}.changes in exclusive mode;"
    guard = _guard(plan, change)
    records = "\n".join(
        f"{_text(row)};" for row in record_deploy(plan, change, project.script_hash(change), by)
    )
    verification = _verification(check)
    title = f"-- {change.with_tags}" + (f": {change.note.splitlines()[0]}" if change.note else "")
    if script.transactional:
        return "\n".join(
            [title, "begin;", lock, guard, script.body_text.strip(), verification, records, "commit;", ""]
        )
    return "\n".join(
        [title, guard, script.text.strip(), "begin;", lock, verification, records, "commit;", ""]
    )


def _verification(script: Script | None) -> str:
    if script is None:
        return ""
    body = script.body_text.strip()
    return f"savepoint agentpg_verify;\n{body}\nrollback to savepoint agentpg_verify;"


def _guard(plan: Plan, change: Change) -> str:
    """Refuses to go on unless the database is where this change expects it, also after an ignored error."""
    before = sql.Literal(change.parent.id if change.parent else None)
    latest = sql.SQL(
        "(select change_id from {} where project = {} order by committed_at desc limit 1)"
    ).format(sql.Identifier(REGISTRY, "changes"), sql.Literal(plan.project))
    where = f"after {change.parent.with_tags}" if change.parent else "in an empty project"
    checks = [
        _raise_if(
            sql.SQL("{} is distinct from {}").format(latest, before),
            f"{change.name} is deployed {where}, and this database is elsewhere",
        )
    ]
    checks += [_dependency_check(plan, change, one) for one in (*change.requires, *change.conflicts)]
    body = "\n".join(checks)
    return f"do $agentpg_guard$\nbegin\n{body}\nend\n$agentpg_guard$;"


def _dependency_check(plan: Plan, change: Change, dependency: Dependency) -> str:
    found = resolved(plan, dependency)
    condition = sql.SQL("{} is not null" if dependency.conflict else "{} is null").format(found)
    verb = "conflicts with the deployed" if dependency.conflict else "requires the missing"
    return _raise_if(condition, f"{change.name} {verb} {dependency.text(plan.project)}")


def _raise_if(condition: sql.Composable, message: str) -> str:
    raising = sql.SQL("raise exception using message = {}").format(sql.Literal(message))
    return f"  if {_text(condition)} then\n    {_text(raising)};\n  end if;"


def _text(statement: sql.Composable) -> str:
    return statement.as_string(None)
