"""Times the calls of one run with one tool iteration, one client, and counts what they write.

    .venv/bin/python bench/hot_functions.py "postgresql://..." [runs]

Prints milliseconds and WAL bytes per call, and each time as a multiple of a bare transaction that inserts one
1 KB row and updates one row by key, measured in the same minute. It does not show concurrency, large
contexts or long histories. The database needs the schema (agentpg migrate); rows are left in it.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from typing import Any

import psycopg

TOOL = [{"name": "bench_tool", "description": "Nothing.", "input_schema": {"type": "object"}}]
USAGE = {"input_tokens": 10, "output_tokens": 5}
CALL = json.dumps(
    {
        "id": "msg_1",
        "role": "assistant",
        "content": [{"type": "tool_use", "id": "toolu_1", "name": "bench_tool", "input": {}}],
        "stop_reason": "tool_use",
        "usage": USAGE,
    }
)
END = json.dumps(
    {
        "role": "assistant",
        "content": [{"type": "text", "text": "Done."}],
        "stop_reason": "end_turn",
        "usage": USAGE,
    }
)


class Bench:
    def __init__(self, dsn: str, runs: int) -> None:
        self.conn = psycopg.connect(dsn, autocommit=True)
        self.runs = runs
        self.bare = 0.0

    def one(self, statement: str, *values: Any) -> tuple[Any, ...]:
        row = self.conn.execute(statement.encode(), values).fetchone()
        if row is None:
            raise SystemExit(f"no row from: {statement}")
        return row

    def log_position(self) -> int:
        return int(self.one("select (pg_current_wal_insert_lsn() - '0/0')::bigint")[0])

    def measure(self, name: str, call: Callable[[Any], Any], given: list[Any]) -> list[Any]:
        before, started = self.log_position(), time.perf_counter()
        results = [call(each) for each in given]
        seconds = (time.perf_counter() - started) / len(given)
        written = (self.log_position() - before) / len(given)
        self.bare = self.bare or seconds
        print(f"{name:34} {seconds * 1000:8.3f} ms  {seconds / self.bare:6.2f} x  {written:8.0f} B")
        return results

    def run(self) -> None:
        self.conn.execute("drop schema if exists agentpg_bench cascade; create schema agentpg_bench")
        self.conn.execute("create table agentpg_bench.wide (id int primary key, payload text)")
        self.conn.execute("create table agentpg_bench.narrow as select 1 as id, 0 as n")
        self.conn.execute(
            "create function agentpg_bench.bare(i int) returns int language sql as $$"
            " insert into agentpg_bench.wide values (i, repeat('x', 1024));"
            " update agentpg_bench.narrow set n = n + 1 where id = 1 returning n $$"
        )
        self.measure(
            "bare: insert 1 KB, update by key",
            lambda i: self.one("select agentpg_bench.bare(%s)", i),
            [*range(self.runs)],
        )

        instance = self.one("select instance_id from agentpg.register_instance('bench')")[0]
        self.one("select agentpg.register_tools(%s, %s)", instance, json.dumps(TOOL))
        agent = self.one(
            "select id from agentpg.get_or_create_agent('bench', 'bench-model', tools => '{bench_tool}')"
        )[0]
        sessions = self.measure(
            "create_session", lambda _: self.one("select agentpg.create_session()"), [*range(self.runs)]
        )
        self.measure(
            "create_run",
            lambda s: self.one("select agentpg.create_run(%s, %s, 'Hello')", s[0], agent),
            sessions,
        )
        held = self.measure(
            "claim_runs",
            lambda _: self.one("select iteration_id, lease_token from agentpg.claim_runs(%s)", instance),
            sessions,
        )
        tools = self.measure(
            "record_response, tool call",
            lambda h: self.one(
                "select tool_execution_id, lease_token from agentpg.record_response(%s, %s, %s)", *h, CALL
            ),
            held,
        )
        held = self.measure(
            "complete_tool, next request",
            lambda t: self.one(
                "select iteration_id, lease_token"
                " from agentpg.complete_tool(%s, %s, '\"ok\"', claim_next => true)",
                *t,
            ),
            tools,
        )
        self.measure(
            "record_response, end",
            lambda h: self.one("select count(*) from agentpg.record_response(%s, %s, %s)", *h, END),
            held,
        )
        self.one("select agentpg.deregister_instance(%s)", instance)
        self.conn.execute("drop schema agentpg_bench cascade")


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        raise SystemExit(__doc__)
    Bench(sys.argv[1], int(sys.argv[2]) if len(sys.argv) == 3 else 500).run()
