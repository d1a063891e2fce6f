"""The engine as its clients see it: public functions by name; and what the tables say, for the checks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

Row = dict[str, Any]
_KEPT = ("settings", "models", "model_prices", "error_codes", "state_transitions", "leadership")


class Refused(Exception):
    """A refusal of the engine's own class."""

    def __init__(self, error: psycopg.Error) -> None:
        super().__init__(str(error))
        self.code = error.sqlstate or ""


class Engine:
    def __init__(self, conn: psycopg.Connection[Row]) -> None:
        self.conn = conn
        tables = conn.execute(
            "select c.relname from pg_class c"
            " where c.relnamespace = 'agentpg'::regnamespace and c.relkind = 'r' and c.relname <> all (%s)",
            [list(_KEPT)],
        ).fetchall()
        names = sql.SQL(", ").join(sql.Identifier("agentpg", row["relname"]) for row in tables)
        self._empty = sql.SQL("truncate {} restart identity").format(names)
        # One statement whose plan lasts; nearly every step asks twice.
        everything = conn.execute(
            "select string_agg(format("
            "'select %L as name, md5(coalesce(string_agg(t::text, %L order by t::text), %L)) as hash"
            " from agentpg.%I t', c.relname, ',', '', c.relname), ' union all ') as statement"
            " from pg_class c where c.relnamespace = 'agentpg'::regnamespace and c.relkind = 'r'"
        ).fetchone()
        assert everything is not None
        self._everything: bytes = everything["statement"].encode()

    def reset(self) -> datetime:
        """An empty database at the first moment of the clock."""
        self.conn.execute(self._empty)
        self.conn.execute(
            "update agentpg.leadership"
            " set term = 0, leader_id = null, elected_at = null, expires_at = null, rescue_after = null"
        )
        row = self.conn.execute(
            "select setseed(0.5), agentpg_test.freeze('2026-12-01 12:00Z') as now"
        ).fetchone()
        assert row is not None
        return row["now"]

    def rows(self, function: str, **named: Any) -> list[Row]:
        """The rows of a public function; `Refused` when it says no."""
        given = sql.SQL(", ").join(
            sql.SQL("{} => {}").format(sql.Identifier(name), sql.Placeholder(name)) for name in named
        )
        statement = sql.SQL("select * from agentpg.{}({})").format(sql.Identifier(function), given)
        values = {name: Jsonb(value) if isinstance(value, dict) else value for name, value in named.items()}
        try:
            return self.conn.execute(statement, values).fetchall()
        except psycopg.Error as error:
            if (error.sqlstate or "").startswith("AP"):
                raise Refused(error) from None
            raise

    def value(self, function: str, **named: Any) -> Any:
        (row,) = self.rows(function, **named)
        return next(iter(row.values()))

    def refusal(self, function: str, **named: Any) -> str | None:
        """The code a call is refused with; None when it was taken."""
        try:
            self.rows(function, **named)
        except Refused as refused:
            return refused.code
        return None

    def advance(self, step: timedelta) -> None:
        self.conn.execute("select agentpg_test.advance(%s)", [step])

    @contextmanager
    def nothing_changes(self) -> Iterator[None]:
        """The body may not change a row of any table."""
        before = self._digest()
        yield
        after = self._digest()
        changed = sorted(name for name, digest in before.items() if digest != after[name])
        assert not changed, f"a call that may change nothing changed {changed}"

    def _digest(self) -> dict[str, str]:
        """A hash of all rows of each table."""
        return {row["name"]: row["hash"] for row in self.conn.execute(self._everything)}

    def table(self, statement: str) -> list[Row]:
        return self.conn.execute(statement.encode()).fetchall()
