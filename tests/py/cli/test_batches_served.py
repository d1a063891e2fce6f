"""Batch mode from the command line alone: a worker, a run, and somebody who watches."""

from __future__ import annotations

import json

import pytest
from agentpg import Agent, Client
from agentpg_executor.testing import FakeClaude, call, fault

from .conftest import MODEL, Cli, WriteTools

pytestmark = pytest.mark.timeout(180)  # each command is a process of its own

DEPTH = """
@tool
def depth(lake: str) -> str:
    "How deep it is."
    return f"{lake}: 120 m"
"""


@pytest.fixture
def quick(cli: Cli, database: str, client: Client, fake_claude: FakeClaude) -> Cli:
    """A fleet and a provider to whom batches are no long work."""
    cli.use(database)
    cli.use_claude(fake_claude)
    client.configure(
        {
            "poll_interval": "200 milliseconds",
            "batch_max_wait": "300 milliseconds",
            "batch_poll_interval": "100 milliseconds",
            "batch_max_poll_interval": "200 milliseconds",
        }
    )
    fake_claude.batches.seconds = 0.5
    return cli


def test_a_run_with_a_tool_takes_two_batches(
    quick: Cli, client: Client, fake_claude: FakeClaude, write_tools: WriteTools
) -> None:
    worker = quick.start("worker", "--tools", write_tools(DEPTH), "--max-batches", "1")
    worker.wait_for("started")
    client.create_agent("diver", model=MODEL, tools=["depth"])
    fake_claude.script([call("depth", lake="Onega"), "120 metres."])
    result = quick("run", "diver", "How deep is Onega?", "--batch", "--timeout", "60")
    assert (result.code, result.out) == (0, "120 metres.\n"), result.err
    (run,) = client.list_runs()
    assert (run.run_mode, run.iteration_count, run.tool_iterations) == ("batch", 2, 1)
    watched = quick("batches", "watch", "--interval", "0.1")
    assert watched.code == 0
    last, first = json.loads(quick("batches", "list", "-o", "json").out)["batches"]
    assert [batch["succeeded"] for batch in (first, last)] == [1, 1]
    assert [batch["state"] for batch in (first, last)] == ["ingested", "ingested"]
    assert run.batch_id is not None
    assert str(run.batch_id) == last["batch_id"]
    assert set(fake_claude.journal.billed().values()) == {1}


def test_what_fails_in_a_batch_is_shown(
    quick: Cli, client: Client, helper: Agent, fake_claude: FakeClaude
) -> None:
    quick.start("worker", "--max-batches", "1").wait_for("started")
    fake_claude.script([fault(400, message="no such parameter")])
    result = quick("run", "helper", "hello", "--batch", "--timeout", "60")
    assert result.code == 1
    assert "no such parameter" in result.error[1]
    (run,) = client.list_runs()
    page = quick("batches", "show", str(run.batch_id)).out
    assert "1 request without an answer" in page
    assert "no such parameter" in page


def test_a_worker_without_batches_serves_none(quick: Cli, client: Client, helper: Agent) -> None:
    quick.start("worker", "--max-batches", "0").wait_for("started")
    run_id = client.run(client.new_session(), helper.id, "hello")
    assert client.why_waiting(run_id).reason == "no_batch_executor"
