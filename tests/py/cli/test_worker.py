"""`agentpg worker`: drains at a signal, logs in two ways, and refuses what cannot be loaded."""

from __future__ import annotations

import json
import signal

import pytest
from agentpg import Agent, Client
from agentpg_executor.cli.exit_codes import ExitCode
from agentpg_executor.testing import FakeClaude, Gate, held, text

from .conftest import Cli, WriteTools

pytestmark = pytest.mark.timeout(180)  # each command is a process of its own

GREET = """
@tool
def greet(name: str) -> str:
    "A greeting."
    return f"Hello, {name}"
"""


@pytest.fixture
def ready(cli: Cli, database: str, fake_claude: FakeClaude, helper: Agent) -> Cli:
    cli.use(database)
    cli.use_claude(fake_claude)
    return cli


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
def test_a_signal_drains(
    ready: Cli, client: Client, helper: Agent, fake_claude: FakeClaude, number: signal.Signals
) -> None:
    worker = ready.start("worker", "--name", "drained", "--grace", "20")
    worker.wait_for("started")
    with Gate() as gate:
        fake_claude.script([held(text("Finished in time."), gate)])
        run_id = client.run_fast(client.new_session(), helper.id, "hello")
        gate.wait_reached_sync()
        worker.signal(number)
        worker.wait_for("draining")
        after = client.run_fast(client.new_session(), helper.id, "too late")
    result = worker.end()
    assert result.code == 0, result.err
    assert result.out == ""
    assert client.get_response(run_id).text == "Finished in time."
    assert client.get_run(after).state == "pending"
    assert ready.left_behind() == []


@pytest.mark.parametrize(
    ("second", "code"),
    [(signal.SIGTERM, ExitCode.TERMINATED), (signal.SIGINT, ExitCode.INTERRUPTED)],
    ids=["SIGTERM", "SIGINT"],
)
def test_a_second_signal_gives_the_work_back_at_once_and_the_exit_code_tells(
    ready: Cli,
    client: Client,
    helper: Agent,
    fake_claude: FakeClaude,
    second: signal.Signals,
    code: ExitCode,
) -> None:
    worker = ready.start("worker", "--grace", "40")
    worker.wait_for("started")
    with Gate() as gate:
        fake_claude.script([held(text("too late"), gate)], repeat=True)
        run_id = client.run_fast(client.new_session(), helper.id, "hello")
        gate.wait_reached_sync()
        worker.signal(signal.SIGTERM)
        worker.wait_for("draining")
        worker.signal(second)
        assert worker.end(within=20).code == code
    run = client.get_run(run_id)
    assert (run.state, run.attempt) == ("pending", 0)


def test_elsewhere_than_at_a_terminal_each_line_is_json(ready: Cli, client: Client, helper: Agent) -> None:
    worker = ready.start("worker")
    assert json.loads(worker.wait_for("started"))["level"] == "info"
    run_id = client.run_fast(client.new_session(), helper.id, "hello")
    answered = json.loads(worker.wait_for("answered"))
    assert answered["run_id"] == str(run_id)
    assert answered["stop_reason"] == "end_turn"
    worker.signal(signal.SIGTERM)
    for line in worker.end().err.splitlines():
        assert {"time", "level", "message"} <= json.loads(line).keys()


def test_at_a_terminal_the_log_is_sentences(ready: Cli, write_tools: WriteTools) -> None:
    terminal = ready.at_terminal("worker", "--tools", write_tools(GREET))
    terminal.wait_for("tools: greet")
    assert '"level"' not in terminal.text
    terminal.type("\x03")
    assert terminal.end() == 0


def test_tools_only_needs_no_key_and_makes_no_calls(
    cli: Cli, database: str, helper: Agent, client: Client, write_tools: WriteTools
) -> None:
    worker = cli.start("worker", "--tools-only", "--tools", write_tools(GREET), "--database-url", database)
    worker.wait_for("started")
    run_id = client.run_fast(client.new_session(), helper.id, "hello")
    worker.signal(signal.SIGTERM)
    assert worker.end().code == 0
    assert client.get_run(run_id).attempt == 0


@pytest.mark.parametrize(
    ("name", "source", "why"),
    [
        ("missing_module", None, "looked in"),
        ("broken", "def (", "SyntaxError"),
        ("raising", "1 / 0", "ZeroDivisionError"),
        ("needs_more", "import a_package_nobody_has", "a_package_nobody_has"),
        ("empty", "x = 1", "no tools"),
    ],
)
def test_tools_that_cannot_be_loaded(
    ready: Cli, write_tools: WriteTools, name: str, source: str | None, why: str
) -> None:
    if source is not None:
        write_tools(source, name)
    result = ready("worker", "--tools", name)
    assert result.code == ExitCode.USAGE
    assert why in result.error[1]


def test_one_tool_of_a_module_can_be_named(ready: Cli, write_tools: WriteTools) -> None:
    module = write_tools(GREET + GREET.replace("greet", "wave"))
    worker = ready.start("worker", "--tools", f"{module}:wave")
    assert "tools: wave" in worker.wait_for("started")
    worker.signal(signal.SIGTERM)
    worker.end()
    assert ready("worker", "--tools", f"{module}:nod").code == ExitCode.USAGE
    assert ready("worker", "--tools", f"{module}.py").error[2] == f"--tools {module}"


def test_a_secret_must_be_an_environment_variable(cli: Cli, database: str, fake_claude: FakeClaude) -> None:
    cli.use(database)
    cli.use_claude(fake_claude)
    result = cli("worker", "--secret", "TICKETS_TOKEN")
    assert result.code == ExitCode.USAGE
    assert "export TICKETS_TOKEN=" in result.err
