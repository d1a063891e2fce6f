"""`agentpg run`: streamed at a terminal, the answer alone elsewhere, here or by the fleet."""

from __future__ import annotations

import json
import re
import signal
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from agentpg import Agent, Client
from agentpg_executor.cli.exit_codes import ExitCode
from agentpg_executor.testing import FakeClaude, Gate, call, fault, held, refusal, reply, text
from psycopg.types.json import Jsonb

from .conftest import MODEL, Cli, WriteTools

pytestmark = pytest.mark.timeout(180)  # each command is a process of its own

Conn = psycopg.Connection[dict[str, Any]]
DOUBLE = """
@tool
def double(number: int) -> int:
    "Twice the number."
    return 2 * number
"""


@pytest.fixture
def ready(cli: Cli, database: str, fake_claude: FakeClaude, helper: Agent) -> Cli:
    cli.use(database)
    cli.use_claude(fake_claude)
    return cli


def test_into_a_pipe_goes_the_answer_alone(ready: Cli) -> None:
    result = ready("run", "helper", "hello")
    assert result.out == "You said: hello\n"
    assert "completed: " in result.err
    assert re.search(r"go on: agentpg run helper --session [0-9a-f-]{36}", result.err)


def test_what_comes_in_by_stdin_is_added_to_the_prompt(ready: Cli) -> None:
    result = ready("run", "helper", "sum this up:", stdin="a long text\n")
    assert result.out == "You said: sum this up:\n\na long text\n", result.err
    assert ready("run", "helper", stdin="only this").out == "You said: only this\n"
    assert ready("run", "helper", stdin=" \n").code == ExitCode.USAGE


def test_json_has_everything_a_script_wants(ready: Cli) -> None:
    result = ready("run", "helper", "hello", "-o", "json")
    answer = json.loads(result.out)
    assert answer["schema"] == 1
    assert (answer["state"], answer["text"], answer["stop_reason"]) == (
        "completed",
        "You said: hello",
        "end_turn",
    )
    assert answer["usage"]["output_tokens"] > 0
    assert answer["cost_usd"] > 0
    assert answer["tool_calls"] == []
    assert UUID(answer["run_id"])


def test_json_of_a_failed_run_is_there_too(ready: Cli, fake_claude: FakeClaude) -> None:
    fake_claude.script([fault(400, message="no such thing")])
    result = ready("run", "helper", "hello", "-o", "json")
    assert result.code == ExitCode.RUN_FAILED
    assert json.loads(result.out)["state"] == "failed"


def test_a_session_goes_on(ready: Cli, fake_claude: FakeClaude) -> None:
    first = json.loads(ready("run", "helper", "one", "-o", "json").out)
    second = json.loads(
        ready("run", "helper", "two", "-o", "json", "--session", first["session_id"][:18]).out
    )
    assert second["session_id"] == first["session_id"]
    request = fake_claude.journal[-1].body
    assert [message["role"] for message in request["messages"]] == ["user", "assistant", "user"]


def test_model_and_system_of_one_run(
    ready: Cli, fake_claude: FakeClaude, client: Client, helper: Agent
) -> None:
    result = ready("run", "helper", "hello", "--model", "claude-sonnet-5-5", "--system", "Be a pirate.")
    assert result.code == 0, result.err
    request = fake_claude.journal[-1].body
    assert request["model"] == "claude-sonnet-5-5"
    assert "Be a pirate." in json.dumps(request["system"])
    assert client.get_agent(helper.id).model == MODEL


def test_tools_of_a_module_run_here(
    ready: Cli, fake_claude: FakeClaude, client: Client, write_tools: WriteTools, conn: Conn
) -> None:
    module = write_tools(DOUBLE)
    schema = {"type": "object", "properties": {}}
    conn.execute(
        "select agentpg.register_tools(null, %s)", (Jsonb([{"name": "double", "input_schema": schema}]),)
    )
    client.create_agent("counter", model=MODEL, tools=["double"])
    fake_claude.script([reply("Let me count.", call("double", number=21)), text("It is 42.")])
    result = ready("run", "counter", "twice 21?", "--tools", module)
    assert result.code == 0, result.err
    assert result.out == "It is 42.\n"
    assert "double(number=21)" in result.err
    assert re.search(r"✓ double \d+ ms: 42", result.err)


def test_at_a_terminal_the_text_streams(ready: Cli, fake_claude: FakeClaude) -> None:
    with Gate() as gate:
        fake_claude.script([held(text("first words, and some that come later"), gate, after=3)])
        terminal = ready.at_terminal("run", "helper", "hello")
        gate.wait_reached_sync()
        terminal.wait_for("first words")
        assert "come later" not in terminal.text
    assert terminal.end() == 0
    assert terminal.text.count("first words") == 1


def test_a_refusal_is_said(ready: Cli, fake_claude: FakeClaude) -> None:
    fake_claude.script([refusal("I would rather")])
    result = ready("run", "helper", "hello")
    assert "declined" in result.err or "refusal" in result.err


def test_detach_prints_the_id_and_does_not_wait(ready: Cli, client: Client) -> None:
    result = ready("run", "helper", "later", "--detach")
    assert result.code == 0
    assert client.get_run(UUID(result.out.strip())).state == "pending"


def test_without_a_key_it_waits_for_the_fleet_and_says_why(
    cli: Cli, database: str, helper: Agent, client: Client
) -> None:
    cli.use(database)
    running = cli.start("run", "helper", "hello")
    # A pipe without a terminal is no reason to be silent about a run that nobody takes.
    line = running.wait_for("waiting: ")
    assert "no live executor" in line
    running.signal(signal.SIGINT)
    assert running.end().code == ExitCode.INTERRUPTED
    (run,) = client.list_runs()
    assert run.state == "pending"


def test_the_fleet_answers_a_run_without_a_key(
    cli: Cli, database: str, helper: Agent, fake_claude: FakeClaude
) -> None:
    cli.use(database)
    worker = cli.start("worker", env=fake_claude.environment)
    worker.wait_for("started")
    result = cli("run", "helper", "hello")
    assert (result.code, result.out) == (0, "You said: hello\n")


def test_an_executor_for_one_run_leaves_the_others_alone(ready: Cli, client: Client, helper: Agent) -> None:
    other = client.run_fast(client.new_session(), helper.id, "somebody else's")
    assert ready("run", "helper", "mine").code == 0
    assert client.get_run(other).state == "pending"


def test_with_a_schema_the_answer_is_json_or_the_exit_code_says_so(
    ready: Cli, fake_claude: FakeClaude, tmp_path: Path
) -> None:
    schema = tmp_path / "city.json"
    schema.write_text('{"type": "object", "properties": {"city": {"type": "string"}}}')
    fake_claude.script(['{"city": "Rome"}', "No.", "No.", "No."])
    result = ready("run", "helper", "where?", "--schema", str(schema))
    assert (result.out, result.code) == ('{"city": "Rome"}\n', ExitCode.DONE)
    format = fake_claude.journal.messages[-1].body["output_config"]["format"]
    assert format["schema"]["additionalProperties"] is False
    result = ready("run", "helper", "where?", "--schema", str(schema))
    assert result.code == ExitCode.RUN_FAILED
    assert "the answer is not JSON" in result.err
    schema.write_text('{"type": "object"}')
    refused = ready("run", "helper", "where?", "--schema", str(schema))
    assert refused.code == ExitCode.USAGE
    assert "output_schema" in refused.err
    assert ready("run", "helper", "where?", "--schema", str(tmp_path / "none")).code == ExitCode.USAGE
