"""`agentpg runs continue`, `runs regenerate` and `sessions fork`."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import psycopg
import pytest
from agentpg import Agent, Client, RunState

from .conftest import Cli

pytestmark = pytest.mark.timeout(180)  # each command is a process of its own


@pytest.fixture
def ready(cli: Cli, database: str) -> Cli:
    cli.use(database)
    return cli


class Worker:
    """Answers whatever waits, as an executor would."""

    def __init__(self, database: str) -> None:
        self.conn = psycopg.connect(database, autocommit=True)
        self.conn.execute("set search_path = agentpg_test, public")
        self.conn.execute("select given_instance()")

    def answer(self, said: str, stop_reason: str = "end_turn") -> None:
        self.conn.execute("select answer(reply_text(%s, %s), claim_one())", (said, stop_reason))


@pytest.fixture
def worker(database: str) -> Iterator[Worker]:
    made = Worker(database)
    yield made
    made.conn.close()


def test_a_run_that_waits_for_input_is_continued(
    ready: Cli, client: Client, helper: Agent, worker: Worker
) -> None:
    run_id = client.run_fast(client.new_session(), helper.id, "Count.")
    worker.answer("One, two,", "max_tokens")
    shown = ready("runs", "show", str(run_id))
    assert f"go on: agentpg runs continue {run_id}" in shown.err
    result = ready("runs", "continue", str(run_id)[:18], "And then?", "--max-iterations", "3")
    assert (result.code, result.out.strip()) == (0, str(run_id))
    worker.answer("three.")
    assert client.get_response(run_id).text == "three."
    again = ready("runs", "continue", str(run_id))
    assert again.code == 6
    assert "does not wait for input" in again.error[0]
    assert ready("runs", "continue", str(run_id), "--max-iterations", "0").code == 2


def test_the_last_run_is_regenerated_in_its_place_and_an_earlier_one_on_a_fork(
    ready: Cli, client: Client, helper: Agent, worker: Worker
) -> None:
    session = client.new_session()
    first = client.run_fast(session, helper.id, "One?")
    worker.answer("Bad.")
    result = ready("runs", "regenerate", str(first), "--model", "claude-sonnet-4-5")
    assert result.code == 0, result.err
    second = UUID(result.out.strip())
    assert client.get_run(second).model == "claude-sonnet-4-5"
    assert f"superseded by  {second}" in ready("runs", "show", str(first)).out
    refused = ready("runs", "regenerate", str(first))
    assert refused.code == 6
    assert str(second) in refused.error[0]
    worker.answer("Good.")
    shown = ready("sessions", "show", str(session))
    assert "Good." in shown.out
    assert "Bad." not in shown.out
    assert "Bad." in ready("sessions", "show", str(session), "--superseded").out

    client.run_fast(session, helper.id, "Two?")
    worker.answer("Two.")
    result = ready("runs", "regenerate", str(second))
    third = client.get_run(UUID(result.out.strip()))
    assert third.session_id != session
    assert f"session {third.session_id} is a fork" in result.err
    assert third.state == RunState.PENDING


def test_a_session_is_forked_and_shown_with_its_origin(
    ready: Cli, client: Client, helper: Agent, worker: Worker
) -> None:
    session = client.new_session(metadata={"topic": "x"})
    client.run_fast(session, helper.id, "One?")
    worker.answer("One.")
    result = ready("sessions", "fork", str(session), "--metadata", '{"topic": "y"}')
    fork = UUID(result.out.strip())
    shown = ready("sessions", "show", str(fork)).out
    assert f"{session} after #2" in shown
    assert "One." in shown
    assert client.get_session(fork).metadata == {"topic": "y"}
    refused = ready("sessions", "fork", str(session), "--at", "1")
    assert refused.code == 2
    assert "at_seq => 2" in refused.error[1]
