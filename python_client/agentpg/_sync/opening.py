# Generated from agentpg/_async/opening.py by python_client/async_to_sync.py: do not edit.
# fmt: off
# ruff: noqa: I001, RUF100

"""Opening: one plain connection first, whose errors say what is wrong, then the pool."""

from __future__ import annotations

import psycopg
from psycopg import Connection
from psycopg_pool import ConnectionPool

from agentpg._sync.calls import AnyConnection, AnyPool
from agentpg._schema import check_schema_version
from agentpg._translate import translating
from agentpg.config import ClientConfig

# The pool doubles the delay between attempts up to this and then gives up, until somebody asks. Its own
# default is 5 minutes: after a minute's outage it could stay away for another.
RECONNECT_SECONDS = 2.0


def open_pool(config: ClientConfig) -> AnyPool:
    """A pool on the database of `config`, once it has been seen to answer and to have a schema that fits."""
    dsn = config.dsn or ""
    with translating():
        with Connection[object].connect(dsn, **config.connection_parameters) as conn:
            check_schema_version(read_schema_version(conn))
        pool: AnyPool = ConnectionPool(
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
            pool.open()
        except BaseException:
            pool.close()
            raise
    return pool


def try_on(pool: AnyPool) -> None:
    """For a pool that gave up connecting: it starts over while calls wait for a connection."""
    if pool.get_stats().get("requests_waiting", 0) > 0:
        pool.check()


def check_pool(pool: AnyPool) -> None:
    """See that the database behind the caller's own pool answers and has a schema that fits."""
    with translating():
        with pool.connection() as conn:
            check_schema_version(read_schema_version(conn))


def read_schema_version(conn: AnyConnection) -> int | None:
    """The version of the schema, None if there is none."""
    try:
        with conn.transaction(), conn.cursor() as cursor:
            cursor.execute("select agentpg.schema_version()")
            row = cursor.fetchone()
    except (psycopg.errors.InvalidSchemaName, psycopg.errors.UndefinedFunction):
        return None
    return None if row is None else row[0]
