"""How a client reaches its database."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import NoneType
from typing import Any, cast

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from agentpg.errors import InvalidConfig, InvalidLimit

_NOT_OF_LIBPQ = ("autocommit", "prepare_threshold", "context", "row_factory", "cursor_factory")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientConfig:
    """The settings of a client. Times are in seconds.

    `pooled` says that `dsn` leads through PgBouncer or its like in transaction mode: prepared statements
    are switched off, and notifications, which such a pooler swallows, are heard on `listen_dsn` (a direct
    connection) if there is one; otherwise waits rely on the shared poll alone.
    """

    # Not in the repr: they may hold passwords.
    dsn: str | None = field(default=None, repr=False)
    listen_dsn: str | None = field(default=None, repr=False)
    pooled: bool = False
    listen: bool = True
    name: str = "agentpg"
    min_size: int = 1
    max_size: int = 10
    connect_timeout: float = 10.0
    pool_timeout: float = 30.0

    def __post_init__(self) -> None:
        for dsn, name in ((self.dsn, "dsn"), (self.listen_dsn, "listen_dsn")):
            if dsn is not None:
                _check_dsn(dsn, name)
        if self.min_size < 0 or self.max_size < max(1, self.min_size):
            raise InvalidLimit(
                f"a pool of {self.min_size} to {self.max_size} connections cannot work",
                hint="min_size must be 0 or more, max_size at least 1 and not below min_size",
            )
        for seconds, name in ((self.connect_timeout, "connect_timeout"), (self.pool_timeout, "pool_timeout")):
            if seconds <= 0:
                raise InvalidLimit(f"{name} must be above 0 seconds, not {seconds}")

    @property
    def connection_parameters(self) -> dict[str, Any]:
        """Arguments for `psycopg.connect` besides the DSN."""
        return {
            # Each call is one statement, so it is its own transaction and costs one round trip.
            "autocommit": True,
            "prepare_threshold": None if self.pooled else 5,
            "connect_timeout": max(1, round(self.connect_timeout)),
            "fallback_application_name": self.name,
        }

    @property
    def effective_listen_dsn(self) -> str | None:
        """Where to listen for notifications, if anywhere."""
        if not self.listen:
            return None
        if self.listen_dsn is not None:
            return self.listen_dsn
        return None if self.pooled else self.dsn


def dsn_from_environment(dsn: str | None) -> str:
    """`dsn`, else the environment variable DATABASE_URL, else `InvalidConfig`."""
    if dsn is not None:
        return dsn
    found = os.environ.get("DATABASE_URL")
    if not found:
        raise InvalidConfig(
            "no database was given and DATABASE_URL is not set",
            hint='pass a DSN, such as "postgresql://localhost/app", or set DATABASE_URL',
        )
    return found


def dsn_of_pool(conninfo: object, parameters: object) -> str | None:
    """Where a pool of the caller's connects to, for the listener; None when only the pool itself can tell."""
    if not isinstance(conninfo, str) or not isinstance(parameters, (Mapping, NoneType)):
        return None
    given = cast("Mapping[str, Any]", parameters or {})
    return make_conninfo(conninfo, **{key: given[key] for key in given if key not in _NOT_OF_LIBPQ})


def _check_dsn(dsn: str, name: str) -> None:
    try:
        conninfo_to_dict(dsn)
    except psycopg.ProgrammingError as error:
        raise InvalidConfig(
            # The text of the error repeats the DSN, which may hold a password.
            f"{name} is not a connection string that libpq understands",
            hint='use "postgresql://user:password@host:port/database" or "host=... dbname=..."',
        ) from (None if "@" in dsn or "password" in dsn else error)
