"""The rows that sqitch writes for a deploy, a revert and a failure, as SQL that can be run or printed."""

from __future__ import annotations

import getpass
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass

from psycopg import sql

from ._names import Dependency
from ._plan import Change, Line, Plan
from ._registry_tables import REGISTRY, VERSION

Value = str | None | list[str] | sql.Composable


@dataclass(frozen=True)
class Committer:
    """Who deploys, as the registry names them."""

    name: str
    email: str

    @classmethod
    def current(cls) -> Committer:
        """From sqitch's own variables SQITCH_FULLNAME and SQITCH_EMAIL, else the operating system's user."""
        login = _login()
        name = os.environ.get("SQITCH_FULLNAME") or login
        return cls(name, os.environ.get("SQITCH_EMAIL") or f"{login}@{socket.gethostname()}")

    @property
    def columns(self) -> dict[str, Value]:
        return {"committer_name": self.name, "committer_email": self.email}


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid-{os.getuid()}"  # a container's user without a name


def register_release(by: Committer) -> sql.Composed:
    columns: dict[str, Value] = {
        "version": sql.SQL(VERSION),
        "installer_name": by.name,
        "installer_email": by.email,
    }
    return _insert("releases", [columns], on_conflict=True)


def register_project(plan: Plan, by: Committer) -> sql.Composed:
    columns: dict[str, Value] = {
        "project": plan.project,
        "uri": plan.uri,
        "creator_name": by.name,
        "creator_email": by.email,
    }
    return _insert("projects", [columns], on_conflict=True)


def record_deploy(plan: Plan, change: Change, script_hash: str | None, by: Committer) -> list[sql.Composed]:
    about: dict[str, Value] = {
        "change_id": change.id,
        "script_hash": script_hash,
        "change": change.name,
        "project": change.project,
        "note": change.note,
    }
    statements = [_insert("changes", [about | by.columns | _planned(change)])]
    dependencies: list[dict[str, Value]] = [
        {
            "change_id": change.id,
            "type": "conflict" if dependency.conflict else "require",
            "dependency": dependency.text(change.project),
            "dependency_id": None if dependency.conflict else resolved(plan, dependency),
        }
        for dependency in (*change.requires, *change.conflicts)
    ]
    if dependencies:
        statements.append(_insert("dependencies", dependencies))
    if change.tags:
        statements.append(record_tags(change, by))
    statements.append(record_event("deploy", change, by))
    return statements


def record_tags(change: Change, by: Committer) -> sql.Composed:
    rows: list[dict[str, Value]] = [
        {
            "tag_id": tag.id,
            "tag": tag.display,
            "project": tag.project,
            "change_id": change.id,
            "note": tag.note,
            **by.columns,
            **_planned(tag),
        }
        for tag in change.tags
    ]
    return _insert("tags", rows, on_conflict=True)


def record_event(
    event: str, change: Change, by: Committer, *, found: Mapping[str, Value] | None = None
) -> sql.Composed:
    """`found` overrides the plan's tags and dependencies with what the registry held (for a revert)."""
    columns: dict[str, Value] = {
        "event": event,
        "change_id": change.id,
        "change": change.name,
        "project": change.project,
        "note": change.note,
        "requires": [one.text(change.project) for one in change.requires],
        "conflicts": [one.text(change.project) for one in change.conflicts],
        "tags": [tag.display for tag in change.tags],
        **(found or {}),
    }
    return _insert("events", [columns | by.columns | _planned(change)])


def resolved(plan: Plan, dependency: Dependency) -> sql.Composable:
    """The id of the deployed change that a dependency means, as an expression."""
    own = plan.resolve(dependency)
    wanted = own.id if own is not None else dependency.id
    changes, tags = sql.Identifier(REGISTRY, "changes"), sql.Identifier(REGISTRY, "tags")
    if wanted is not None:
        return sql.SQL("(select change_id from {} where change_id = {})").format(changes, sql.Literal(wanted))
    project = sql.Literal(dependency.project or plan.project)
    tag = sql.Literal(f"@{dependency.tag}")
    change = sql.Literal(dependency.change)
    if dependency.change is None:
        return sql.SQL("(select change_id from {} where project = {} and tag = {})").format(
            tags, project, tag
        )
    if dependency.tag is None:
        return sql.SQL(
            "(select change_id from {} where project = {} and change = {} order by committed_at limit 1)"
        ).format(changes, project, change)
    return sql.SQL(
        "(select c.change_id from {} c join {} t"
        " on t.project = c.project and c.committed_at <= t.committed_at"
        " where c.project = {} and c.change = {} and t.tag = {} order by c.committed_at desc limit 1)"
    ).format(changes, tags, project, change, tag)


def _planned(line: Line) -> dict[str, Value]:
    return {
        "planned_at": line.planned_at,
        "planner_name": line.planner_name,
        "planner_email": line.planner_email,
    }


def _insert(table: str, rows: list[dict[str, Value]], *, on_conflict: bool = False) -> sql.Composed:
    columns = sql.SQL(", ").join(sql.Identifier(column) for column in rows[0])
    values = sql.SQL(",\n  ").join(
        sql.SQL("({})").format(sql.SQL(", ").join(_literal(value) for value in row.values())) for row in rows
    )
    tail = sql.SQL("\non conflict do nothing" if on_conflict else "")
    target = sql.Identifier(REGISTRY, table)
    return sql.SQL("insert into {} ({})\nvalues\n  {}{}").format(target, columns, values, tail)


def _literal(value: Value) -> sql.Composable:
    if isinstance(value, list):
        return sql.SQL("array[{}]::text[]").format(sql.SQL(", ").join(map(sql.Literal, value)))
    return value if isinstance(value, sql.Composable) else sql.Literal(value)
