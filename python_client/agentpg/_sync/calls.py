# Generated from agentpg/_async/calls.py by python_client/async_to_sync.py: do not edit.
# fmt: off
# ruff: noqa: I001, RUF100

"""One SQL call a method: a connection for its time, rows as dictionaries, errors as ours."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, LiteralString, TypeAlias

import psycopg
from psycopg import Connection, Cursor
from psycopg.rows import dict_row, tuple_row
from psycopg_pool import ConnectionPool

from agentpg._concurrency import CancelGuard
from agentpg._translate import is_connection_loss, translating
from agentpg.errors import StorageError

AnyConnection: TypeAlias = Connection[Any]
AnyPool: TypeAlias = ConnectionPool[Any]
Row: TypeAlias = dict[str, Any]

_ROWS_AT_ONCE = 16


class Calls:
    """Runs single statements on a pool, or on a connection of the caller's to join its transaction."""

    def __init__(self, pool: AnyPool, *, timeout: float | None = None) -> None:
        self._pool = pool
        self._timeout = timeout

    def rows(
        self,
        query: LiteralString,
        params: Mapping[str, object] | None = None,
        *,
        conn: AnyConnection | None = None,
        repeatable: bool = False,
    ) -> list[Row]:
        """All rows of one statement.

        A `repeatable` statement is sent once more, on a new connection, when its own turns out to be dead.
        """
        with translating(), CancelGuard():
            if conn is not None:
                _check_connection(conn)
                return _execute(conn, query, params)
            if not repeatable:
                return self._execute_pooled(query, params)
            try:
                return self._execute_pooled(query, params)
            except psycopg.Error as error:
                if not is_connection_loss(error):
                    raise
                # A restart of the server kills every idle connection; replace them all before the second try.
                self._pool.check()
                return self._execute_pooled(query, params)

    def row(
        self,
        query: LiteralString,
        params: Mapping[str, object] | None = None,
        *,
        conn: AnyConnection | None = None,
        repeatable: bool = False,
    ) -> Row:
        """The one row of a statement that always has one."""
        rows = self.rows(query, params, conn=conn, repeatable=repeatable)
        if len(rows) != 1:
            raise StorageError(f"expected one row from the database, got {len(rows)}")
        return rows[0]

    def value(
        self,
        query: LiteralString,
        params: Mapping[str, object] | None = None,
        *,
        conn: AnyConnection | None = None,
        repeatable: bool = False,
    ) -> Any:
        """The first column of the one row of a statement."""
        row = self.row(query, params, conn=conn, repeatable=repeatable)
        return next(iter(row.values()))

    def stream(
        self,
        query: LiteralString,
        params: Mapping[str, object] | None,
        take: Callable[[tuple[Any, ...]], object],
    ) -> None:
        """Hands every row of a statement to `take` as it arrives, so that a large result is held once.

        Its transaction has committed when this returns, and not before.
        """
        with translating(), CancelGuard():
            with (
                self._pool.connection(timeout=self._timeout) as conn,
                Cursor(conn, row_factory=tuple_row) as cursor,
            ):
                size = _ROWS_AT_ONCE if psycopg.capabilities.has_stream_chunked() else 1
                for row in cursor.stream(query, params, binary=True, size=size):
                    take(row)

    def _execute_pooled(self, query: LiteralString, params: Mapping[str, object] | None) -> list[Row]:
        with self._pool.connection(timeout=self._timeout) as conn:
            return _execute(conn, query, params)


def _execute(
    conn: AnyConnection,
    query: LiteralString,
    params: Mapping[str, object] | None,
) -> list[Row]:
    # A cursor of our own class: the caller's row factory and cursor factory must not matter.
    with Cursor(conn, row_factory=dict_row) as cursor:
        cursor.execute(query, params)
        return cursor.fetchall()


def _check_connection(conn: object) -> None:
    if not isinstance(conn, Connection):
        wanted = Connection.__name__
        given = type(conn)
        raise TypeError(
            f"conn must be a psycopg.{wanted}, not a {given.__module__}.{given.__qualname__}; the "
            "asynchronous client joins asynchronous connections, the synchronous client synchronous ones"
        )
