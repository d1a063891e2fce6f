"""`agentpg tail` follows a run that somebody else works on."""

from __future__ import annotations

import json
import uuid

import pytest
from agentpg import Agent, Client
from agentpg_executor.cli.exit_codes import ExitCode
from agentpg_executor.testing import FakeClaude

from .conftest import Cli

pytestmark = pytest.mark.timeout(180)  # each command is a process of its own


@pytest.fixture
def ready(cli: Cli, database: str, helper: Agent, fake_claude: FakeClaude) -> Cli:
    cli.use(database)
    cli.use_claude(fake_claude)
    return cli


def test_a_run_is_followed_to_its_end_and_from_a_cursor_on(
    ready: Cli, client: Client, helper: Agent, fake_claude: FakeClaude
) -> None:
    fake_claude.script(["Hello from elsewhere."])
    run_id = json.loads(ready("run", helper.name, "hello", "-o", "json").out)["run_id"]
    followed = ready("tail", run_id)
    assert (followed.code, followed.out) == (ExitCode.DONE, "Hello from elsewhere.\n")
    assert "completed (end_turn)" in followed.err
    lines = [json.loads(line) for line in ready("tail", run_id[:18], "--json").out.splitlines()]
    assert lines[-1]["kind"] == "run_ended"
    assert lines[-1]["text"] == "Hello from elsewhere."
    assert [line["seq"] for line in lines] == list(range(1, len(lines) + 1))
    after = ready("tail", run_id, "--json", "--after", str(lines[-2]["seq"]))
    assert [json.loads(line) for line in after.out.splitlines()] == lines[-1:]


def test_the_exit_code_says_how_the_run_ended(ready: Cli, client: Client, helper: Agent) -> None:
    run_id = client.run_fast(client.new_session(), helper.id, "hello")
    client.cancel_run(run_id)
    assert ready("tail", str(run_id)).code == ExitCode.RUN_FAILED
    assert ready("tail", str(uuid.uuid4())).code == ExitCode.NOT_FOUND
