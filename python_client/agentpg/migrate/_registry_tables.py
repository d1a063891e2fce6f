"""Sqitch's registry, version 1.1, as sqitch 1.x makes it: the same names, types, constraints and comments.

A registry made here and one made by `sqitch deploy` give the same `pg_dump`, so sqitch takes it for its own.
"""

from __future__ import annotations

from typing import LiteralString

from psycopg import sql

VERSION = "1.1"
REGISTRY = "sqitch"


def _person(role: str, verb: str, thing: str) -> list[tuple[str, LiteralString, str]]:
    return [
        (f"{role}_name", "text not null", f"Name of the user who {verb} the {thing}."),
        (f"{role}_email", "text not null", f"Email address of the user who {verb} the {thing}."),
    ]


_NOW = "timestamptz not null default clock_timestamp()"
_PROJECT = "text not null references {registry}.projects(project) on update cascade"
_CHANGE = "text not null references {registry}.changes(change_id) on update cascade"
_NOTE = "text not null default ''"

# table -> (its comment, [(column, type and constraints, comment)], [table constraints])
_TABLES: dict[str, tuple[str, list[tuple[str, LiteralString, str]], list[LiteralString]]] = {
    "releases": (
        "Sqitch registry releases.",
        [
            ("version", "real primary key", "Version of the Sqitch registry."),
            ("installed_at", _NOW, "Date the registry release was installed."),
            *_person("installer", "installed", "registry release"),
        ],
        [],
    ),
    "projects": (
        "Sqitch projects deployed to this database.",
        [
            ("project", "text primary key", "Unique Name of a project."),
            ("uri", "text null unique", "Optional project URI"),
            ("created_at", _NOW, "Date the project was added to the database."),
            *_person("creator", "added", "project"),
        ],
        [],
    ),
    "changes": (
        "Tracks the changes currently deployed to the database.",
        [
            ("change_id", "text primary key", "Change primary key."),
            ("script_hash", "text null", "Deploy script SHA-1 hash."),
            ("change", "text not null", "Name of a deployed change."),
            ("project", _PROJECT, "Name of the Sqitch project to which the change belongs."),
            ("note", _NOTE, "Description of the change."),
            ("committed_at", _NOW, "Date the change was deployed."),
            *_person("committer", "deployed", "change"),
            ("planned_at", "timestamptz not null", "Date the change was added to the plan."),
            ("planner_name", "text not null", "Name of the user who planed the change."),
            ("planner_email", "text not null", "Email address of the user who planned the change."),
        ],
        ["unique (project, script_hash)"],
    ),
    "tags": (
        "Tracks the tags currently applied to the database.",
        [
            ("tag_id", "text primary key", "Tag primary key."),
            ("tag", "text not null", "Project-unique tag name."),
            ("project", _PROJECT, "Name of the Sqitch project to which the tag belongs."),
            ("change_id", _CHANGE, "ID of last change deployed before the tag was applied."),
            ("note", _NOTE, "Description of the tag."),
            ("committed_at", _NOW, "Date the tag was applied to the database."),
            *_person("committer", "applied", "tag"),
            ("planned_at", "timestamptz not null", "Date the tag was added to the plan."),
            ("planner_name", "text not null", "Name of the user who planed the tag."),
            ("planner_email", "text not null", "Email address of the user who planned the tag."),
        ],
        ["unique (project, tag)"],
    ),
    "dependencies": (
        "Tracks the currently satisfied dependencies.",
        [
            ("change_id", f"{_CHANGE} on delete cascade", "ID of the depending change."),
            ("type", "text not null", "Type of dependency."),
            ("dependency", "text not null", "Dependency name."),
            (
                "dependency_id",
                "text null references {registry}.changes(change_id) on update cascade"
                " constraint dependencies_check check ((type = 'require' and dependency_id is not null)"
                " or (type = 'conflict' and dependency_id is null))",
                "Change ID the dependency resolves to.",
            ),
        ],
        ["primary key (change_id, dependency)"],
    ),
    "events": (
        "Contains full history of all deployment events.",
        [
            (
                "event",
                "text not null constraint events_event_check"
                " check (event in ('deploy', 'revert', 'fail', 'merge'))",
                "Type of event.",
            ),
            ("change_id", "text not null", "Change ID."),
            ("change", "text not null", "Change name."),
            ("project", _PROJECT, "Name of the Sqitch project to which the change belongs."),
            ("note", _NOTE, "Description of the change."),
            ("requires", "text[] not null default '{{}}'", "Array of the names of required changes."),
            ("conflicts", "text[] not null default '{{}}'", "Array of the names of conflicting changes."),
            ("tags", "text[] not null default '{{}}'", "Tags associated with the change."),
            ("committed_at", _NOW, "Date the event was committed."),
            *_person("committer", "committed", "event"),
            ("planned_at", "timestamptz not null", "Date the event was added to the plan."),
            ("planner_name", "text not null", "Name of the user who planed the change."),
            ("planner_email", "text not null", "Email address of the user who plan planned the change."),
        ],
        ["primary key (change_id, committed_at)"],
    ),
}


def create_registry() -> list[sql.Composed]:
    """The statements that make an empty registry; run in one transaction, they do nothing if it exists."""
    registry = sql.Identifier(REGISTRY)
    statements = [
        sql.SQL("create schema if not exists {}").format(registry),
        sql.SQL("comment on schema {} is {}").format(
            registry, sql.Literal(f"Sqitch database deployment metadata v{VERSION}.")
        ),
    ]
    for table, (about, columns, constraints) in _TABLES.items():
        name = sql.Identifier(REGISTRY, table)
        parts = [
            sql.SQL("{} ").format(sql.Identifier(column)) + sql.SQL(definition).format(registry=registry)
            for column, definition, _ in columns
        ]
        parts += [sql.Composed([sql.SQL(constraint)]) for constraint in constraints]
        body = sql.SQL(",\n  ").join(parts)
        statements.append(sql.SQL("create table if not exists {} (\n  {}\n)").format(name, body))
        statements.append(sql.SQL("comment on table {} is {}").format(name, sql.Literal(about)))
        for column, _, comment in columns:
            target = sql.Identifier(REGISTRY, table, column)
            statements.append(sql.SQL("comment on column {} is {}").format(target, sql.Literal(comment)))
    return statements
