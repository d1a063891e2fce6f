"""`agentpg doctor`: each trouble is found, explained, and comes with its fix."""

from __future__ import annotations

import json
from typing import Any

import psycopg
import pytest
from agentpg import Client
from agentpg_executor.cli.exit_codes import ExitCode
from fixtures.clock import Clock
from psycopg.types.json import Jsonb

from .conftest import MODEL, Cli

pytestmark = pytest.mark.timeout(180)  # each command is a process of its own

Conn = psycopg.Connection[dict[str, Any]]


def findings(cli: Cli, *words: str) -> dict[str, dict[str, str]]:
    """The findings by check; every one that is not OK says why and has a fix."""
    result = cli("doctor", "-o", "json", *words)
    report = json.loads(result.out)
    assert report["schema"] == 1
    failed = any(check["verdict"] == "FAIL" for check in report["checks"])
    assert report["ok"] is not failed
    assert result.code == (ExitCode.RUN_FAILED if failed else ExitCode.DONE)
    for check in report["checks"]:
        assert check["verdict"] == "OK" or (check["why"] and check["fix"]), check
    return {check["check"]: check for check in report["checks"]}


@pytest.fixture
def ready(cli: Cli, database: str) -> Cli:
    cli.use(database)
    return cli


def test_a_healthy_database_has_no_failures(ready: Cli, conn: Conn) -> None:
    conn.execute(
        "select agentpg.run_maintenance(i.instance_id) from agentpg.register_instance(name => 'alive') i"
    )
    conn.execute("listen agentpg_run_created")
    found = findings(ready, "--deep")
    ours = {name: check for name, check in found.items() if name not in ("api key", "autovacuum")}
    assert [check for check in ours.values() if check["verdict"] != "OK"] == []
    for name in (
        "database",
        "version",
        "schema",
        "clock",
        "notifications",
        "transactions",
        "bloat",
        "executors",
        "listeners",
        "maintenance",
        "leases",
        "invariants",
    ):
        assert name in found
    text = ready("doctor")
    assert text.code == 0
    assert text.out.startswith("OK    database")
    assert text.err == "nothing has failed\n"


def test_no_database_named(cli: Cli) -> None:
    assert findings(cli)["database"]["verdict"] == "FAIL"


def test_a_database_that_does_not_answer(cli: Cli) -> None:
    found = findings(cli, "--database-url", "postgresql://127.0.0.1:1/nothing")
    assert found["database"]["verdict"] == "FAIL"
    assert "refused" in found["database"]["why"]


def test_a_schema_that_is_missing_or_behind(cli: Cli, bare_database: str) -> None:
    missing = findings(cli, "--database-url", bare_database)["schema"]
    assert (missing["verdict"], missing["fix"]) == ("FAIL", "agentpg migrate")
    assert cli("migrate", "--to", "core/types", "--database-url", bare_database).code == 0
    behind = findings(cli, "--database-url", bare_database)["schema"]
    assert (behind["verdict"], behind["what"]) == ("FAIL", "behind")


def test_runs_without_an_executor(ready: Cli, client: Client) -> None:
    agent = client.create_agent("helper", model=MODEL)
    client.run_fast(client.new_session(), agent.id, "hello")
    found = findings(ready)
    assert found["executors"]["verdict"] == "WARN"
    assert found["waiting runs"]["verdict"] == "FAIL"
    assert "1 run " in found["waiting runs"]["what"]
    text = ready("doctor")
    assert text.code == ExitCode.RUN_FAILED
    assert "fix: agentpg worker" in text.out


def test_batch_runs_that_nobody_gathers(ready: Cli, client: Client) -> None:
    agent = client.create_agent("helper", model=MODEL)
    client.run(client.new_session(), agent.id, "hello")
    found = findings(ready)["batches"]
    assert found["verdict"] == "FAIL"
    assert found["what"].startswith("1 run to be gathered")
    assert "--max-batches" in found["fix"]


def test_tools_that_nobody_offers_and_leases_that_lapsed(
    ready: Cli, client: Client, conn: Conn, clock: Clock
) -> None:
    conn.execute(
        "select agentpg.register_tools(null, %s)",
        (Jsonb([{"name": "look", "input_schema": {"type": "object", "properties": {}}}]),),
    )
    agent = client.create_agent("helper", model=MODEL, tools=["look"])
    client.run_fast(client.new_session(), agent.id, "look")
    client.run_fast(client.new_session(), agent.id, "think")
    row = conn.execute("select instance_id from agentpg.register_instance(name => 'lost')").fetchone()
    assert row is not None
    claims = conn.execute(
        "select * from agentpg.claim_runs(%s, max_count => 2)", (row["instance_id"],)
    ).fetchall()
    message = {
        "id": "msg_1", "type": "message", "role": "assistant", "model": MODEL, "stop_sequence": None,
        "content": [{"type": "tool_use", "id": "toolu_1", "name": "look", "input": {}}],
        "stop_reason": "tool_use", "usage": {"input_tokens": 1, "output_tokens": 1},
    }  # fmt: skip
    conn.execute(
        "select agentpg.record_response(%s, %s, %s)",
        (claims[0]["iteration_id"], claims[0]["lease_token"], Jsonb(message)),
    )
    clock.advance(60)
    found = findings(ready)
    assert found["tools"]["verdict"] == "FAIL"
    assert "look" in found["tools"]["what"]
    assert found["leases"]["verdict"] == "WARN"
    assert "1 run" in found["leases"]["what"]


def test_a_pooler_is_seen(ready: Cli, pooled_dsn: str) -> None:
    found = findings(ready, "--database-url", pooled_dsn)["notifications"]
    assert found["verdict"] == "WARN"
    assert "--pooled" in found["fix"]
