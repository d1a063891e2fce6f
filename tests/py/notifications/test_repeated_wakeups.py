"""A wake-up that was swallowed or came while nobody had a slot is given again by the maintenance."""

from __future__ import annotations

import json
from typing import Any

import psycopg
import pytest
from fixtures.clock import Clock

Conn = psycopg.Connection[dict[str, Any]]
TOOL = json.dumps([{"name": "lookup", "description": "Looks.", "input_schema": {"type": "object"}}])


@pytest.fixture
def listener(database: str) -> Any:
    with psycopg.connect(database, autocommit=True) as conn:
        conn.execute("listen agentpg_run_state")
        conn.execute("listen agentpg_tool_pending")
        yield conn


def heard(listener: psycopg.Connection[Any]) -> list[tuple[str, Any]]:
    """What has been notified up to now: a notification of our own marks the end."""
    listener.execute("listen test_end")
    listener.execute("select pg_notify('test_end', '')")
    said: list[tuple[str, Any]] = []
    for notify in listener.notifies(timeout=60):
        if notify.channel == "test_end":
            return said
        payload = json.loads(notify.payload)
        said.append((notify.channel, payload.get("tool_name") or payload.get("state")))
    raise AssertionError("the end was not heard")


def value(conn: Conn, statement: str, *values: Any) -> Any:
    row = conn.execute(statement.encode(), values).fetchone()
    assert row is not None
    return next(iter(row.values()))


def test_a_run_that_has_been_due_too_long_wakes_executors_again(
    conn: Conn, clock: Clock, listener: psycopg.Connection[Any]
) -> None:
    session = value(conn, "select agentpg.create_session()")
    agent = value(conn, "select id from agentpg.create_agent('helper', 'claude-sonnet-5-5')")
    value(conn, "select agentpg.create_run(%s, %s, 'Hello')", session, agent)
    value(conn, "select agentpg.run_maintenance()")
    assert heard(listener) == []

    clock.advance(6)
    value(conn, "select agentpg.run_maintenance()")
    assert heard(listener) == [("agentpg_run_state", "pending")]


def test_a_call_of_an_offered_tool_that_has_been_due_too_long_wakes_executors_again(
    conn: Conn, clock: Clock, listener: psycopg.Connection[Any]
) -> None:
    instance = value(conn, "select instance_id from agentpg.register_instance('worker')")
    value(conn, "select agentpg.register_tools(%s, %s)", instance, TOOL)
    agent = value(
        conn, "select id from agentpg.create_agent('helper', 'claude-sonnet-5-5', tools => '{lookup}')"
    )
    value(conn, "select agentpg.create_run(agentpg.create_session(), %s, 'Hello')", agent)
    row = conn.execute("select * from agentpg.claim_runs(%s)", [instance]).fetchone()
    assert row is not None
    answer = {
        "role": "assistant",
        "content": [{"type": "tool_use", "id": "toolu_1", "name": "lookup", "input": {}}],
        "stop_reason": "tool_use",
    }
    conn.execute(
        "select agentpg.record_response(%s, %s, %s, claim_tools => false)",
        [row["iteration_id"], row["lease_token"], json.dumps(answer)],
    )
    heard(listener)

    clock.advance(6)
    value(conn, "select agentpg.heartbeat(%s)", instance)
    value(conn, "select agentpg.run_maintenance()")
    assert heard(listener) == [("agentpg_tool_pending", "lookup")]
