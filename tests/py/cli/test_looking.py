"""Lists, pages, ids, and the shapes of their JSON."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import psycopg
import pytest
from agentpg import Agent, Client
from agentpg_executor.cli.exit_codes import ExitCode
from psycopg.types.json import Jsonb

from .conftest import MODEL, Cli

pytestmark = pytest.mark.timeout(180)  # each command is a process of its own

Conn = psycopg.Connection[dict[str, Any]]


@pytest.fixture
def ready(cli: Cli, database: str, helper: Agent) -> Cli:
    cli.use(database)
    return cli


@pytest.fixture
def runs(client: Client, helper: Agent) -> list[UUID]:
    """Three runs, oldest first: one cancelled, two pending."""
    session = client.new_session(metadata={"tenant_id": "acme"})
    made = [client.run_fast(session, helper.id, f"prompt {number}") for number in range(3)]
    client.cancel_run(made[0], reason="not wanted")
    return made


def test_runs_as_json_have_a_version_and_typed_values(ready: Cli, runs: list[UUID]) -> None:
    result = ready("runs", "list", "-o", "json", "--limit", "2")
    listed = json.loads(result.out)
    assert listed["schema"] == 1
    assert [run["id"] for run in listed["runs"]] == [str(runs[2]), str(runs[1])]
    assert listed["next_before"] == str(runs[1])
    first = listed["runs"][0]
    assert first["state"] == "pending"
    assert first["agent_name"] == "helper"
    assert first["usage"] == {
        "input_tokens": 0, "output_tokens": 0, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0,
    }  # fmt: skip
    assert first["metadata"] == {"tenant_id": "acme"}
    assert f"--limit 2 --before {runs[1]}" in result.err


def test_the_hint_leads_to_the_next_page(ready: Cli, runs: list[UUID]) -> None:
    page = ready("runs", "list", "-o", "jsonl", "--limit", "2", "--before", str(runs[1]))
    assert [json.loads(line)["id"] for line in page.out.splitlines()] == [str(runs[0])]
    assert "more:" not in page.err


def test_runs_are_filtered(ready: Cli, runs: list[UUID]) -> None:
    def ids(*words: str) -> list[str]:
        return [
            json.loads(line)["id"] for line in ready("runs", "list", "-o", "jsonl", *words).out.splitlines()
        ]

    assert ids("--state", "cancelled") == [str(runs[0])]
    assert ids("--agent", "helper", "--state", "pending") == [str(runs[2]), str(runs[1])]
    assert ready("runs", "list", "--agent", "nobody").code == ExitCode.NOT_FOUND


def test_the_table_shows_ids_that_can_be_used(ready: Cli, runs: list[UUID]) -> None:
    result = ready("runs", "list")
    lines = result.out.splitlines()
    assert lines[0].split() == ["run", "state", "agent", "tokens", "cost", "created", "prompt"]
    assert len(lines) == 4
    for line, run_id in zip(lines[1:], reversed(runs), strict=True):
        short = line.split()[0]
        shown = json.loads(ready("runs", "show", short, "-o", "json").out)
        assert shown["run"]["id"] == str(run_id)


def test_an_id_with_two_meanings_is_refused(ready: Cli, runs: list[UUID]) -> None:
    texts = [str(run_id) for run_id in runs]
    common = next(n for n in range(36) if len({text[: n + 1] for text in texts}) > 1)
    result = ready("runs", "show", texts[0][:common])
    assert result.code == ExitCode.CONFLICT
    assert texts[2] in result.error[1]
    assert ready("runs", "show", "not-an-id").code == ExitCode.USAGE


def test_show_tells_the_whole_story(ready: Cli, runs: list[UUID]) -> None:
    shown = ready("runs", "show", str(runs[0]))
    assert shown.out.startswith("cancelled\n")
    assert "prompt 0" in shown.out
    assert "timeline" in shown.out
    assert "not wanted" in shown.out
    as_json = json.loads(ready("runs", "show", str(runs[1]), "-o", "json").out)
    assert sorted(as_json) == ["run", "schema", "timeline", "tool_calls", "waiting"]
    assert as_json["waiting"]["reason"] == "no_executor"
    assert as_json["timeline"][0]["event"] == "created"
    assert as_json["timeline"][0]["elapsed_seconds"] == 0
    assert "waiting no_executor" in ready("runs", "show", str(runs[1])).out


def test_cancel_prints_what_it_cancelled(ready: Cli, runs: list[UUID], client: Client) -> None:
    result = ready("runs", "cancel", str(runs[1]), str(runs[2]), "--reason", "enough")
    assert result.code == 0
    assert result.out.split() == [str(runs[1]), str(runs[2])]
    assert client.get_run(runs[2]).state == "cancelled"


def test_an_empty_list_names_the_next_command(ready: Cli) -> None:
    result = ready("runs", "list")
    assert (result.code, result.out) == (0, "")
    assert "agentpg run AGENT" in result.err
    assert json.loads(ready("runs", "list", "-o", "json").out) == {
        "schema": 1,
        "runs": [],
        "next_before": None,
    }


def test_agents_are_created_shown_and_listed(ready: Cli, client: Client, conn: Conn) -> None:
    schema = {"type": "object", "properties": {}}
    conn.execute(
        "select agentpg.register_tools(null, %s)", (Jsonb([{"name": "look", "input_schema": schema}]),)
    )
    (ready.folder / "system.txt").write_text("Be brief.\n")
    made = ready(
        "agents", "create", "guide", "--model", MODEL, "--system", "@system.txt", "--tool", "look",
        "--metadata", '{"tenant_id": "acme"}', "--max-tokens", "77",
    )  # fmt: skip
    assert made.code == 0, made.err
    agent = client.get_agent(UUID(made.out.strip()))
    assert (agent.system_prompt, agent.tools, agent.max_tokens) == ("Be brief.\n", ("look",), 77)
    shown = json.loads(ready("agents", "show", "guide", "-o", "json").out)
    assert shown["agent"]["metadata"] == {"tenant_id": "acme"}
    assert "Be brief." in ready("agents", "show", str(agent.id)[:18]).out
    listed = json.loads(ready("agents", "list", "-o", "json").out)
    assert sorted(one["name"] for one in listed["agents"]) == ["guide", "helper"]
    found = ready("agents", "list", "-o", "jsonl", "--metadata", '{"tenant_id": "acme"}').out
    assert [json.loads(line)["name"] for line in found.splitlines()] == ["guide"]
    again = ready("agents", "create", "helper", "--model", MODEL, "--if-missing")
    assert again.code == 0
    assert again.out.strip() == str(client.get_agent_by_name("helper").id)


def test_bad_json_is_a_usage_error(ready: Cli) -> None:
    for value in ("{", "[1]"):
        assert ready("agents", "list", "--metadata", value).code == ExitCode.USAGE


def test_two_agents_of_one_name_are_told_apart_by_id(ready: Cli, client: Client) -> None:
    made = [client.create_agent("twin", model=MODEL, metadata={"tenant_id": tenant}) for tenant in "ab"]
    result = ready("agents", "show", "twin")
    assert result.code == ExitCode.CONFLICT
    assert all(str(agent.id) in result.error[1] for agent in made)


def test_a_session_is_read_like_a_conversation(ready: Cli, client: Client, runs: list[UUID]) -> None:
    session = str(client.get_run(runs[0]).session_id)
    shown = ready("sessions", "show", session[:20])
    assert shown.code == 0, shown.err
    assert '"tenant_id": "acme"' in shown.out
    as_json = json.loads(ready("sessions", "show", session, "-o", "json").out)
    assert as_json["session"]["id"] == session
    listed = json.loads(ready("sessions", "list", "-o", "json").out)
    assert [one["id"] for one in listed["sessions"]] == [session]


def test_prices_can_be_listed_and_updated(ready: Cli) -> None:
    price = {"effective_on": "2026-01-01", "input_usd": 3, "output_usd": 9, "cache_read_usd": 0.3}
    given = json.dumps([{"id": "house-model", "prices": [price]}])
    assert ready("models", "update", "--file", "-", stdin=given).code == 0
    models = json.loads(ready("models", "list", "-o", "json").out)["models"]
    assert next(model["input_usd"] for model in models if model["id"] == "house-model") == 3
    assert ready("models", "update", "--file", "-", stdin="{").code == ExitCode.USAGE
    assert ready("models", "update", "--file", "-", stdin='[{"id": null}]').code == ExitCode.USAGE


def test_hostile_text_steers_no_terminal(ready: Cli, client: Client, helper: Agent) -> None:
    evil = "\x1b]0;owned\x07\x1b[2Jhi\u202edrow"
    run_id = client.run_fast(client.new_session(), helper.id, evil)
    for words in (("runs", "list"), ("runs", "show", str(run_id))):
        terminal = ready.at_terminal(*words, env={"NO_COLOR": "1"})
        assert terminal.end() == 0
        assert "\x1b" not in terminal.raw
        assert "\u202e" not in terminal.raw
        assert "hi" in terminal.raw
