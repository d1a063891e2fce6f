"""The connection of one migration: direct, alone, and with the registry at hand."""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, LiteralString

import psycopg
from psycopg import sql
from psycopg.rows import DictRow, dict_row

from ._errors import MigrationError, MigrationLocked, MigrationPooled
from ._registry_rows import Committer, Value
from ._registry_tables import REGISTRY, VERSION

LOCK = 75474063
"""The key of sqitch's own advisory lock: sqitch and we keep each other out."""

_HELD = sql.SQL(
    "select pid from pg_catalog.pg_locks where locktype = 'advisory' and granted"
    " and classid = 0 and objid = {} and objsubid = 1"
    " and database = (select oid from pg_catalog.pg_database where datname = current_database())"
).format(sql.Literal(LOCK))


class Session:
    """A connection in autocommit mode that speaks to the registry."""

    def __init__(self, connection: psycopg.Connection[DictRow], committer: Committer) -> None:
        self.connection = connection
        self.committer = committer

    def rows(self, query: sql.Composable) -> list[DictRow]:
        return self.connection.execute(_composed(query)).fetchall()

    def value(self, query: sql.Composable) -> Any:
        row = self.connection.execute(_composed(query)).fetchone()
        return None if row is None else next(iter(row.values()))

    def run(self, *statements: sql.Composable) -> None:
        for statement in statements:
            self.connection.execute(_composed(statement))

    def select(self, query: LiteralString, **values: Value) -> list[DictRow]:
        """Rows of the registry; `{changes}` and its kin are its tables, other names the values."""
        tables = {
            table: sql.Identifier(REGISTRY, table)
            for table in ("releases", "projects", "changes", "tags", "dependencies", "events")
        }
        literals = {name: sql.Literal(value) for name, value in values.items()}
        return self.rows(sql.SQL(query).format(**tables, **literals))

    def has_registry(self) -> bool:
        table = sql.Literal(f"{REGISTRY}.changes")
        if not self.value(sql.SQL("select to_regclass({}) is not null").format(table)):
            return False
        version = str(self.select("select max(version)::text as version from {releases}")[0]["version"])
        if version != VERSION:
            raise MigrationError(
                f"the sqitch registry has version {version} and {VERSION} is needed: run `sqitch upgrade` "
                "if it is older, or upgrade agentpg if it is newer"
            )
        return True

    @contextmanager
    def transaction(self, lock_timeout: float) -> Generator[None]:
        """A transaction that waits at most this many seconds for any lock."""
        with self.connection.transaction():
            self.run(
                sql.SQL("set local client_min_messages = warning"),
                sql.SQL("set local lock_timeout = {}").format(
                    sql.Literal(f"{max(1, int(lock_timeout * 1000))}ms")
                ),
            )
            yield

    def check_lock(self) -> None:
        """The session lock must be this very server process's; behind a transaction pooler it may not be."""
        own = sql.SQL("select exists ({} and pid = pg_catalog.pg_backend_pid())").format(_HELD)
        if not self.value(own):
            raise MigrationPooled(_POOLED)

    def reset_role(self) -> None:
        """Back to the role that the connection began with, whatever a script has set."""
        self.run(sql.SQL("reset session authorization"), sql.SQL("reset role"))

    def reset(self) -> None:
        """What a script set for its session does not reach the next one."""
        self.reset_role()
        self.run(sql.SQL("reset all"))


_POOLED = (
    "this connection goes through a transaction pooler, where the lock that keeps two migrations apart "
    "protects nothing: migrate through a direct connection to Postgres (not the pooler's port)"
)


@contextmanager
def open_session(dsn: str) -> Generator[Session]:
    connection = psycopg.Connection[DictRow].connect(
        dsn,
        autocommit=True,
        prepare_threshold=None,
        row_factory=dict_row,
        client_encoding="UTF8",
        fallback_application_name="agentpg migrate",
    )
    with connection:
        yield Session(connection, Committer.current())


@contextmanager
def locked_session(dsn: str, lock_timeout: float) -> Generator[Session]:
    """A session that no other migration shares its time with."""
    with open_session(dsn) as session:
        _refuse_pooler(session, dsn)
        _take_lock(session, lock_timeout)
        try:
            yield session
        finally:
            if not session.connection.closed:
                session.run(sql.SQL("select pg_advisory_unlock({})").format(sql.Literal(LOCK)))


def _refuse_pooler(session: Session, dsn: str) -> None:
    """A pooler makes up the process id it tells at login. One that gives the same server process to two
    connections at once shares it by transaction."""
    own = session.value(sql.SQL("select pg_catalog.pg_backend_pid()"))
    if own == session.connection.info.backend_pid:
        return
    with open_session(dsn) as other, other.connection.transaction():
        if other.value(sql.SQL("select pg_catalog.pg_backend_pid()")) == own:
            raise MigrationPooled(_POOLED)


def _take_lock(session: Session, lock_timeout: float) -> None:
    """Asks again and again and never waits inside a query: a waiting query's snapshot would block
    the other migration's `create index concurrently`."""
    attempt = sql.SQL("select pg_try_advisory_lock({})").format(sql.Literal(LOCK))
    deadline = time.monotonic() + lock_timeout
    while not session.value(attempt):
        if time.monotonic() >= deadline:
            holder = session.value(_HELD)
            raise MigrationLocked(
                f"another migration of this database (server process {holder}) is still running after "
                f"{lock_timeout:g} s: wait for it, or look at it in pg_stat_activity"
            )
        time.sleep(0.05)


def _composed(query: sql.Composable) -> sql.Composed:
    return query if isinstance(query, sql.Composed) else sql.Composed([query])
