"""What was used and paid, and prompts that change, from Python."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from agentpg import AsyncClient, Client, CostSummary
from agentpg.errors import AgentNotFound, InvalidArgument, RunNotFound
from psycopg.types.json import Jsonb

Conn = psycopg.Connection[dict[str, Any]]
NOBODY = "01a204de-5f30-7182-822d-d3c7dcbde580"


def answer_one(conn: Conn, usage: dict[str, Any]) -> None:
    row = conn.execute("select instance_id from agentpg.register_instance('tester')").fetchone()
    assert row is not None
    claim = conn.execute("select * from agentpg.claim_runs(%s)", (row["instance_id"],)).fetchone()
    assert claim is not None
    reply = {
        "id": "msg_1",
        "role": "assistant",
        "content": [{"type": "text", "text": "Yes."}],
        "stop_reason": "end_turn",
        "usage": usage,
    }
    conn.execute(
        "select agentpg.record_response(%s, %s, %s)",
        (claim["iteration_id"], claim["lease_token"], Jsonb(reply)),
    )


def test_costs_come_by_what_they_are_asked_for(database: Any, conn: Conn) -> None:
    with Client(database) as client:
        agent = client.create_agent("a", model="claude-sonnet-5-5", metadata={"tenant_id": "acme"})
        session_id = client.new_session(metadata={"tenant_id": "acme"})
        run_id = client.run_fast(session_id, agent.id, "Hello?")
        answer_one(conn, {"input_tokens": 1000, "output_tokens": 100, "cache_read_input_tokens": 3000})
        (cost,) = client.costs("agent")
        assert cost == CostSummary(
            key=str(agent.id),
            name="a",
            calls=1,
            input_tokens=1000,
            output_tokens=100,
            cache_read_tokens=3000,
            cache_hit_rate=0.75,
            cost_usd=Decimal("0.0033"),
            priced_cost_usd=Decimal("0.0033"),
            failed_cost_usd=Decimal(0),
        )
        assert [one.key for one in client.costs("tree", run_id=run_id)] == [str(run_id)]
        assert [one.key for one in client.costs("session", session_id=session_id)] == [str(session_id)]
        assert [one.key for one in client.costs("tenant", tenant_id="acme")] == ["acme"]
        now = datetime.now(UTC)
        assert client.costs(since=now + timedelta(hours=1)) == []
        assert client.costs(until=now - timedelta(hours=1), agent_id=agent.id) == []
        with pytest.raises(RunNotFound):
            client.costs(run_id=NOBODY)
        with pytest.raises(InvalidArgument):
            client.costs("week")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


async def test_what_has_no_price_says_so_in_every_sum(database: Any, conn: Conn) -> None:
    async with AsyncClient(database) as client:
        agent = await client.create_agent("a", model="claude-of-2031")
        run_id = await client.run_fast(await client.new_session(), agent.id, "Hello?")
        answer_one(conn, {"input_tokens": 1000})
        (cost,) = await client.costs()
        assert (cost.cost_usd, cost.priced_cost_usd, cost.unpriced_calls) == (None, Decimal(0), 1)
        run = await client.get_run(run_id)
        assert (run.cost_usd, run.unpriced_calls) == (None, 1)
        response = await client.wait_for_run(run_id)
        assert (response.cost_usd, response.unpriced_calls) == (None, 1)
        (node,) = await client.run_tree(run_id)
        assert (node.total_cost_usd, node.total_unpriced_calls) == (None, 1)


def test_text_that_changes_is_named(database: Any) -> None:
    with Client(database) as client:
        agent = client.create_agent("a", model="claude-sonnet-5-5")
        for minute in (1, 2):
            client.run_fast(
                client.new_session(),
                agent.id,
                "Hello?",
                options={"append_instructions": f"It is 10:0{minute}."},
            )
        (warning,) = client.prompt_warnings(agent.id)
        assert (warning.agent_name, warning.kind, warning.fragment) == ("a", "time", "10:02")
        assert (warning.changed, warning.runs, warning.prompts) == (True, 2, 2)
        assert client.prompt_warnings() == [warning]
        with pytest.raises(AgentNotFound):
            client.prompt_warnings(NOBODY)


def test_models_are_exported_as_they_can_be_updated(database: Any) -> None:
    with Client(database) as client:
        exported = client.export_models()
        assert client.upsert_models(exported) == len(exported["models"]) + len(exported["server_tools"])
        assert client.export_models("claude-of-2031")["models"] == []
        assert client.upsert_models([{"id": "claude-of-2031", "max_output_tokens": 5}]) == 1
        (model,) = client.export_models("claude-of-2031")["models"]
        assert model["max_output_tokens"] == 5
        with pytest.raises(InvalidArgument, match=r"models\[0\] has no id"):
            client.upsert_models([{}])
