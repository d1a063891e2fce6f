"""`agentpg dev`: everything one needs to develop, and nothing left when it ends but the data."""

from __future__ import annotations

import os
import re
import signal

import psycopg
import pytest
from agentpg import Client
from agentpg_executor.cli.exit_codes import ExitCode

from .conftest import MODEL, Cli, Started, WriteTools

pytestmark = pytest.mark.timeout(180)  # each command is a process of its own

GREET = """
@tool
def greet(name: str) -> str:
    "A greeting."
    return f"Hello, {name}"
"""


def url_of(running: Started) -> str:
    line = running.wait_for("DATABASE_URL", stream="out")
    found = re.fullmatch(r"export DATABASE_URL='(\S+)'\n", line)
    assert found is not None, line
    return found[1]


def test_it_serves_runs_with_a_fake_claude_and_keeps_the_data(cli: Cli) -> None:
    running = cli.start("dev")
    url = url_of(running)
    running.wait_for("FAKE Claude")
    running.wait_for("executor")
    with Client(url) as client:
        agent = client.create_agent("helper", model=MODEL)
        response = client.run_fast_sync(client.new_session(), agent.id, "hello", timeout=20)
        assert response.text == "You said: hello"
    running.signal(signal.SIGINT)
    assert running.end().code == 0
    assert cli.left_behind() == []

    again = cli.start("dev")
    assert url_of(again) == url, "the same address as before, so that it can be kept in a file"
    with psycopg.connect(url) as conn:
        assert conn.execute("select state::text from agentpg.run_details").fetchall() == [("completed",)]
    again.signal(signal.SIGTERM)
    assert again.end().code == ExitCode.TERMINATED
    assert cli.left_behind() == []


def test_reload_follows_the_files_of_the_tools_through_a_mistake(cli: Cli, write_tools: WriteTools) -> None:
    module = write_tools(GREET)
    running = cli.start("dev", "--tools", module, "--reload")
    assert "tools: greet" in running.wait_for("tools: ")
    write_tools(GREET + "\nx = (")
    running.wait_for("changed: house_tools.py")
    running.wait_for("SyntaxError")
    running.wait_for("starts again when a file changes")
    write_tools(GREET + GREET.replace("greet", "wave"))
    assert "tools: greet, wave" in running.wait_for("tools: ")
    running.signal(signal.SIGINT)
    assert running.end().code == 0
    assert cli.left_behind() == []


def test_without_reload_a_mistake_in_the_tools_ends_it(cli: Cli, write_tools: WriteTools) -> None:
    running = cli.start("dev", "--tools", write_tools("x = ("))
    result = running.end()
    assert result.code == ExitCode.USAGE
    assert "SyntaxError" in result.err
    assert cli.left_behind() == []


def test_killed_outright_it_takes_executor_and_server_along(cli: Cli) -> None:
    running = cli.start("dev")
    url_of(running)
    running.wait_for("executor")
    os.kill(running.process.pid, signal.SIGKILL)
    running.end()
    cli.wait_until_gone()


def test_a_folder_in_use_is_refused(cli: Cli) -> None:
    running = cli.start("dev")
    url_of(running)
    result = cli("dev")
    assert result.code == ExitCode.NOT_READY
    assert "in use" in result.error[0]
