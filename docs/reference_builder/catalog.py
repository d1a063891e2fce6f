"""What the deployed schema says about itself, read from the system catalog."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg
from psycopg.rows import dict_row

Connection = psycopg.Connection[Any]


@dataclass(frozen=True)
class Function:
    name: str
    parameters: list[tuple[str, str, str | None]]
    """Name, type and default of each."""
    result: str
    comment: str
    security_definer: bool


@dataclass(frozen=True)
class Relation:
    name: str
    comment: str
    columns: list[dict[str, Any]]
    keys: list[str]
    checks: list[str]
    indexes: list[dict[str, Any]]


def rows(conn: Connection, query: LiteralString, values: Sequence[object] = ()) -> list[dict[str, Any]]:
    with conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query, values).fetchall()


def public_functions(conn: Connection) -> dict[str, Function]:
    """Every function that users may call, by name. Overloads would be two pages: there are none."""
    found: dict[str, Function] = {}
    for row in rows(
        conn,
        """
        select p.proname as name, pg_get_function_result(p.oid) as result,
          p.prosecdef as security_definer, obj_description(p.oid, 'pg_proc') as comment,
          coalesce((
            select jsonb_agg(jsonb_build_array(
                p.proargnames[a.place], format_type(a.type, null),
                pg_get_function_arg_default(p.oid, a.place::int)
              ) order by a.place)
            from unnest(p.proargtypes) with ordinality as a(type, place)
          ), '[]') as parameters
        from pg_proc p
        where p.pronamespace = 'agentpg'::regnamespace and p.prokind = 'f' and not starts_with(p.proname, '_')
        order by p.proname
        """,
    ):
        if row["name"] in found:
            raise ValueError(f"two public functions are named {row['name']}")
        parameters = [
            (name, short_type(kind), short_default(default)) for name, kind, default in row["parameters"]
        ]
        found[row["name"]] = Function(
            row["name"],
            parameters,
            short_type(row["result"]),
            row["comment"] or "",
            row["security_definer"],
        )
    return found


def access_of(conn: Connection) -> dict[str, str]:
    """The least kind of access that may call each function."""
    kinds = ["reader", "client", "executor", "admin"]
    found: dict[str, str] = {}
    for kind in reversed(kinds):
        for row in rows(conn, "select * from agentpg._functions_for(%s) as f(name)", [kind]):
            found[row["name"]] = kind
    return found


def granted_relations(conn: Connection) -> set[str]:
    """The tables and views that grant_access lets every role read, by its own list."""
    (row,) = rows(conn, "select prosrc as source from pg_proc where oid = 'agentpg.grant_access'::regproc")
    listed = re.search(r"foreach v_view in array array\[(.*?)\]", row["source"], re.DOTALL)
    if listed is None:
        raise ValueError("grant_access lists its views in another way")
    return set(re.findall(r"'(\w+)'", listed[1]))


def relations(conn: Connection, kind: str) -> list[Relation]:
    """Tables ('r'), views ('v') or composite types ('c') of the schema."""
    found = rows(
        conn,
        """
        select c.oid, c.relname as name,
          coalesce(obj_description(c.oid, 'pg_class'), obj_description(c.reltype, 'pg_type'), '') as comment
        from pg_class c
        where c.relnamespace = 'agentpg'::regnamespace and c.relkind = %s and not starts_with(c.relname, '_')
        order by c.relname
        """,
        [kind],
    )
    return [
        Relation(
            row["name"],
            row["comment"],
            _columns(conn, row["oid"]),
            _constraints(conn, row["oid"], "pfu", "pg_get_constraintdef(oid)"),
            _constraints(conn, row["oid"], "c", "conname"),
            _indexes(conn, row["oid"]),
        )
        for row in found
    ]


def _columns(conn: Connection, oid: int) -> list[dict[str, Any]]:
    found = rows(
        conn,
        """
        select a.attname as name, format_type(a.atttypid, a.atttypmod) as type, not a.attnotnull as nullable,
          case when a.attgenerated = '' then pg_get_expr(d.adbin, d.adrelid) end as default,
          coalesce(col_description(a.attrelid, a.attnum), '') as comment
        from pg_attribute a
        left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
        where a.attrelid = %s and a.attnum > 0 and not a.attisdropped
        order by a.attnum
        """,
        [oid],
    )
    for column in found:
        column["type"] = short_type(column["type"])
        column["default"] = short_default(column["default"])
    return found


def _constraints(conn: Connection, oid: int, kinds: str, what: str) -> list[str]:
    found = rows(
        conn,
        """
        select conname, pg_get_constraintdef(oid) as definition
        from pg_constraint
        where conrelid = %s and contype::text = any (string_to_array(%s, null))
        order by array_position(array['p', 'u', 'f', 'c'], contype::text), conname
        """,
        [oid, kinds],
    )
    return [row["conname"] if what == "conname" else row["definition"] for row in found]


def _indexes(conn: Connection, oid: int) -> list[dict[str, Any]]:
    """Indexes besides those of constraints, each with the query that needs it."""
    return rows(
        conn,
        """
        select c.relname as name, coalesce(obj_description(c.oid, 'pg_class'), '') as comment
        from pg_index i
        join pg_class c on c.oid = i.indexrelid
        where i.indrelid = %s and not exists (select from pg_constraint k where k.conindid = i.indexrelid)
        order by c.relname
        """,
        [oid],
    )


def enums(conn: Connection) -> list[dict[str, Any]]:
    return rows(
        conn,
        """
        select t.typname as name, coalesce(obj_description(t.oid, 'pg_type'), '') as comment,
          array_agg(e.enumlabel::text order by e.enumsortorder) as labels
        from pg_type t
        join pg_enum e on e.enumtypid = t.oid
        where t.typnamespace = 'agentpg'::regnamespace
        group by t.oid, t.typname
        order by t.typname
        """,
    )


def notified_channels(conn: Connection) -> set[str]:
    """The channels that the functions name when they notify."""
    sources = rows(
        conn,
        """
        select p.prosrc as source from pg_proc p
        where p.pronamespace = 'agentpg'::regnamespace and p.prokind = 'f'
        """,
    )
    return {name for row in sources for name in re.findall(r"'(agentpg_[a-z_]+)'", row["source"])}


def short_type(name: str) -> str:
    name = name.replace("timestamp with time zone", "timestamptz").replace("SETOF", "setof")
    return name.replace("TABLE(", "table(")


def short_default(text: str | None) -> str | None:
    """A default without the cast that the catalog adds to it."""
    if text is None:
        return None
    return re.sub(r"::[a-z_.\[\] ]+$", "", text).replace("NULL", "null")
