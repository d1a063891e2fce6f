"""Opening: one plain connection first, whose errors say what is wrong, then the pool."""

from __future__ import annotations

import psycopg
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from agentpg._async.calls import AnyAsyncConnection, AnyAsyncPool
from agentpg._schema import check_schema_version
from agentpg._translate import translating
from agentpg.config import ClientConfig

# The pool doubles the delay between attempts up to this and then gives up, until somebody asks. Its own
# default is 5 minutes: after a minute's outage it could stay away for another.
RECONNECT_SECONDS = 2.0


async def open_pool(config: ClientConfig) -> AnyAsyncPool:
    """A pool on the database of `config`, once it has been seen to answer and to have a schema that fits."""
    dsn = config.dsn or ""
    with translating():
        async with await AsyncConnection[object].connect(dsn, **config.connection_parameters) as conn:
            check_schema_version(await read_schema_version(conn))
        pool: AnyAsyncPool = AsyncConnectionPool(
            dsn,
            kwargs=config.connection_parameters,
            min_size=config.min_size,
            max_size=config.max_size,
            timeout=config.pool_timeout,
            reconnect_timeout=RECONNECT_SECONDS,
            reconnect_failed=try_on,
            name=config.name,
            open=False,
        )
        try:
            await pool.open()
        except BaseException:
            await pool.close()
            raise
    return pool


async def try_on(pool: AnyAsyncPool) -> None:
    """For a pool that gave up connecting: it starts over while calls wait for a connection."""
    if pool.get_stats().get("requests_waiting", 0) > 0:
        await pool.check()


async def check_pool(pool: AnyAsyncPool) -> None:
    """See that the database behind the caller's own pool answers and has a schema that fits."""
    with translating():
        async with pool.connection() as conn:
            check_schema_version(await read_schema_version(conn))


async def read_schema_version(conn: AnyAsyncConnection) -> int | None:
    """The version of the schema, None if there is none."""
    try:
        async with conn.transaction(), conn.cursor() as cursor:
            await cursor.execute("select agentpg.schema_version()")
            row = await cursor.fetchone()
    except (psycopg.errors.InvalidSchemaName, psycopg.errors.UndefinedFunction):
        return None
    return None if row is None else row[0]
