"""One SQL call a method: a connection for its time, rows as dictionaries, errors as ours."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, LiteralString, TypeAlias

import psycopg
from psycopg import AsyncConnection, AsyncCursor
from psycopg.rows import dict_row, tuple_row
from psycopg_pool import AsyncConnectionPool

from agentpg._concurrency import AsyncCancelGuard
from agentpg._translate import is_connection_loss, translating
from agentpg.errors import StorageError

AnyAsyncConnection: TypeAlias = AsyncConnection[Any]
AnyAsyncPool: TypeAlias = AsyncConnectionPool[Any]
Row: TypeAlias = dict[str, Any]

_ROWS_AT_ONCE = 16


class AsyncCalls:
    """Runs single statements on a pool, or on a connection of the caller's to join its transaction."""

    def __init__(self, pool: AnyAsyncPool, *, timeout: float | None = None) -> None:
        self._pool = pool
        self._timeout = timeout

    async def rows(
        self,
        query: LiteralString,
        params: Mapping[str, object] | None = None,
        *,
        conn: AnyAsyncConnection | None = None,
        repeatable: bool = False,
    ) -> list[Row]:
        """All rows of one statement.

        A `repeatable` statement is sent once more, on a new connection, when its own turns out to be dead.
        """
        with translating(), AsyncCancelGuard():
            if conn is not None:
                _check_connection(conn)
                return await _execute(conn, query, params)
            if not repeatable:
                return await self._execute_pooled(query, params)
            try:
                return await self._execute_pooled(query, params)
            except psycopg.Error as error:
                if not is_connection_loss(error):
                    raise
                # A restart of the server kills every idle connection; replace them all before the second try.
                await self._pool.check()
                return await self._execute_pooled(query, params)

    async def row(
        self,
        query: LiteralString,
        params: Mapping[str, object] | None = None,
        *,
        conn: AnyAsyncConnection | None = None,
        repeatable: bool = False,
    ) -> Row:
        """The one row of a statement that always has one."""
        rows = await self.rows(query, params, conn=conn, repeatable=repeatable)
        if len(rows) != 1:
            raise StorageError(f"expected one row from the database, got {len(rows)}")
        return rows[0]

    async def value(
        self,
        query: LiteralString,
        params: Mapping[str, object] | None = None,
        *,
        conn: AnyAsyncConnection | None = None,
        repeatable: bool = False,
    ) -> Any:
        """The first column of the one row of a statement."""
        row = await self.row(query, params, conn=conn, repeatable=repeatable)
        return next(iter(row.values()))

    async def stream(
        self,
        query: LiteralString,
        params: Mapping[str, object] | None,
        take: Callable[[tuple[Any, ...]], object],
    ) -> None:
        """Hands every row of a statement to `take` as it arrives, so that a large result is held once.

        Its transaction has committed when this returns, and not before.
        """
        with translating(), AsyncCancelGuard():
            async with (
                self._pool.connection(timeout=self._timeout) as conn,
                AsyncCursor(conn, row_factory=tuple_row) as cursor,
            ):
                size = _ROWS_AT_ONCE if psycopg.capabilities.has_stream_chunked() else 1
                async for row in cursor.stream(query, params, binary=True, size=size):
                    take(row)

    async def _execute_pooled(self, query: LiteralString, params: Mapping[str, object] | None) -> list[Row]:
        async with self._pool.connection(timeout=self._timeout) as conn:
            return await _execute(conn, query, params)


async def _execute(
    conn: AnyAsyncConnection,
    query: LiteralString,
    params: Mapping[str, object] | None,
) -> list[Row]:
    # A cursor of our own class: the caller's row factory and cursor factory must not matter.
    async with AsyncCursor(conn, row_factory=dict_row) as cursor:
        await cursor.execute(query, params)
        return await cursor.fetchall()


def _check_connection(conn: object) -> None:
    if not isinstance(conn, AsyncConnection):
        wanted = AsyncConnection.__name__
        given = type(conn)
        raise TypeError(
            f"conn must be a psycopg.{wanted}, not a {given.__module__}.{given.__qualname__}; the "
            "asynchronous client joins asynchronous connections, the synchronous client synchronous ones"
        )
