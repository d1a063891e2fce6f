"""Agents that delegate, on the command line."""

from __future__ import annotations

import json
from uuid import UUID

import pytest
from agentpg import Agent, Client
from agentpg_executor.cli.exit_codes import ExitCode
from agentpg_executor.testing import FakeClaude, FakeRequest, Turn, call, reply, text

from .conftest import MODEL, Cli

pytestmark = pytest.mark.timeout(180)  # each command is a process of its own


def turn(request: FakeRequest) -> Turn:
    if request.tools and request.position == 0:
        return reply(*(call(name, task=f"task {place}") for place, name in enumerate(request.tools)))
    if request.tools:
        return text(" ".join(sorted(result.text for result in request.tool_results)))
    return text(f"Done: {request.prompt}.")


@pytest.fixture
def ready(cli: Cli, database: str, fake_claude: FakeClaude, helper: Agent) -> Cli:
    cli.use(database)
    cli.use_claude(fake_claude)
    fake_claude.script([turn], match=lambda _: True, repeat=True)
    return cli


@pytest.fixture
def lead(client: Client, helper: Agent) -> Agent:
    return client.create_agent("lead", model=MODEL, agents=[helper])


def test_an_agent_is_given_its_delegates_by_name_or_id(
    ready: Cli, client: Client, helper: Agent, lead: Agent
):
    made = ready(
        "agents", "create", "manager", "--model", MODEL, "--delegate", "lead", "--delegate", str(helper.id)
    )
    assert client.get_agent(made.out.strip()).agent_ids == (lead.id, helper.id), made.err
    listed = {line.split()[1]: line for line in ready("agents", "list").out.splitlines()}
    assert listed["manager"].endswith("lead, helper")
    assert f"lead ({lead.id})" in ready("agents", "show", "manager").out
    assert ready("agents", "create", "x", "--model", MODEL, "--delegate", "nobody").code == ExitCode.NOT_FOUND


def test_a_run_with_delegates_is_served_by_the_command_and_shown_as_a_tree(
    ready: Cli, client: Client, helper: Agent, lead: Agent
):
    client.create_agent("manager", model=MODEL, agents=[lead, helper])
    ran = ready("run", "manager", "all of it", "-o", "json")
    answer = json.loads(ran.out)
    assert answer["text"] == "Done: task 0. Done: task 1.", ran.err
    shown = ready("runs", "tree", answer["run_id"])
    lines = shown.out.splitlines()
    assert [line[:12].rstrip() for line in lines[1:5]] == ["manager", "├─ lead", "│  └─ helper", "└─ helper"]
    assert lines[-1].startswith("4 runs: "), shown.out
    nodes = json.loads(ready("runs", "tree", answer["run_id"], "-o", "json").out)["runs"]
    assert [node["path"] for node in nodes] == ["1", "1.1", "1.1.1", "1.2"]
    assert nodes[0]["total_runs"] == 4
    page = ready("runs", "show", answer["run_id"])
    assert f"run {nodes[1]['run_id']}" in page.out
    assert f"agentpg runs tree {UUID(answer['run_id'])}" in page.err
    assert ready("runs", "tree", "01010101-0101-7101-8101-010101010101").code == ExitCode.NOT_FOUND
