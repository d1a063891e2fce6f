"""examples/foreign_executor: an executor in bash, with psql and curl, works real runs."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from agentpg import Client, Response
from agentpg_executor.testing import FakeClaude, Gate, call, fault, held, reply, text
from fixtures.databases import Database

Connection = psycopg.Connection[dict[str, Any]]
TOOLS = ["count_words", "list_folder"]


@pytest.fixture
def programs(database: Database) -> str:
    """A PATH with psql and curl; without one of them the test is not run, and listed as such."""
    path = os.pathsep.join([os.environ.get("PATH", "/usr/bin:/bin"), str(database.server.bin_dir)])
    for program in ("bash", "psql", "curl"):
        if shutil.which(program, path=path) is None:
            pytest.skip(f"the program {program} is not installed")
    return path


@pytest.fixture
def executor(
    root: Path, database: Database, conn: Connection, fake_claude: FakeClaude, programs: str
) -> Iterator[subprocess.Popen[bytes]]:
    """The example as a process of its own, once its tools are registered."""
    conn.execute("select agentpg.configure(%s)", ['{"heartbeat_interval": "0.2 s", "lease_ttl": "2 s"}'])
    environment = {**os.environ, **fake_claude.environment, "DATABASE_URL": database.dsn, "PATH": programs}
    script = root / "examples" / "foreign_executor" / "executor.sh"
    with subprocess.Popen([script], env=environment, stdin=subprocess.DEVNULL) as process:
        try:
            until(lambda: count(conn, "instance_tools") == len(TOOLS), process)
            yield process
        finally:
            process.terminate()
            process.wait(10)


def until(ready: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 20
    while not ready():
        assert process.poll() is None, "the executor ended"
        assert time.monotonic() < deadline, "not reached within 20 s"
        time.sleep(0.02)


def count(conn: Connection, table: str) -> int:
    row = conn.execute(f"select count(*) as n from agentpg.{table}".encode()).fetchone()
    assert row is not None
    return int(row["n"])


def ask(database: Database, prompt: str) -> Response:
    with Client(database.dsn) as client:
        agent = client.get_or_create_agent("clerk", model="claude-haiku-5-5", tools=TOOLS)
        return client.run_fast_sync(client.new_session(), agent.id, prompt, timeout=30)


@pytest.mark.usefixtures("executor")
def test_it_runs_tools_and_answers(database: Database, fake_claude: FakeClaude, tmp_path: Path) -> None:
    (tmp_path / "a file").touch()
    awkward = "one 'two'\tthree\nfo\\ur $(five) \"üñí\""
    fake_claude.script(
        [
            reply(
                text("Let me see."),
                call("count_words", text=awkward),
                call("list_folder", path=str(tmp_path)),
            ),
            "Six words and a file.",
        ]
    )
    response = ask(database, "What's\tthere?\n")
    assert response.text == "Six words and a file."
    assert [(tool.name, tool.output, tool.is_error) for tool in response.tool_calls] == [
        ("count_words", "6", False),
        ("list_folder", "a file", False),
    ]
    assert [entry.status for entry in fake_claude.journal.messages] == [200, 200]


@pytest.mark.usefixtures("executor")
def test_a_tool_that_fails_is_tried_again_and_then_told_to_the_model(
    database: Database, fake_claude: FakeClaude, tmp_path: Path
) -> None:
    fake_claude.script([call("list_folder", path=str(tmp_path / "none")), "There is no such folder."])
    response = ask(database, "What is there?")
    (tool,) = response.tool_calls
    assert (tool.is_error, tool.attempt) == (True, 2)
    assert "No such file" in (tool.output or "")
    assert response.text == "There is no such folder."


@pytest.mark.usefixtures("executor")
def test_an_overloaded_api_is_asked_again(
    database: Database, fake_claude: FakeClaude, conn: Connection
) -> None:
    fake_claude.script([fault(529, retry_after=0), "Back again."])
    response = ask(database, "Are you there?")
    assert response.text == "Back again."
    failed = conn.execute("select * from agentpg.failed_attempts").fetchall()
    assert [(row["kind"], row["error_type"], row["details"]["status"]) for row in failed] == [
        ("model", "http_529", 529)
    ]


def test_its_heartbeat_keeps_a_slow_model_call(
    database: Database, fake_claude: FakeClaude, conn: Connection, executor: subprocess.Popen[bytes]
) -> None:
    gate = Gate()
    fake_claude.script([held(text("At last."), gate)])
    with Client(database.dsn) as client:
        agent = client.create_agent("slow", model="claude-haiku-5-5")
        run_id = client.run_fast(client.new_session(), agent.id, "Think.")
        lapsed = "select from agentpg.runs where lease_expires_at > claimed_at + interval '3 s'"
        until(lambda: conn.execute(lapsed.encode()).fetchone() is not None, executor)
        gate.open()
        assert client.wait_for_run(run_id, timeout=20).text == "At last."
        assert client.get_run(run_id).rescue_attempts == 0
    assert count(conn, "failed_attempts") == 0


def test_it_leaves_when_it_is_told_to(conn: Connection, executor: subprocess.Popen[bytes]) -> None:
    assert count(conn, "instances") == 1
    executor.terminate()
    assert executor.wait(10) == 0
    assert count(conn, "instances") == 0
