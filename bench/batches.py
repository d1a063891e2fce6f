"""Batches at their full size: how few calls, how fast, how much memory, how much log.

    .venv/bin/python bench/batches.py [--runs 10000] [--large 100000] [--cost-runs 1000]

Starts a Postgres with fsync on, a fake Claude and a real `agentpg worker`, all on this machine, and prints:
create calls and retrieves while so many runs wait; the rate at which their results (2 KB answers) are taken
over and what that does to the worker's memory, at --runs and at --large; bytes of log and write transactions
of a batch run beside those of a streamed one. It does not show the network, the provider's own time, several
workers, or a database that other work keeps busy. --large 0 leaves out the large batch.
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import psycopg
from agentpg.migrate import migrate
from agentpg_executor.embedded import EmbeddedPostgres
from agentpg_executor.testing import FakeClaude, call, text
from psycopg.types.json import Jsonb

ANSWER = text("word " * 410)  # 2 KB
TOOLS = '''
from agentpg_executor.tools import tool

@tool
def step(n: int) -> str:
    """Takes a step."""
    return f"step {n} is taken"
'''
POLL = 3.0
INTERVALS = 4
SETTINGS = {
    "batch_max_wait": "0 seconds",
    "batch_poll_interval": f"{POLL} seconds",
    "batch_max_poll_interval": f"{POLL} seconds",
    "batch_max_requests": "100000",
    "batch_max_bytes": str(256 * 1024 * 1024),
}
CREATED_AT_ONCE = 5000


class Memory:
    """The resident memory of a process, in MB. The kernel remembers the highest since `forget`."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._status = Path(f"/proc/{pid}/status")
        self._clear = Path(f"/proc/{pid}/clear_refs")

    def now(self) -> float:
        return self._read("VmRSS")

    def peak(self) -> float:
        return self._read("VmHWM")

    def forget(self) -> None:
        self._clear.write_text("5")

    def _read(self, name: str) -> float:
        found = re.search(rf"{name}:\s+(\d+) kB", self._status.read_text())
        return int(found[1]) / 1024 if found else 0.0


class Bench:
    def __init__(self, dsn: str, fake: FakeClaude, folder: Path) -> None:
        self.dsn = dsn
        self.fake = fake
        self.folder = folder
        self.conn = psycopg.connect(dsn, autocommit=True)
        self.log = folder / "worker.log"

    def one(self, statement: str, *values: Any) -> Any:
        row = self.conn.execute(statement.encode(), values).fetchone()
        if row is None:
            raise SystemExit(f"no row from: {statement}")
        return row[0]

    def open(self) -> None:
        (self.folder / "bench_tools.py").write_text(TOOLS)
        definition = {"name": "step", "description": "Takes a step.", "input_schema": {"type": "object"}}
        self.one("select agentpg.register_tools(null, %s)", Jsonb([definition]))
        self.one("select id from agentpg.create_agent('bench', 'claude-sonnet-5-5', tools => '{step}')")

    def create(self, count: int, mode: str, prompt: str) -> float:
        """So many runs in sessions of their own; how long that took."""
        started = time.perf_counter()
        for first in range(0, count, CREATED_AT_ONCE):
            self.conn.execute(
                b"select agentpg.create_run(agentpg.create_session(), a.id, format('%%s %%s.', %s::text, n),"
                b" %s::agentpg.run_mode) from agentpg.agents a, generate_series(%s::int, %s) n",
                (prompt, mode, first + 1, min(first + CREATED_AT_ONCE, count)),
            )
        return time.perf_counter() - started

    @contextmanager
    def worker(self) -> Iterator[Memory]:
        """A worker that is ready; it drains at the end."""
        environment = {**os.environ, **self.fake.environment, "PYTHONPATH": str(self.folder)}
        words = ["worker", "--tools", "bench_tools", "--poll-interval", "0.2"]
        words += ["--log", "text", "--no-color", "-v"]
        with self.log.open("w") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "agentpg_executor.cli", *words],
                env={**environment, "DATABASE_URL": self.dsn},
                stdin=subprocess.DEVNULL,
                stderr=log,
            )
        try:
            self.until(lambda: " started: " in self.told(), process)
            yield Memory(process.pid)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)

    def told(self) -> str:
        return self.log.read_text()

    def until(self, check: Callable[[], object], process: subprocess.Popen[bytes] | None = None) -> None:
        while not check():
            if process is not None and process.poll() is not None:
                raise SystemExit(self.told())
            time.sleep(0.05)

    def batches_over(self) -> bool:
        return bool(self.one("select count(*) = 0 from agentpg.batches where closed_at is null"))

    # What it measures

    def full_size(self, count: int) -> None:
        """`count` waiting runs become batches; after some poll intervals these end and are taken over."""
        fake, limit = self.fake, "10000" if count <= 10_000 else "100000"
        self.one("select agentpg.configure(%s)", Jsonb({**SETTINGS, "batch_max_requests": limit}))
        fake.batches.seconds = 24 * 3600
        seconds = self.create(count, "batch", "Answer")
        print(f"\n{count} waiting runs (created in {seconds:.0f} s)")
        self.conn.execute("checkpoint")
        with self.worker() as memory:
            idle = memory.now()
            waiting = "select count(*) from agentpg.runs where state in ('pending', 'batch_submitting')"
            started = time.perf_counter()
            self.until(lambda: self.one(waiting) == 0)
            sending, batches = time.perf_counter() - started, len(fake.batches)
            creates = len(fake.journal.of("batches.create"))
            self.row("batches, create calls", f"{batches}, {creates}")
            self.row("to gather and send them", f"{sending:.1f} s")
            self.row("worker's memory, idle", f"{idle:.0f} MB")
            self.row("highest while sending", f"{memory.peak():.0f} MB (+{memory.peak() - idle:.0f})")
            before = len(fake.journal.of("batches.retrieve"))
            time.sleep(INTERVALS * POLL)
            looks = len(fake.journal.of("batches.retrieve")) - before
            self.row(f"retrieves in {INTERVALS} poll intervals of {POLL:g} s", str(looks))
            memory.forget()
            resting, busy = memory.now(), self.processor_seconds(memory)
            fake.batches.end_all()
            self.until(self.batches_over)
            took = [float(found) for found in re.findall(r"results taken over in ([\d.]+) s", self.told())]
            self.row("results a second", f"{count / sum(took):.0f} ({sum(took):.1f} s)")
            busy = [now - then for now, then in zip(self.processor_seconds(memory), busy, strict=True)]
            self.row("processor time of worker, of Postgres", f"{busy[0]:.1f} s, {busy[1]:.1f} s")
            self.row("memory before taking them over", f"{resting:.0f} MB")
            self.row("highest meanwhile", f"{memory.peak():.0f} MB (+{memory.peak() - resting:.0f})")
            self.row("afterwards", f"{memory.now():.0f} MB (+{memory.now() - resting:.0f})")
            if self.one("select count(*) from agentpg.runs where state <> 'completed'"):
                raise SystemExit(f"not all runs are completed\n{self.told()[-3000:]}")
        self.forget()

    def processor_seconds(self, worker: Memory) -> list[float]:
        """Of the worker, and of all processes of Postgres that live."""
        postgres = psutil.Process(self.one("select pg_backend_pid()")).parent()
        ours = [psutil.Process(worker.pid)]
        theirs = [] if postgres is None else [postgres, *postgres.children()]
        return [sum(sum(one.cpu_times()[:2]) for one in processes) for processes in (ours, theirs)]

    def forget(self) -> None:
        self.fake.batches.clear()
        self.fake.journal.clear()

    def costs(self, count: int) -> None:
        """Log and transactions per run, all of the worker's own included."""
        self.one(
            "select agentpg.configure(%s)", Jsonb({**SETTINGS, "batch_poll_interval": "500 milliseconds"})
        )
        print(f"\nper run, of {count}: from its creation to its end")
        print(f"  {'':24}{'log written':>12}{'transactions':>14}{'seconds in all':>16}")
        for turns in (1, 3):
            for mode in ("streaming", "batch"):
                self.cost(count, mode, turns)

    def cost(self, count: int, mode: str, turns: int) -> None:
        self.fake.batches.seconds = 0.0
        with self.worker():
            self.conn.execute("checkpoint")
            log, xid, started = self.position(), self.xid(), time.perf_counter()
            self.create(count, mode, "Step" if turns > 1 else "Answer")
            unfinished = "select count(*) from agentpg.runs where finalized_at is null"
            self.until(lambda: self.one(unfinished) == 0 and self.batches_over())
            seconds = time.perf_counter() - started
            written, transactions = (self.position() - log) / count, (self.xid() - xid) / count
        self.forget()
        name = f"{mode}, {turns} turn{'s' if turns > 1 else ''}"
        print(f"  {name:24}{written / 1024:>9.1f} KB{transactions:>14.2f}{seconds:>16.1f}")

    def position(self) -> int:
        return int(self.one("select (pg_current_wal_insert_lsn() - '0/0')::bigint"))

    def xid(self) -> int:
        return int(self.one("select pg_snapshot_xmax(pg_current_snapshot())::text::bigint"))

    def row(self, name: str, value: str) -> None:
        print(f"  {name:42}{value}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--large", type=int, default=100_000)
    parser.add_argument("--cost-runs", type=int, default=1_000)
    given = parser.parse_args()
    steps = [call("step", n=1), call("step", n=2), ANSWER]
    postgres = EmbeddedPostgres(settings={"shared_buffers": "256MB", "max_wal_size": "4GB"})
    with (
        postgres as server,
        FakeClaude.in_thread(keep_bodies=False) as fake,
        tempfile.TemporaryDirectory() as folder,
    ):
        fake.script(steps, match="Step", per_conversation=True)
        fake.script([ANSWER], match="Answer", repeat=True)
        with psycopg.connect(server.dsn()) as conn:
            print(
                f"Postgres {conn.info.parameter_status('server_version')}, fsync on, {os.cpu_count()} cores"
            )
        migrate(server.dsn())
        bench = Bench(server.dsn(), fake, Path(folder))
        bench.open()
        if given.cost_runs:
            bench.costs(given.cost_runs)
        for count in (given.runs, given.large):
            if count:
                bench.full_size(count)


if __name__ == "__main__":
    main()
