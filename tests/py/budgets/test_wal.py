"""What one call writes to the log, in bytes: deterministic, unlike its time."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

Conn = psycopg.Connection[dict[str, Any]]

REPEATS = 50
# Measured with the payloads below on Postgres 15 and 18, plus about a third: a new index or a second
# version of a row shows, a few bytes of alignment do not.
BUDGET = {
    "create_run": 2300,
    "claim_runs": 1000,
    "record_response, tool call": 2500,
    "complete_tool, next request": 2000,
    "record_response, end": 2000,
}

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


@pytest.fixture
def measured(conn: Conn) -> dict[str, float]:
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

    written: dict[str, float] = {}
    written["create_run"], _ = average_bytes(
        conn, lambda s: one("select agentpg.create_run(%s, %s, 'Weather?')", s["id"], agent), sessions
    )
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


def test_each_call_stays_within_its_budget_of_log_bytes(measured: dict[str, float]) -> None:
    over = {name: (size, BUDGET[name]) for name, size in measured.items() if size > BUDGET[name]}
    assert not over, f"bytes written against the budget: {over}"
    assert set(measured) == set(BUDGET)
