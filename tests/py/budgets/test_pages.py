"""Rows that a tool loop changes stay on their pages, full ones too: a move writes every index again."""

from __future__ import annotations

import json
from typing import Any

import psycopg

from .test_wal import CALL, END, TOOL

Conn = psycopg.Connection[dict[str, Any]]

RUNS = 150
STEPS = 3


def pages(conn: Conn, table: str) -> dict[Any, int]:
    """The page of each row, by its id."""
    rows = conn.execute(f"select id, (ctid::text::point)[0]::integer as page from agentpg.{table}".encode())
    return {row["id"]: row["page"] for row in rows}


def claimed(conn: Conn) -> list[dict[str, Any]]:
    """So many runs, held by an executor that offers their tool."""
    registered = conn.execute("select instance_id from agentpg.register_instance('pages')").fetchone()
    assert registered is not None
    conn.execute("select agentpg.register_tools(%s, %s)", [registered["instance_id"], json.dumps(TOOL)])
    conn.execute(
        "select count(*) from agentpg.create_runs("
        "(select id from agentpg.create_agent('pages', 'claude-sonnet-5-5', tools => '{weather}')), %s)",
        [json.dumps([{"prompt": "Weather?"}] * RUNS)],
    )
    claim = "select iteration_id, lease_token from agentpg.claim_runs(%s, max_count => %s)"
    return conn.execute(claim, [registered["instance_id"], RUNS]).fetchall()


def answer(conn: Conn, held: list[dict[str, Any]], response: dict[str, Any]) -> list[dict[str, Any]]:
    """Each of these calls is answered; returns the tool calls that this opens, held."""
    return conn.execute(
        "select c.tool_execution_id, c.lease_token from agentpg.record_responses(%s, %s, %s, %s, %s) r"
        ", unnest(r.claims) c",
        [
            [each["iteration_id"] for each in held],
            [each["lease_token"] for each in held],
            json.dumps([response] * RUNS),
            [None] * RUNS,
            [9] * RUNS,
        ],
    ).fetchall()


def finish(conn: Conn, tools: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each of these tool calls returns something; returns the model calls that follow, held."""
    return conn.execute(
        "select (c.claim).iteration_id, (c.claim).lease_token"
        " from agentpg.complete_tools(%s, %s, %s, %s, %s) c",
        [
            [each["tool_execution_id"] for each in tools],
            [each["lease_token"] for each in tools],
            json.dumps(["sunny"] * RUNS),
            [False] * RUNS,
            json.dumps([None] * RUNS),
        ],
    ).fetchall()


def moved(before: dict[Any, int], after: dict[Any, int]) -> int:
    """How many of these rows are on another page now."""
    return sum(after[each] != page for each, page in before.items())


def test_a_step_moves_hardly_a_row_to_another_page(conn: Conn) -> None:
    held = claimed(conn)
    runs = pages(conn, "runs")
    assert len(set(runs.values())) > 3, "too few to fill pages"
    runs_moved = calls_moved = 0
    for _ in range(STEPS):
        tools = answer(conn, held, CALL)
        calls = pages(conn, "tool_executions")
        held = finish(conn, tools)
        assert len(tools) == len(held) == RUNS
        calls_moved += moved(calls, pages(conn, "tool_executions"))
        runs, before = pages(conn, "runs"), runs
        runs_moved += moved(before, runs)
    assert answer(conn, held, END) == []
    # 4 and 0 of 450; on pages filled to the last row 393 and 443.
    assert runs_moved <= RUNS * STEPS * 0.05
    assert calls_moved <= RUNS * STEPS * 0.05
