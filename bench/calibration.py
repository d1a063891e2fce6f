"""What the server can do at this minute: pgbench's simple updates, beside each figure."""

from __future__ import annotations

import re
import subprocess
import time

import psycopg
from psycopg import sql

from .server import Server

NAME = "bench_calibration"
SCALE, CLIENTS, THREADS, SECONDS = 10, 8, 2, 3
FRESH_SECONDS = 30.0


class Calibration:
    """Transactions per second of `pgbench -N`, measured again when the last figure is half a minute old."""

    def __init__(self, server: Server, *, quick: bool = False) -> None:
        self._server = server
        self._seconds = 1 if quick else SECONDS
        self._program = server.bindir / "pgbench"
        self._dsn = server.make(NAME)
        self._at = float("-inf")
        self._last = 0.0
        self.means = (
            f"pgbench -N -c {CLIENTS} -j {THREADS} -T {SECONDS}, scale {SCALE}"
            if self._program.exists()
            else "one client that updates and inserts one row by psycopg, as there is no pgbench"
        )
        if self._program.exists():
            self._pgbench("-i", "-q", "-s", str(1 if quick else SCALE))
            with psycopg.connect(self._dsn, autocommit=True) as conn:
                # Or its vacuum falls into what is measured next.
                for table in ("accounts", "branches", "history", "tellers"):
                    name = sql.Identifier(f"pgbench_{table}")
                    conn.execute(sql.SQL("alter table {} set (autovacuum_enabled = off)").format(name))
        else:
            with psycopg.connect(self._dsn, autocommit=True) as conn:
                conn.execute("create table counter as select 1 as id, 0 as n")
                conn.execute("create table written (n int)")

    def now(self) -> float:
        if time.monotonic() - self._at > FRESH_SECONDS:
            self._last = self._measure(self._seconds)
            self._at = time.monotonic()
        return self._last

    def _measure(self, seconds: int) -> float:
        if self._program.exists():
            said = self._pgbench("-N", "-n", "-c", str(CLIENTS), "-j", str(THREADS), "-T", str(seconds))
            return tps(said)
        with psycopg.connect(self._dsn, autocommit=True) as conn:
            done, until = 0, time.monotonic() + seconds
            while time.monotonic() < until:
                with conn.transaction():
                    conn.execute("update counter set n = n + 1 where id = 1")
                    conn.execute("insert into written values (%s)", [done])
                done += 1
        return done / seconds

    def _pgbench(self, *arguments: str) -> str:
        return run_pgbench(self._server, self._dsn, *arguments)


def run_pgbench(server: Server, dsn: str, *arguments: str) -> str:
    """What pgbench of this server says, run on that database."""
    answer = subprocess.run(
        [server.bindir / "pgbench", *arguments, dsn], capture_output=True, text=True, check=False
    )
    if answer.returncode != 0:
        raise SystemExit(f"pgbench failed: {answer.stderr[-2000:]}")
    return answer.stdout


def tps(said: str) -> float:
    """Transactions per second in what pgbench said."""
    found = re.search(r"^tps = ([0-9.]+)", said, re.MULTILINE)
    if found is None:
        raise SystemExit(f"pgbench told no rate: {said[-2000:]}")
    return float(found.group(1))
