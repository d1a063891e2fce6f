"""While somebody keeps an old snapshot, claimed runs stay in the index; claims do not walk over them."""

from __future__ import annotations

import json
from typing import Any

import psycopg
from fixtures.clock import Clock
from fixtures.databases import Database

Conn = psycopg.Connection[dict[str, Any]]

RUNS = 4000
CLAIM = "select run_id from agentpg.claim_runs(%(instance)s, max_count => %(count)s)"
AT_THE_FRONT = """
select r.id from agentpg.runs r
where r.ready_at is not null and r.queue_id = %(queue)s and r.priority = 0
order by r.ready_at, r.id limit 1
"""


def one(conn: Conn, statement: str, **values: Any) -> Any:
    row = conn.execute(statement.encode(), values).fetchone()
    assert row is not None
    return next(iter(row.values()))


def passed(conn: Conn, statement: str, **values: Any) -> tuple[int, int]:
    """Entries of the indexes of claims and of marks that the statement reads."""
    counts = (
        "select array[pg_stat_get_xact_tuples_returned('agentpg.runs_claimable'::regclass),"
        " pg_stat_get_xact_tuples_returned('agentpg.claim_marks_pk'::regclass)] as read"
    )
    with conn.transaction():
        before = one(conn, counts)
        conn.execute(statement.encode(), values).fetchall()
        after = one(conn, counts)
    return after[0] - before[0], after[1] - before[1]


def test_a_claim_passes_over_a_bounded_number_of_dead_entries(database: Database, clock: Clock) -> None:
    with database.connect() as conn, database.connect(autocommit=False) as holder:
        # Which claims move the mark is left to chance; here to always the same.
        conn.execute("select setseed(0.5)")
        instance = one(conn, "select instance_id from agentpg.register_instance('x')")
        agent = one(conn, "select id from agentpg.create_agent('a', 'claude-sonnet-5-5')")
        holder.execute("set transaction isolation level repeatable read")
        holder.execute("select count(*) from agentpg.runs")
        items = json.dumps([{"prompt": "x"}] * RUNS)
        one(conn, "select count(*) from agentpg.create_runs(%(agent)s, %(items)s)", agent=agent, items=items)
        queue = one(conn, "select queue_id from agentpg.runs limit 1")
        # A mark goes past runs of one moment only when that is a second ago.
        clock.advance(seconds=2)

        read: list[int] = []
        marks: list[int] = []
        for _ in range((RUNS - 1000) // 10):
            entries, levels = passed(conn, CLAIM, instance=instance, count=10)
            read.append(entries)
            marks.append(levels)

        walk, _ = passed(conn, AT_THE_FRONT, queue=queue)
        assert walk > RUNS - 1000, "the claimed ones are still at the front of the index"
        first, last = read[:100], read[-100:]
        assert sum(last) / 100 <= 600, last
        assert sum(last) <= 2 * max(sum(first), 100 * 150), "and not the more, the more was claimed"
        assert max(marks) <= 30, "nor are old marks passed over"
