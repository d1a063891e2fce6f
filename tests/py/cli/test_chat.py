"""`agentpg chat`: one session, line by line, at a terminal and from a script."""

from __future__ import annotations

import pytest
from agentpg import Agent, Client
from agentpg_executor.testing import FakeClaude, Gate, fault, held, text

from .conftest import Cli

pytestmark = pytest.mark.timeout(180)  # each command is a process of its own


@pytest.fixture
def ready(cli: Cli, database: str, fake_claude: FakeClaude, helper: Agent) -> Cli:
    cli.use(database)
    cli.use_claude(fake_claude)
    return cli


def test_lines_of_a_script_are_one_conversation(ready: Cli, client: Client) -> None:
    result = ready("chat", "helper", stdin="one\n\ntwo\n/cost\n/tools\n/bogus\n/exit\nnever said\n")
    assert result.code == 0, result.err
    lines = result.out.splitlines()
    assert lines[:2] == ["You said: one", "You said: two"]
    assert "tokens, $0.00" in lines[2]
    assert lines[3] == "this agent has no tools"
    assert "no command /bogus" in result.err
    runs = client.list_runs()
    assert len(runs) == 2
    assert len({run.session_id for run in runs}) == 1
    assert f"agentpg chat helper --session {runs[0].session_id}" in result.err


def test_new_begins_another_session_and_the_end_of_input_leaves(ready: Cli, client: Client) -> None:
    result = ready("chat", "helper", stdin="one\n/new\ntwo")
    assert result.code == 0, result.err
    assert len({run.session_id for run in client.list_runs()}) == 2


def test_a_failed_answer_does_not_end_the_chat(ready: Cli, fake_claude: FakeClaude) -> None:
    fake_claude.script([fault(400, message="no such thing"), text("Here again.")])
    result = ready("chat", "helper", stdin="one\ntwo\n")
    assert result.code == 0
    assert "no such thing" in result.err
    assert result.out == "Here again.\n"


def test_at_a_terminal_ctrl_c_stops_the_answer_and_ctrl_d_leaves(
    ready: Cli, fake_claude: FakeClaude, client: Client
) -> None:
    terminal = ready.at_terminal("chat", "helper", env={"NO_COLOR": "1"})
    terminal.wait_for("> ")
    with Gate() as gate:
        fake_claude.script([held(text("a very long answer"), gate), text("Hello again.")])
        terminal.type("tell me all\n")
        gate.wait_reached_sync()
        terminal.type("\x03")
        terminal.wait_for("stopped")
    terminal.type("hello\n")
    terminal.wait_for("Hello again.")
    terminal.wait_for("\n> ")
    terminal.type("\x04")
    assert terminal.end() == 0, terminal.text
    assert [run.state for run in client.list_runs()] == ["completed", "cancelled"]
    assert ready.left_behind() == []


def test_at_a_terminal_a_line_typed_meanwhile_interrupts_if_it_is_told_to(
    ready: Cli, fake_claude: FakeClaude, client: Client
) -> None:
    terminal = ready.at_terminal("chat", "helper", "--on-busy", "interrupt", env={"NO_COLOR": "1"})
    terminal.wait_for("> ")
    with Gate() as gate:
        fake_claude.script([held(text("a very long answer"), gate), text("Short.")])
        terminal.type("tell me all\n")
        gate.wait_reached_sync()
        terminal.type("be brief\n")
        terminal.wait_for("Short.")
    terminal.wait_for("\n> ")
    terminal.type("\x04")
    assert terminal.end() == 0, terminal.text
    runs = client.list_runs()
    assert [(run.prompt, run.state) for run in runs] == [
        ("be brief", "completed"),
        ("tell me all", "cancelled"),
    ]
    assert runs[1].error_message == "interrupted"
    assert client.get_session(runs[0].session_id).on_busy == "interrupt"


def test_at_a_terminal_a_line_typed_meanwhile_is_refused_if_it_is_told_to(
    ready: Cli, fake_claude: FakeClaude, client: Client
) -> None:
    terminal = ready.at_terminal("chat", "helper", "--on-busy", "reject", env={"NO_COLOR": "1"})
    terminal.wait_for("> ")
    with Gate() as gate:
        fake_claude.script([held(text("A long answer."), gate)])
        terminal.type("tell me all\n")
        gate.wait_reached_sync()
        terminal.type("be brief\n")
        terminal.wait_for("busy")
    terminal.wait_for("A long answer.")
    terminal.wait_for("\n> ")
    terminal.type("\x04")
    assert terminal.end() == 0, terminal.text
    assert [run.state for run in client.list_runs()] == ["completed"]


def test_a_session_that_somebody_else_keeps_busy_is_said_and_the_chat_goes_on(
    ready: Cli, client: Client, helper: Agent
) -> None:
    session = client.new_session(on_busy="reject")
    other = client.run_fast(session, helper.id, "mine")
    result = ready("chat", "helper", "--session", str(session), stdin="one\n")
    assert result.code == 0
    assert f"run {other} is pending" in result.err
    assert len(client.list_runs()) == 1
