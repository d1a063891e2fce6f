"""`agentpg approvals`, and what `run` and `doctor` say of calls that wait."""

from __future__ import annotations

import getpass
import json
from typing import Any
from uuid import UUID

import psycopg
import pytest
from agentpg import Agent, Approval, Client
from fixtures.clock import Clock
from psycopg.types.json import Jsonb

from .conftest import Cli

pytestmark = pytest.mark.timeout(180)  # each command is a process of its own

Conn = psycopg.Connection[dict[str, Any]]
INPUT = {"to": "Ada\x1b[2J", "lines": ["one", "two"]}


@pytest.fixture
def ready(cli: Cli, database: str, helper: Agent) -> Cli:
    cli.use(database)
    return cli


@pytest.fixture
def approval(client: Client, helper: Agent, conn: Conn) -> Approval:
    """A call of `mail` that waits."""
    definition = [{"name": "mail", "input_schema": {"type": "object"}, "approval": True}]
    conn.execute("select agentpg.register_tools(null, %s)", (Jsonb(definition),))
    client.update_agent(helper.id, {"tools": ["mail"]})
    client.run_fast(client.new_session(), helper.id, "Write to Ada.")
    row = conn.execute("select instance_id from agentpg.register_instance()").fetchone()
    assert row is not None
    claim = conn.execute("select * from agentpg.claim_runs(%s)", (row["instance_id"],)).fetchone()
    assert claim is not None
    answer = {
        "role": "assistant",
        "content": [{"type": "tool_use", "id": "toolu_1", "name": "mail", "input": INPUT}],
        "stop_reason": "tool_use",
    }
    conn.execute(
        "select * from agentpg.record_response(%s, %s, %s)",
        (claim["iteration_id"], claim["lease_token"], Jsonb(answer)),
    )
    (found,) = client.list_approvals()
    return found


def decided(conn: Conn) -> tuple[Any, ...]:
    row = conn.execute(
        "select decision, decided_by, note, edited_input from agentpg.tool_approvals"
    ).fetchone()
    assert row is not None
    return tuple(row.values())


def test_nothing_waits(ready: Cli) -> None:
    result = ready("approvals", "list")
    assert (result.code, result.out, result.err) == (0, "", "nothing waits for approval\n")
    assert json.loads(ready("approvals", "list", "-o", "json").out) == {
        "schema": 1, "approvals": [], "next_after": None,
    }  # fmt: skip


def test_the_list_shows_the_whole_input(ready: Cli, approval: Approval, helper: Agent) -> None:
    result = ready("approvals", "list", "--agent", helper.name)
    assert result.out.startswith(f"{approval.tool_execution_id}  mail\n")
    assert f"tool call of {helper.name} in run {approval.run_id}" in result.out
    assert "the tool asks for it" in result.out
    shown = result.out[result.out.index("{") :]
    assert "\x1b" not in shown
    assert json.loads(shown)["lines"] == ["one", "two"]
    assert f"agentpg approvals approve {approval.tool_execution_id}" in result.err
    (listed,) = json.loads(ready("approvals", "list", "-o", "json").out)["approvals"]
    assert (listed["input"], listed["input_hash"]) == (INPUT, approval.input_hash)
    assert ready("approvals", "list", "--after", str(approval.tool_execution_id)).out == ""
    assert ready("approvals", "list", "--run", str(approval.run_id), "-o", "jsonl").out.count("\n") == 1


def test_approve_by_a_prefix_of_the_id(ready: Cli, approval: Approval, conn: Conn) -> None:
    short = str(approval.tool_execution_id)[:13]
    refused = ready("approvals", "approve", short)
    assert refused.code == 2
    assert "--yes" in refused.error[2]
    result = ready("approvals", "approve", short, "--yes", "--note", "fine")
    assert (result.code, result.out) == (0, f"{approval.tool_execution_id}\n")
    assert decided(conn) == ("approved", getpass.getuser(), "fine", None)
    again = ready("approvals", "approve", str(approval.tool_execution_id), "--yes")
    assert (again.code, "approved before" in again.err) == (0, True)
    other = ready("approvals", "reject", str(approval.tool_execution_id), "--yes")
    assert other.code == 6
    assert "was approved by" in other.error[0]
    assert other.error[2] == "agentpg approvals list"


def test_approve_with_another_input(ready: Cli, approval: Approval, conn: Conn) -> None:
    call = str(approval.tool_execution_id)
    assert ready("approvals", "approve", call, "--yes", "--edit", "[1]").code == 2
    result = ready("approvals", "approve", call, "--yes", "--edit", '{"to": "Bob"}', "--by", "ada")
    assert result.code == 0
    assert decided(conn) == ("approved", "ada", None, {"to": "Bob"})


def test_reject_tells_the_model(ready: Cli, approval: Approval, conn: Conn, client: Client) -> None:
    call = str(approval.tool_execution_id)
    result = ready("approvals", "reject", call, "--yes", "--reason", "not today", "--by", "ada")
    assert result.code == 0
    assert decided(conn) == ("rejected", "ada", "not today", None)
    (made,) = client.get_run_tool_calls(approval.run_id)
    assert made.output == "Not carried out: a person rejected this call. not today"


def test_what_is_not_there_is_said(ready: Cli, approval: Approval) -> None:
    unknown = ready("approvals", "approve", str(UUID(int=7)), "--yes")
    assert unknown.code == 5
    assert ready("approvals", "approve", "ffff", "--yes").code == 5
    assert ready("approvals", "approve", "no-id", "--yes").code == 2


def test_a_person_at_a_terminal_is_asked(ready: Cli, approval: Approval, conn: Conn) -> None:
    call = str(approval.tool_execution_id)
    terminal = ready.at_terminal("approvals", "approve", call, columns=200)
    terminal.wait_for("Approve this call? [y/N]")
    terminal.type("n\n")
    assert terminal.end() == 6
    assert decided(conn)[0] is None
    terminal = ready.at_terminal("approvals", "approve", call, columns=200)
    terminal.wait_for("[y/N]")
    terminal.type("y\n")
    assert terminal.end() == 0
    assert decided(conn)[0] == "approved"


def test_doctor_sees_what_waits_for_long(ready: Cli, approval: Approval, clock: Clock) -> None:
    def finding() -> dict[str, Any]:
        checks = json.loads(ready("doctor", "-o", "json").out)["checks"]
        (found,) = [check for check in checks if check["check"] == "approvals"]
        return dict(found)

    assert finding()["verdict"] == "OK"
    clock.advance(7200)
    found = finding()
    assert (found["verdict"], found["fix"]) == ("WARN", "agentpg approvals list")
