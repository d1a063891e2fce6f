"""A product with a queue is put through every case, with a worker and a client in processes of their own."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest
from fixtures.databases import Database

from bench.conversation import Conversation

SCRIPT = Path(__file__).with_name("table_queue.py")
SECONDS = 20.0


def converse(case: str, dsn: str, **parameters: Any) -> dict[str, Any]:
    command = [sys.executable, "-P", SCRIPT, case, dsn, json.dumps(parameters)]
    with Conversation(command, SECONDS) as subject:
        subject.hear("start")
        subject.go()
        said = subject.hear("end")
        subject.go()
        subject.wait(SECONDS)
    return said


@pytest.fixture
def queue(bare_database: Database) -> str:
    with Conversation([sys.executable, "-P", SCRIPT, "setup", str(bare_database), "{}"], SECONDS) as subject:
        subject.wait(SECONDS)
    return str(bare_database)


def done(dsn: str) -> int:
    with psycopg.connect(dsn) as conn:
        row = conn.execute("select count(*) from job where done").fetchone()
    return row[0] if row else 0


def test_runs_are_created_by_another_process_meanwhile(queue: str) -> None:
    said = converse("runs", queue, runs=12)
    assert (said["items"], said["note"]) == (12, "Polled each 5 ms.")
    assert done(queue) == 12


def test_a_queue_is_drained_by_a_worker_that_comes_up_later(queue: str) -> None:
    said = converse("drain", queue, runs=12)
    assert (said["items"], said["note"]) == (12, "Polled each 5 ms. One by one.")
    assert 0 < said["seconds"] < SECONDS
    assert done(queue) == 12


def test_the_items_of_a_loop_are_its_steps_and_a_chain_is_told(queue: str) -> None:
    said = converse("loop", queue, runs=3, iterations=2)
    assert said["items"] == 3 * 2 * 2
    assert said["note"].startswith("No steps: a run is a chain of jobs")


def test_a_run_begins_before_its_result_is_there(queue: str) -> None:
    said = converse("latency", queue, calls=4, settings="default")
    starts, results = said["latencies_ms"]["start"], said["latencies_ms"]["result"]
    assert len(starts) == len(results) == 4
    assert all(0 < start < result for start, result in zip(starts, results, strict=True))
    assert said["note"] == ""


def test_a_backlog_is_worked_on_for_so_many_runs(queue: str) -> None:
    said = converse("backlog", queue, pending=30, drain=5)
    assert said["items"] == 5
    assert done(queue) >= 4
