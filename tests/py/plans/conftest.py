"""One database with 1,000,000 finished runs and 100,000 pending ones, and a meter for what a call touches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from fixtures.databases import Database, Databases

_DATA = Path(__file__).with_name("_million.sql")
_READ = """
select relname, coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) as rows
from pg_stat_xact_user_tables where schemaname = 'agentpg'
"""
# Some tables are one short page by their nature; a scan of one is the plan that is wanted.
_SHORT = {
    "settings",
    "queues",
    "state_transitions",
    "instances",
    "instance_tools",
    "leadership",
    "tools",
    "agents",
}


@dataclass
class Touched:
    """What one call read: rows of each table that grows, and pages of anything, its own writes included."""

    rows: dict[str, int]
    pages: int

    @property
    def total(self) -> int:
        return sum(self.rows.values())


class Meter:
    """Calls a statement in transactions that are undone, and says what it touches once it is warm."""

    def __init__(self, database: Database) -> None:
        self._conn = database.connect(autocommit=False)
        self._conn.prepare_threshold = None

    def touched(self, statement: str, *, rows: int | None = None) -> Touched:
        # Ten times, so that plans are generic by then wherever they will ever be.
        for _ in range(10):
            found = self._call(statement)
        if rows is not None:
            assert found == rows, f"{found} rows came back"
        before = self._rows()
        explained: list[Any] = self._one(f"explain (analyze, buffers, timing off, format json) {statement}")
        after = self._rows()
        self._conn.rollback()
        plan = explained[0]["Plan"]
        return Touched(
            {
                name: count - before.get(name, 0)
                for name, count in after.items()
                if count > before.get(name, 0)
            },
            plan["Shared Hit Blocks"] + plan["Shared Read Blocks"],
        )

    def close(self) -> None:
        self._conn.close()

    def _call(self, statement: str) -> int:
        count = len(self._conn.execute(statement.encode()).fetchall())
        self._conn.rollback()
        return count

    def _rows(self) -> dict[str, int]:
        found = self._conn.execute(_READ.encode()).fetchall()
        return {row["relname"]: row["rows"] for row in found if row["relname"] not in _SHORT}

    def _one(self, statement: str) -> Any:
        row = self._conn.execute(statement.encode()).fetchone()
        assert row is not None
        return next(iter(row.values()))


@pytest.fixture(scope="session")
def million(databases: Databases) -> Iterator[Database]:
    database = databases.deployed()
    with psycopg.connect(database.dsn, autocommit=True) as conn:
        conn.execute(_DATA.read_bytes())
    yield database
    databases.drop(database)


@pytest.fixture(scope="session")
def meter(million: Database) -> Iterator[Meter]:
    meter = Meter(million)
    yield meter
    meter.close()
