"""Bytes that large strings of messages take, stored once and as they would be stored in each message.

    .venv/bin/python bench/large_content.py "postgresql://..." [runs]

Three cases: runs that all send one image of 1 MB; runs that each send an image of their own; a tool loop of
20 calls in one run, each of which shows one of five screenshots of 200 KB. "In each message" inserts the same
JSON into a plain table, as often as a message and the input of a run would hold it. Prints bytes on
disk, bytes of log and milliseconds a run or call; those of the tool loop include building the next
request. It does not show compression: the images are random, as base64 of a PNG nearly is. The database needs
the schema (agentpg migrate) and nobody else at work; rows are left in it.
"""

from __future__ import annotations

import base64
import json
import random
import sys
import time
from collections.abc import Callable
from typing import Any

import psycopg

TABLES = ("messages", "run_inputs", "large_contents", "content_uses")
USAGE = {"input_tokens": 10, "output_tokens": 5}
TOOL = [{"name": "bench_screen", "description": "Shows it.", "input_schema": {"type": "object"}}]


def image(seed: int, size: int) -> dict[str, Any]:
    data = base64.b64encode(random.Random(seed).randbytes(size)).decode()
    return {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": data}}


class Bench:
    def __init__(self, dsn: str, runs: int) -> None:
        self.conn = psycopg.connect(dsn, autocommit=True)
        self.runs = runs
        self.instance: Any = None
        self.agent: Any = None

    def one(self, statement: str, *values: Any) -> Any:
        row = self.conn.execute(statement.encode(), values).fetchone()
        if row is None:
            raise SystemExit(f"no row from: {statement}")
        return row[0]

    def sizes(self, tables: tuple[str, ...]) -> int:
        return sum(int(self.one("select pg_total_relation_size(%s::text::regclass)", t)) for t in tables)

    def measure(
        self, name: str, tables: tuple[str, ...], call: Callable[[Any], Any], given: list[Any]
    ) -> None:
        disk, log = self.sizes(tables), self.log_position()
        started = time.perf_counter()
        for each in given:
            call(each)
        seconds = (time.perf_counter() - started) / len(given)
        disk, log = self.sizes(tables) - disk, self.log_position() - log
        each_disk, each_log = disk / len(given), log / len(given)
        print(
            f"{name:42} {disk / 2**20:8.2f} MB {each_disk / 1024:9.1f} KB each "
            f"{each_log / 1024:9.1f} KB of log each {seconds * 1000:8.2f} ms"
        )

    def log_position(self) -> int:
        return int(self.one("select (pg_current_wal_insert_lsn() - '0/0')::bigint"))

    def prompts(self, name: str, contents: list[str]) -> None:
        sessions = [self.one("select agentpg.create_session()") for _ in contents]
        self.measure(
            f"{name}: stored once",
            tuple(f"agentpg.{t}" for t in TABLES),
            lambda pair: self.one(
                "select agentpg.create_run(session_id => %s, agent_id => %s, content => %s::jsonb)",
                pair[0], self.agent, pair[1],
            ),
            list(zip(sessions, contents, strict=True)),
        )  # fmt: skip
        self.measure(
            f"{name}: in each message",
            ("agentpg_bench.plain",),
            lambda content: self.one(
                "with i as (insert into agentpg_bench.plain (content)"
                " select %s::jsonb from generate_series(1, 2) returning 1) select count(*) from i",
                content,
            ),
            contents,
        )

    def loop(self, outputs: list[str]) -> None:
        session = self.one("select agentpg.create_session()")
        run = self.one(
            "select agentpg.create_run(session_id => %s, agent_id => %s, prompt => 'Go on.',"
            " options => %s::jsonb)",
            session,
            self.agent,
            '{"max_iterations": 1000}',
        )
        claim = "select array[c.iteration_id, c.lease_token]"
        self.held = self.one(
            f"{claim} from agentpg.claim_runs(%s, run_ids => array[%s::uuid]) c", self.instance, run
        )

        def step(output: str) -> None:
            call = {
                "type": "tool_use",
                "id": f"toolu_{time.monotonic_ns()}",
                "name": "bench_screen",
                "input": {},
            }
            response = {"role": "assistant", "content": [call], "stop_reason": "tool_use", "usage": USAGE}
            ids = self.one(
                "select array[t.tool_execution_id, t.lease_token]"
                " from agentpg.record_response(%s, %s, %s::jsonb) t",
                *self.held,
                json.dumps(response),
            )
            self.held = self.one(
                f"{claim} from agentpg.complete_tool(%s, %s, %s::jsonb, claim_next => true) c", *ids, output
            )

        self.measure("tool loop: stored once", tuple(f"agentpg.{t}" for t in TABLES), step, outputs)
        self.measure(
            "tool loop: in each message",
            ("agentpg_bench.plain",),
            lambda content: self.one(
                "insert into agentpg_bench.plain (content) values (%s::jsonb) returning 1", content
            ),
            outputs,
        )

    def run(self) -> None:
        self.conn.execute("drop schema if exists agentpg_bench cascade; create schema agentpg_bench")
        self.conn.execute("create table agentpg_bench.plain (content jsonb)")
        self.instance = self.one("select instance_id from agentpg.register_instance('bench')")
        self.one("select agentpg.register_tools(%s, %s::jsonb)", self.instance, json.dumps(TOOL))
        self.agent = self.one(
            "select (agentpg.get_or_create_agent('bench-content', 'claude-sonnet-4-5',"
            " tools => '{bench_screen}')).id"
        )
        seed = time.time_ns()
        same = json.dumps([{"type": "text", "text": "What is it?"}, image(seed, 2**20)])
        self.prompts(f"{self.runs} runs, one image of 1 MB", [same] * self.runs)
        self.prompts(
            f"{self.runs // 4} runs, an image of 1 MB each",
            [json.dumps([image(seed + n, 2**20)]) for n in range(1, self.runs // 4 + 1)],
        )
        self.loop([json.dumps([image(seed - 1 - n % 5, 200 * 1024)]) for n in range(20)])


if __name__ == "__main__":
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    Bench(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 100).run()
