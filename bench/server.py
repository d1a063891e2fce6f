"""The Postgres of the suite: its own, durable, with the settings of a small production server."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psycopg
from agentpg_executor.embedded import EmbeddedPostgres, find_bindir
from psycopg import sql

SETTINGS = {
    "shared_buffers": "512MB",
    "max_connections": "300",
    # No checkpoint that falls into one repetition and not into another.
    "checkpoint_timeout": "1h",
    "max_wal_size": "8GB",
    "log_min_messages": "fatal",
}


class Server(EmbeddedPostgres):
    """fsync on, a Unix socket, data on the disk of the temporary folder."""

    def __init__(
        self,
        bindir: Path | None = None,
        settings: Mapping[str, str] | None = None,
        *,
        durable: bool = True,
    ) -> None:
        where = bindir or find_bindir()
        self.counts_statements = any(where.parent.glob("lib/**/pg_stat_statements.*"))
        given = {**SETTINGS, **(settings or {})}
        if self.counts_statements:
            given["shared_preload_libraries"] = "pg_stat_statements"
        super().__init__(bindir=where, settings=given, durable=durable)

    def connect(self, dbname: str = "postgres") -> psycopg.Connection[Any]:
        return psycopg.connect(self.dsn(dbname), autocommit=True)

    def prepare(self) -> None:
        """What the counters need."""
        if self.counts_statements:
            with self.connect() as conn:
                conn.execute("create extension if not exists pg_stat_statements")

    def make(self, name: str, template: str = "template1") -> str:
        """A database, written to the WAL block by block: no checkpoint, and no full pages afterwards."""
        with self.connect() as conn:
            statement = sql.SQL("create database {} template {}")
            conn.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))
        return self.dsn(name)

    def drop(self, name: str) -> None:
        with self.connect() as conn:
            conn.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))

    def describe(self) -> dict[str, Any]:
        with self.connect() as conn:
            row = conn.execute("select version()").fetchone()
        assert row is not None
        return {"version": str(row[0]).split(" on ", maxsplit=1)[0], "settings": dict(self._settings)}
