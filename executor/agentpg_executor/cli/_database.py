"""Which database a command works on, and a client for it."""

from __future__ import annotations

import argparse
import os
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ._failure import CliError
from .exit_codes import ExitCode

if TYPE_CHECKING:
    from agentpg import Client


def given_url(arguments: argparse.Namespace) -> str | None:
    """--database-url, else DATABASE_URL, else None."""
    return arguments.database_url or os.environ.get("DATABASE_URL") or None


def database_url(arguments: argparse.Namespace) -> str:
    """The database of a command that cannot do without one."""
    found = given_url(arguments)
    if found is None:
        raise CliError(
            ExitCode.NOT_READY,
            "no database was named",
            why="--database-url was not given and DATABASE_URL is not set",
            next="export DATABASE_URL=postgresql://user@host/database, or agentpg dev for one of your own",
        )
    return checked_url(found)


def checked_url(url: str) -> str:
    """The same, once libpq understands it."""
    from agentpg.config import ClientConfig

    ClientConfig(dsn=url)
    return url


@contextmanager
def connected_client(arguments: argparse.Namespace) -> Generator[Client]:
    """A client on the command's database, its schema checked. It does not listen: see `waiting` for that."""
    from agentpg import Client

    with Client(database_url(arguments), listen=False, max_size=2, name="agentpg cli") as client:
        yield client


def shown_url(url: str) -> str:
    """A connection string that may be printed: never with its password."""
    from psycopg.conninfo import conninfo_to_dict

    parts = conninfo_to_dict(url)
    place = str(parts.get("host") or "local socket")
    if parts.get("port"):
        place = f"{place}:{parts['port']}"
    user = f"{parts['user']}@" if parts.get("user") else ""
    return f"{user}{place}/{parts.get('dbname') or parts.get('user') or ''}"
