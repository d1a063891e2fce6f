"""A few real runs made into many, row by row alike: a history or a backlog of any size in seconds.

The runs that are there were made by the product's own functions. Their rows are copied with other ids, while
triggers and foreign keys sleep; every other rule and every index holds.
"""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import sql

_TABLES = ("sessions", "run_inputs", "runs", "iterations", "messages", "run_streams", "run_events")
_OF_THE_RUN = {"id", "session_id", "run_id", "iteration_id", "root_run_id"}
_CHUNK = 100_000


def multiply(dsn: str, total: int) -> None:
    """Until there are `total` runs, or a few more."""
    with psycopg.connect(dsn, autocommit=True) as conn:
        row = conn.execute("select count(*) from agentpg.runs").fetchone()
        there = int(row[0]) if row else 0
        if not there:
            raise SystemExit("there is no run to multiply")
        times = -(-total // there) - 1
        if times > 0:
            conn.execute("set session_replication_role = replica")
            conn.execute("set synchronous_commit = off")
            for table in _TABLES:
                _copy(conn, table, times, max(1, _CHUNK // there))
        conn.execute("vacuum analyze")


def _copy(conn: psycopg.Connection[Any], table: str, times: int, at_once: int) -> None:
    columns = [
        (str(name), str(kind))
        for name, kind in conn.execute(
            "select column_name, data_type from information_schema.columns"
            " where table_schema = 'agentpg' and table_name = %s and is_generated = 'NEVER'",
            [table],
        )
    ]
    original = sql.Identifier(f"original_{table}")
    source = sql.Identifier("agentpg", table)
    conn.execute(sql.SQL("create temporary table {} as select * from {}").format(original, source))
    # The time in front stays, so that copies lie together in an index as runs of one time do; and so does the
    # end, which is the number of an iteration.
    renamed = "overlay(o.{0}::text placing lpad(to_hex(n), 8, '0') from 25)::uuid"
    values = [
        sql.SQL(renamed if kind == "uuid" and name in _OF_THE_RUN else "o.{0}").format(sql.Identifier(name))
        for name, kind in columns
    ]
    insert = sql.SQL(
        "insert into {} ({}) overriding system value select {} from generate_series(%s::int, %s::int) n"
        " cross join {} o"
    ).format(
        source,
        sql.SQL(", ").join(sql.Identifier(name) for name, _ in columns),
        sql.SQL(", ").join(values),
        original,
    )
    for begin in range(1, times + 1, at_once):
        conn.execute(insert, [begin, min(times, begin + at_once - 1)])
