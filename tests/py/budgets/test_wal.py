"""What one call writes to the log, in bytes: deterministic, unlike its time."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import psycopg

Conn = psycopg.Connection[dict[str, Any]]

REPEATS = 50
# Measured with the payloads below on Postgres 15 and 18, plus about a third: a new index or a second
# version of a row shows, a few bytes of alignment do not.
BUDGET_WITHOUT_EVENTS = {
    "create_run": 2300,
    "claim_runs": 1000,
    "record_response, tool call": 2500,
    "complete_tool, next request": 2000,
    "record_response, end": 2000,
}
# What the event stream adds, text apart: its row, and 8 events of this run, watched or not.
BUDGET_WITH_EVENTS = {
    "create_run": 2600,
    "claim_runs": 1000,
    "record_response, tool call": 3300,
    "complete_tool, next request": 2400,
    "record_response, end": 2800,
}
# A run with its new session and its event stream, one of many in a call.
BULK_BUDGET = 3400

TOOL = [{"name": "weather", "description": "Weather.", "input_schema": {"type": "object"}}]
USAGE = {"input_tokens": 10, "output_tokens": 5}
CALL = {
    "id": "msg_1",
    "role": "assistant",
    "content": [{"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {}}],
    "stop_reason": "tool_use",
    "usage": USAGE,
}
END = {
    "id": "msg_2",
    "role": "assistant",
    "content": [{"type": "text", "text": "Sunny."}],
    "stop_reason": "end_turn",
    "usage": USAGE,
}


def log_position(conn: Conn) -> int:
    row = conn.execute("select (pg_current_wal_insert_lsn() - '0/0')::bigint as at").fetchone()
    assert row is not None
    return int(row["at"])


def average_bytes(
    conn: Conn, call: Callable[[dict[str, Any]], Any], given: list[Any]
) -> tuple[float, list[Any]]:
    before = log_position(conn)
    results = [call(each) for each in given]
    return (log_position(conn) - before) / len(given), results


def measured(conn: Conn, *, events: bool) -> dict[str, float]:
    """Average bytes of each call over runs of one tool iteration, each in a session of its own."""

    def one(statement: str, *values: Any) -> dict[str, Any]:
        row = conn.execute(statement.encode(), values).fetchone()
        assert row is not None
        return row

    instance = one("select instance_id from agentpg.register_instance('budget')")["instance_id"]
    one("select agentpg.register_tools(%s, %s)", instance, json.dumps(TOOL))
    agent = one("select id from agentpg.create_agent('budget', 'claude-sonnet-5-5', tools => '{weather}')")[
        "id"
    ]
    sessions = [one("select agentpg.create_session() as id") for _ in range(REPEATS)]

    create = "select agentpg.create_run(%s, %s, 'Weather?', options => %s)"
    options = json.dumps({"events": events})
    written: dict[str, float] = {}
    written["create_run"], _ = average_bytes(conn, lambda s: one(create, s["id"], agent, options), sessions)
    written["claim_runs"], held = average_bytes(
        conn,
        lambda _: one("select iteration_id, lease_token from agentpg.claim_runs(%s)", instance),
        sessions,
    )
    written["record_response, tool call"], tools = average_bytes(
        conn,
        lambda h: one(
            "select tool_execution_id, lease_token from agentpg.record_response(%s, %s, %s)",
            h["iteration_id"], h["lease_token"], json.dumps(CALL),
        ),
        held,
    )  # fmt: skip
    written["complete_tool, next request"], held = average_bytes(
        conn,
        lambda t: one(
            "select iteration_id, lease_token"
            " from agentpg.complete_tool(%s, %s, '\"sunny\"', claim_next => true)",
            t["tool_execution_id"], t["lease_token"],
        ),
        tools,
    )  # fmt: skip
    written["record_response, end"], _ = average_bytes(
        conn,
        lambda h: one(
            "select count(*) from agentpg.record_response(%s, %s, %s)",
            h["iteration_id"], h["lease_token"], json.dumps(END),
        ),
        held,
    )  # fmt: skip
    return written


def check(written: dict[str, float], budget: dict[str, int], how: str) -> None:
    print(f"WAL bytes of a run {how}: {sum(written.values()):.0f}", {k: round(v) for k, v in written.items()})
    over = {name: (size, budget[name]) for name, size in written.items() if size > budget[name]}
    assert not over, f"bytes written against the budget: {over}"
    assert set(written) == set(budget)


def test_each_call_stays_within_its_budget_of_log_bytes(conn: Conn) -> None:
    check(measured(conn, events=False), BUDGET_WITHOUT_EVENTS, "without events")


def test_events_add_no_more_than_their_budget_of_log_bytes(conn: Conn) -> None:
    check(measured(conn, events=True), BUDGET_WITH_EVENTS, "with events")


def test_a_run_without_events_touches_no_table_of_theirs(conn: Conn) -> None:
    with conn.transaction():
        measured(conn, events=False)
        touched = conn.execute(
            """
            select relname, seq_scan + coalesce(idx_scan, 0) + n_tup_ins + n_tup_upd + n_tup_del as touched
            from pg_stat_xact_all_tables
            where schemaname = 'agentpg' and relname in ('run_streams', 'run_events', 'runs')
            """
        ).fetchall()
    counts = {row["relname"]: row["touched"] for row in touched}
    assert counts.pop("runs") > 0
    assert not any(counts.values()), counts


def calls_of(conn: Conn, *functions: str) -> int:
    row = conn.execute(
        "select coalesce(sum(calls), 0) as calls from pg_stat_xact_user_functions"
        " where schemaname = 'agentpg' and funcname = any (%s)",
        [list(functions)],
    ).fetchone()
    assert row is not None
    return int(row["calls"])


def test_a_run_of_many_stays_within_its_budget_and_all_are_announced_at_once(conn: Conn) -> None:
    agent = conn.execute("select id from agentpg.create_agent('budget', 'claude-sonnet-5-5')").fetchone()
    assert agent is not None

    def cost(runs: int) -> tuple[float, int]:
        """Bytes of the log per run, and calls of the functions that announce."""
        items = json.dumps([{"prompt": "Weather?"}] * runs)
        with conn.transaction():
            called = calls_of(conn, "_announce_created", "_notify")
            before = log_position(conn)
            made = conn.execute(
                "select count(*) as runs from agentpg.create_runs(%s, %s)", [agent["id"], items]
            ).fetchone()
            conn.execute("set constraints all immediate")
            written = log_position(conn) - before
            called = calls_of(conn, "_announce_created", "_notify") - called
        assert made is not None
        assert made["runs"] == runs
        return written / runs, called

    conn.execute("set track_functions = 'all'")
    cost(100)
    for runs in (100, 1000):
        written, announced = cost(runs)
        print(f"WAL bytes of a run, one of {runs} in a call: {written:.0f}")
        assert written <= BULK_BUDGET
        assert announced == 1
