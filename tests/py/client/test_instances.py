"""Workers as the client shows them."""

from __future__ import annotations

from typing import Any

import agentpg
import psycopg


def test_a_registered_worker_is_listed_with_what_it_offers_and_holds(
    database: str, conn: psycopg.Connection[dict[str, Any]]
) -> None:
    conn.execute("select agentpg.register_instance('worker-1', 'host', 42, '1.0', 3, 7)")
    conn.execute(
        "select agentpg.register_tools(id, %s) from agentpg.instances",
        ['[{"name": "weather", "input_schema": {"type": "object"}}]'],
    )
    with agentpg.Client(database) as client:
        agent = client.create_agent("helper", model="claude-sonnet-5-5")
        client.run_fast(client.new_session(), agent.id, "Hello")
        conn.execute("select agentpg.claim_runs(id) from agentpg.instances")

        (worker,) = client.list_instances()

    assert (worker.name, worker.hostname, worker.pid, worker.version) == ("worker-1", "host", 42, "1.0")
    assert (worker.max_concurrent_runs, worker.max_concurrent_tools) == (3, 7)
    assert (worker.active_run_count, worker.active_tool_count) == (1, 0)
    assert worker.tools == ("weather",)


async def test_nobody_registered_is_an_empty_list(database: str) -> None:
    async with agentpg.AsyncClient(database) as client:
        assert await client.list_instances() == []
