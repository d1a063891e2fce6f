"""docs/reference and the diagrams of docs/architecture.md are what schema and code say today."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import psycopg
import pytest
from fixtures.databases import Database

STALE = "out of date: run `python docs/build_reference.py` and commit what it wrote"


@pytest.mark.parametrize(
    "page", ["reference/sql.md", "reference/python.md", "reference/cli.md", "architecture.md"]
)
def test_the_page_is_current(page: str, docs: Path, shipped_database: Database) -> None:
    import build_reference

    assert set(build_reference.PAGES) >= {page}
    with psycopg.connect(shipped_database.dsn) as conn:
        made = build_reference.PAGES[page](conn)
    assert (docs / page).read_text(encoding="utf-8") == made, f"docs/{page} is {STALE}"


def test_every_function_table_and_view_says_what_it_is(shipped_database: Database) -> None:
    from reference_builder import catalog

    with psycopg.connect(shipped_database.dsn) as conn:
        functions = catalog.public_functions(conn).values()
        relations = [each for kind in "rvc" for each in catalog.relations(conn, kind)]
    assert [each.name for each in functions if not each.comment] == []
    assert [each.name for each in relations if not each.comment] == []


def test_payloads_have_the_keys_that_the_page_names(conn: psycopg.Connection[dict[str, Any]]) -> None:
    """A run with a tool call that waits to be claimed uses every channel before its end."""
    from reference_builder.sql import CHANNELS

    for channel in CHANNELS:
        conn.execute(f"listen {channel}".encode())
    conn.execute(
        """
        do $$
        declare
          v_instance uuid;
          v_claim agentpg.run_claim;
          v_tool agentpg.tool_claim;
          v_tools constant jsonb := '[{"name": "look", "input_schema": {"type": "object"}}]';
        begin
          select r.instance_id into v_instance from agentpg.register_instance() r;
          perform agentpg.register_tools(v_instance, v_tools);
          perform agentpg.create_run(
            session_id => agentpg.create_session(),
            agent_id => (agentpg.create_agent('a', 'claude-haiku-5-5', tools => '{look}')).id,
            prompt => 'Look.'
          );
          perform agentpg.watch_run(r.id) from agentpg.runs r;
          select * into v_claim from agentpg.claim_runs(v_instance);
          perform agentpg.record_response(v_claim.iteration_id, v_claim.lease_token, '{"role": "assistant",
            "content": [{"type": "tool_use", "id": "toolu_1", "name": "look", "input": {}}],
            "stop_reason": "tool_use"}', claim_tools => false);
          select * into v_tool from agentpg.claim_tool_executions(v_instance);
          perform agentpg.request_approval(v_tool.tool_execution_id, v_tool.lease_token);
          perform agentpg.approve_tool(v_tool.tool_execution_id);
          select * into v_tool from agentpg.claim_tool_executions(v_instance);
          select * into v_claim from agentpg.complete_tool(
            v_tool.tool_execution_id, v_tool.lease_token, '"seen"', claim_next => true
          );
          perform agentpg.record_response(v_claim.iteration_id, v_claim.lease_token, '{"role": "assistant",
            "content": [{"type": "text", "text": "Done."}], "stop_reason": "end_turn"}');
        end
        $$
        """
    )
    heard: dict[str, set[str]] = {}
    for notification in conn.notifies(timeout=0.5):
        heard.setdefault(notification.channel, set()).update(json.loads(notification.payload))
    assert heard == {channel: set(keys.split(", ")) for channel, (keys, _) in CHANNELS.items()}
