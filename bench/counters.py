"""What a repetition cost, beside its time: transactions, statements, WAL, rows, bytes, processor time."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from psycopg.rows import dict_row

from . import processes
from .server import Server

_NOW = (
    "select (pg_current_wal_insert_lsn() - '0/0')::bigint,"
    " pg_snapshot_xmax(pg_current_snapshot())::text::bigint"
)
_DATABASE = (
    "select xact_commit::bigint - sessions as transactions, xact_rollback as rollbacks,"
    " (select wal_fpi from pg_stat_wal)::bigint as full_pages"
    " from pg_stat_database where datname = %s"
)
_STATEMENTS = (
    "select coalesce(sum(calls), 0)::bigint as statements from pg_stat_statements"
    " where dbid = (select oid from pg_database where datname = %s)"
)
_TABLES = (
    "select schemaname || '.' || relname as name, n_tup_ins as inserted, n_tup_upd as updated,"
    " n_tup_hot_upd as hot, coalesce(idx_tup_fetch, 0) + seq_tup_read as read"
    " from pg_stat_user_tables"
)
_SIZE = (
    "select coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint as bytes from pg_class c"
    " join pg_namespace n on n.oid = c.relnamespace"
    " where c.relkind in ('r', 'm') and n.nspname not in ('pg_catalog', 'information_schema')"
)


@dataclass
class Moment:
    """All counters at one time."""

    at: float
    wal: int
    transaction_ids: int
    """Given to transactions that write, and to those parts of them that an exception could undo."""
    statements: int | None
    server_cpu: float
    subject_cpu: float
    apart_cpu: dict[str, float]
    busy: float


@dataclass
class Settled:
    """What backends report late, when nobody is connected."""

    database: dict[str, int]
    tables: dict[str, dict[str, int]]
    stored: int


@dataclass
class Counters:
    """Reads the counters of one database while a subject works in it."""

    server: Server
    dbname: str
    pid: int
    apart: dict[str, int] = field(default_factory=dict[str, int])

    def moment(self) -> Moment:
        """Now, at no cost to the database that is measured."""
        every = processes.all_processes() if processes.available() else {}
        without = frozenset(self.apart.values())
        with self.server.connect() as conn:
            wal, transaction_ids = conn.execute(_NOW.encode()).fetchone() or (0, 0)
            statements: int | None = None
            if self.server.counts_statements:
                found = conn.execute(_STATEMENTS.encode(), [self.dbname]).fetchone()
                statements = int(found[0]) if found else None
        return Moment(
            at=time.perf_counter(),
            wal=int(wal),
            transaction_ids=int(transaction_ids),
            statements=statements,
            server_cpu=processes.cpu_of(self.server.pid, every),
            subject_cpu=processes.cpu_of(self.pid, every, without),
            apart_cpu={name: processes.cpu_of(pid, every) for name, pid in self.apart.items()},
            busy=processes.machine_busy_seconds() if every else 0.0,
        )

    def settled_at_start(self) -> Settled:
        """The statistics before the work; what it takes to read them is in them."""
        tables, stored, reader = self._tables()
        self._wait_until_gone(reader)
        return Settled(self._database(), tables, stored)

    def settled_at_end(self) -> Settled:
        """The statistics when the subject has left; what it takes to read them is not in them."""
        self.wait_until_left(0)
        database = self._database()
        tables, stored, _ = self._tables()
        return Settled(database, tables, stored)

    def _database(self) -> dict[str, int]:
        with self.server.connect() as conn:
            conn.row_factory = dict_row
            return conn.execute(_DATABASE.encode(), [self.dbname]).fetchone() or {}

    def _tables(self) -> tuple[dict[str, dict[str, int]], int, int]:
        with self.server.connect(self.dbname) as conn:
            conn.row_factory = dict_row
            tables = {row.pop("name"): row for row in conn.execute(_TABLES.encode())}
            size = conn.execute(_SIZE.encode()).fetchone()
            return tables, int(size["bytes"]) if size else 0, conn.info.backend_pid

    def _wait_until_gone(self, backend: int) -> None:
        with self.server.connect() as conn:
            while conn.execute("select from pg_stat_activity where pid = %s", [backend]).fetchone():
                time.sleep(0.01)

    def wait_until_left(self, others: int, timeout: float = 10.0) -> None:
        """Until no more than so many clients are connected to the database."""
        deadline = time.monotonic() + timeout
        with self.server.connect() as conn:
            while time.monotonic() < deadline:
                found = conn.execute(
                    "select count(*) from pg_stat_activity"
                    " where datname = %s and backend_type = 'client backend'",
                    [self.dbname],
                ).fetchone()
                if found is None or found[0] <= others:
                    return
                time.sleep(0.02)


def difference(
    before: Moment, after: Moment, settled_before: Settled, settled_after: Settled, own_cpu: float
) -> dict[str, Any]:
    """The counters of what lay between. `own_cpu`: seconds that the harness itself used."""
    seconds = after.at - before.at
    changes = {
        name: {key: value - settled_before.tables.get(name, {}).get(key, 0) for key, value in now.items()}
        for name, now in settled_after.tables.items()
    }
    tables = {name: change for name, change in changes.items() if any(change.values())}
    updated = sum(change["updated"] for change in tables.values())
    server_cpu = after.server_cpu - before.server_cpu
    subject_cpu = after.subject_cpu - before.subject_cpu
    apart = {name: value - before.apart_cpu.get(name, 0.0) for name, value in after.apart_cpu.items()}
    others = (after.busy - before.busy) - server_cpu - subject_cpu - sum(apart.values()) - own_cpu
    database_before, database_after = settled_before.database, settled_after.database
    return {
        "transactions": database_after["transactions"] - database_before["transactions"],
        "written_transactions": after.transaction_ids - before.transaction_ids,
        "rollbacks": database_after["rollbacks"] - database_before["rollbacks"],
        "statements": None
        if after.statements is None or before.statements is None
        else after.statements - before.statements,
        "wal_bytes": after.wal - before.wal,
        "wal_full_pages": database_after["full_pages"] - database_before["full_pages"],
        "server_cpu": server_cpu,
        "subject_cpu": subject_cpu,
        "apart_cpu": apart,
        "others_cores": max(0.0, others / seconds) if seconds > 0 else 0.0,
        "hot_share": sum(change["hot"] for change in tables.values()) / updated if updated else None,
        "stored_bytes": settled_after.stored - settled_before.stored,
        "tables": tables,
    }
