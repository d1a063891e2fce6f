"""Each exit code, from a command that deserves it."""

from __future__ import annotations

import signal
from typing import Any

import psycopg
import pytest
from agentpg import Agent, Client
from agentpg_executor.cli.exit_codes import ExitCode
from agentpg_executor.testing import FakeClaude, Gate, fault, held, max_tokens_cut, text
from psycopg import sql

from .conftest import MODEL, Cli

pytestmark = pytest.mark.timeout(180)  # each command is a process of its own

UNKNOWN = "01a00000-0000-7000-8000-000000000000"
Conn = psycopg.Connection[dict[str, Any]]


@pytest.fixture
def ready(cli: Cli, database: str, fake_claude: FakeClaude, helper: Agent) -> Cli:
    """A database with an agent, and a Claude to call."""
    cli.use(database)
    cli.use_claude(fake_claude)
    return cli


def test_a_run_that_completes_is_done(ready: Cli) -> None:
    result = ready("run", "helper", "hello")
    assert (result.code, result.out) == (ExitCode.DONE, "You said: hello\n")


def test_a_run_that_fails(ready: Cli, fake_claude: FakeClaude) -> None:
    fake_claude.script([fault(400, message="no such thing")])
    result = ready("run", "helper", "hello")
    assert result.code == ExitCode.RUN_FAILED
    assert result.out == ""
    assert result.error[0] == "the run failed"
    assert "no such thing" in result.error[1]
    assert result.error[2].startswith("agentpg runs show ")


@pytest.mark.parametrize("words", [("run", "helper", "hello"), ("worker",)], ids=["run", "worker"])
def test_a_key_that_is_refused_parks_nobody(ready: Cli, client: Client, words: tuple[str, ...]) -> None:
    result = ready(*words, env={"ANTHROPIC_API_KEY": "sk-ant-wrong"})
    assert result.code == ExitCode.AUTH
    assert result.error[0] == "Claude refused the API key"
    assert client.list_runs() == []


def test_a_permission_that_is_refused_parks_until_resumed(ready: Cli, fake_claude: FakeClaude) -> None:
    fake_claude.script([fault(403, message="not this model")])
    result = ready("run", "helper", "hello")
    assert result.code == ExitCode.AUTH
    assert "not this model" in result.error[1]
    assert "agentpg runs resume" in result.error[2]
    sick = ready("doctor")
    assert sick.code == ExitCode.RUN_FAILED
    assert "are parked since" in sick.out
    assert ready("run", "helper", "again").code == ExitCode.AUTH
    assert ready("runs", "resume", "--model", "claude-none").err.startswith("nothing was parked")
    assert ready("runs", "resume").err.startswith("1 queue ")
    assert ready("run", "helper", "and again").code == ExitCode.DONE


def test_a_worker_without_a_key(cli: Cli, database: str) -> None:
    result = cli("worker", "--database-url", database)
    assert result.code == ExitCode.AUTH
    assert "--tools-only" in result.error[2]


def test_a_role_without_permission(ready: Cli, database: str, conn: Conn) -> None:
    role = sql.Identifier("cli_stranger")
    conn.execute(sql.SQL("create role {} login").format(role))
    try:
        conn.execute(sql.SQL("grant usage on schema agentpg to {}").format(role))
        conn.execute(sql.SQL("grant execute on function agentpg.schema_version() to {}").format(role))
        result = ready(
            "agents", "list", env={"PGUSER": "cli_stranger", "DATABASE_URL": _as(database, "cli_stranger")}
        )
        assert result.code == ExitCode.AUTH
        assert "permission denied" in result.error[1]
    finally:
        conn.execute(sql.SQL("drop owned by {}").format(role))
        conn.execute(sql.SQL("drop role {}").format(role))


def _as(database: str, role: str) -> str:
    return psycopg.conninfo.make_conninfo(database, user=role)


def test_no_database_at_all(cli: Cli) -> None:
    result = cli("runs", "list")
    assert result.code == ExitCode.NOT_READY
    assert "DATABASE_URL" in result.error[2]


def test_a_database_that_does_not_answer(cli: Cli) -> None:
    result = cli("runs", "list", "--database-url", "postgresql://127.0.0.1:1/nothing")
    assert result.code == ExitCode.NOT_READY
    assert result.error[0] == "the database cannot be reached"


def test_a_database_without_the_schema(cli: Cli, bare_database: str) -> None:
    result = cli("runs", "list", "--database-url", bare_database)
    assert result.code == ExitCode.NOT_READY
    assert result.error[2] == "agentpg migrate"


@pytest.mark.parametrize(
    "words",
    [
        ("runs", "show", UNKNOWN),
        ("runs", "show", "01a0"),
        ("runs", "cancel", UNKNOWN),
        ("sessions", "show", UNKNOWN),
        ("agents", "show", "nobody"),
        ("agents", "show", UNKNOWN),
        ("run", "nobody", "hello"),
        ("run", "helper", "hello", "--session", UNKNOWN),
    ],
)
def test_what_does_not_exist(ready: Cli, words: tuple[str, ...]) -> None:
    result = ready(*words)
    assert result.code == ExitCode.NOT_FOUND, result.err
    assert result.out == ""
    assert result.error[2].startswith("agentpg ")


def test_an_agent_that_exists_already(ready: Cli) -> None:
    assert ready("agents", "create", "helper", "--model", MODEL).code == ExitCode.CONFLICT


def test_cancelling_what_has_ended(ready: Cli, client: Client, helper: Agent) -> None:
    run_id = client.run_fast(client.new_session(), helper.id, "hello")
    client.cancel_run(run_id)
    result = ready("runs", "cancel", str(run_id))
    assert result.code == ExitCode.CONFLICT
    assert "cancelled" in result.error[1]


def test_a_run_that_waits_for_input(ready: Cli, fake_claude: FakeClaude) -> None:
    fake_claude.script([max_tokens_cut(text("And then"))])
    result = ready("run", "helper", "tell me a story")
    assert result.code == ExitCode.WAITING
    assert result.out == "And then\n"
    assert "max_tokens" in result.error[0]
    assert "runs continue" in result.error[2]


def test_a_timeout_leaves_the_run_in_the_database(ready: Cli, client: Client) -> None:
    result = ready("run", "helper", "hello", "--fleet", "--timeout", "0.2")
    assert result.code == ExitCode.TIMEOUT
    assert result.out == ""
    (run,) = client.list_runs()
    assert run.state == "pending"
    assert result.error[2] == f"agentpg runs show {run.id}"


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGINT, ExitCode.INTERRUPTED), (signal.SIGTERM, ExitCode.TERMINATED)],
    ids=["SIGINT", "SIGTERM"],
)
def test_a_signal_detaches_from_the_run(
    ready: Cli, fake_claude: FakeClaude, client: Client, number: signal.Signals, code: ExitCode
) -> None:
    with Gate() as gate:
        fake_claude.script([held(text("too late"), gate)], repeat=True)
        running = ready.start("run", "helper", "hello")
        gate.wait_reached_sync()
        running.signal(number)
        result = running.end()
    assert result.code == code
    (run,) = client.list_runs()
    assert run.state == "pending"
    if number is signal.SIGINT:
        assert f"agentpg runs show {run.id}" in result.err
    assert ready.left_behind() == []
