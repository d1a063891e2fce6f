"""A session of 10,000 messages and 2,000 runs, beside another one, is deleted in seconds, by index alone."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fixtures.actors import Stage, stage_on
from fixtures.databases import Database
from psycopg.types.json import Jsonb

RUNS, MESSAGES_PER_RUN = 2_000, 5

FILL = Path(__file__).with_name("_large.sql").read_text()
END = """
update agentpg.runs r set state = 'cancelled', finalized_at = now(), blocked = false
where r.session_id = session_id(%(session)s) and r.finalized_at is null returning 1
"""


@pytest.fixture(scope="module")
def large(shared_database: Database) -> Iterator[Stage]:
    with stage_on(shared_database) as stage:
        for session in ("session", "beside"):
            stage.ask("select given_run(%(session)s, session => %(session)s)", session=session)
            stage.ask("select agentpg.cancel_run(run_id(%(session)s))", session=session)
            stage.rows(FILL, session=session, runs=RUNS, each=MESSAGES_PER_RUN)
            stage.rows(END, session=session)
        stage.rows(
            "update agentpg.tool_executions set state = 'skipped', completed_at = now(), result_seq = 3"
            " returning 1"
        )
        stage.actor().conn.execute("analyze")
        yield stage


def test_it_takes_seconds_and_no_table_is_read_whole(large: Stage) -> None:
    conn = large.actor().conn
    conn.execute("begin")
    began = time.monotonic()
    gone = conn.execute("select agentpg.delete_session(session_id()) as gone").fetchone()
    took = time.monotonic() - began
    scans = conn.execute(
        "select relname, seq_scan from pg_stat_xact_user_tables"
        " where schemaname = 'agentpg' and seq_scan > 0 and relname not in ('settings', 'queues')"
    ).fetchall()
    conn.execute("rollback")
    assert gone is not None
    assert gone["gone"]["messages"] == RUNS * MESSAGES_PER_RUN + 1
    assert gone["gone"]["runs"] == RUNS + 1
    assert scans == []
    assert took < 10, f"{took:.1f} s"
    print(f"deleted {gone['gone']} in {took:.2f} s")


def test_its_document_is_made_and_read_in_bounded_time_and_size(large: Stage) -> None:
    conn = large.actor().conn
    conn.execute("begin")
    began = time.monotonic()
    exported = conn.execute("select agentpg.export_session(session_id()) as d").fetchone()
    made = time.monotonic() - began
    assert exported is not None
    size = len(json.dumps(exported["d"]))
    began = time.monotonic()
    conn.execute("select agentpg.import_session(%s)", (Jsonb(exported["d"]),))
    read = time.monotonic() - began
    copied = conn.execute(
        "select count(*)::int as count from agentpg.messages"
        " where session_id not in (session_id(), session_id('beside'))"
    ).fetchone()
    conn.execute("rollback")
    assert copied == {"count": RUNS * MESSAGES_PER_RUN + 1}
    content = MESSAGES_PER_RUN * RUNS * 1000
    assert size < 3 * content
    assert made < 20, f"{made:.1f} s"
    assert read < 40, f"{read:.1f} s"
    print(f"exported {size / 2**20:.1f} MB in {made:.2f} s, imported in {read:.2f} s")
