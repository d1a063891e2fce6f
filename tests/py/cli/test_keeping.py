"""`agentpg sessions delete, export, import` and `agentpg retention`, and what doctor says of growth."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from agentpg import Agent, Client
from agentpg.errors import SessionNotFound
from agentpg_executor.cli._growth_checks import growth
from fixtures.clock import Clock
from psycopg.rows import DictRow, dict_row

from .conftest import Cli

pytestmark = pytest.mark.timeout(180)  # each command is a process of its own


@pytest.fixture
def ready(cli: Cli, database: str) -> Cli:
    cli.use(database)
    return cli


def test_a_session_is_deleted_once_somebody_says_yes(ready: Cli, client: Client, helper: Agent) -> None:
    session_id = client.new_session()
    run_id = client.run_fast(session_id, helper.id, "Hello?")
    refused = ready("sessions", "delete", str(session_id), "--yes")
    assert refused.code == 6
    assert str(run_id) in refused.error[0]
    client.cancel_run(run_id)
    told = ready("sessions", "delete", str(session_id)[:18], "--dry-run")
    assert told.out.startswith("1 session, 1 message, 1 run")
    unasked = ready("sessions", "delete", str(session_id))
    assert (unasked.code, "--yes" in unasked.err) == (2, True)
    assert client.get_session(session_id).id == session_id
    gone = ready("sessions", "delete", str(session_id), "--yes", "--output", "json")
    assert (gone.code, json.loads(gone.out)["deleted"]["runs"]) == (0, 1)
    with pytest.raises(SessionNotFound):
        client.get_session(session_id)
    assert ready("sessions", "delete", str(session_id), "--yes").code == 5


def test_what_is_old_goes_once_a_policy_says_so(
    ready: Cli, client: Client, helper: Agent, clock: Clock
) -> None:
    session_id = client.new_session()
    client.cancel_run(client.run_fast(session_id, helper.id, "Hello?"))
    clock.advance(timedelta(days=31).total_seconds())
    listed = ready("retention", "list")
    assert (listed.code, listed.out.count("for ever")) == (0, 7)
    changed = ready("retention", "set", "sessions", "30")
    assert "sessions (idle) are kept 30 days" in changed.err
    told = ready("retention", "apply", "--dry-run", "--output", "json")
    idle = next(one for one in json.loads(told.out)["retained"] if one["kind"] == "sessions")
    assert (idle["state"], idle["count"]) == ("idle", 1)
    assert client.get_session(session_id).id == session_id
    assert ready("retention", "apply").code == 0
    with pytest.raises(SessionNotFound):
        client.get_session(session_id)
    assert ready("retention", "set", "sessions", "never").code == 0
    assert [policy.max_age for policy in client.retention_policies()] == [None] * 7
    assert ready("retention", "set", "sessions", "soon").code == 2
    assert ready("retention", "set", "sessions", "-1").code == 2
    assert ready("retention", "set", "runs", "1", "--state", "streaming").code == 2


def test_doctor_warns_of_tables_that_only_grow(database: str, client: Client) -> None:
    with psycopg.Connection[DictRow].connect(database, autocommit=True, row_factory=dict_row) as connection:
        assert [finding.verdict for finding in growth(connection)] == ["OK"]
        assert [finding.verdict for finding in growth(connection, large=1)] == ["WARN"]
        client.set_retention("runs", timedelta(days=90), state="completed")
        assert [finding.verdict for finding in growth(connection, large=1)] == ["OK"]


def test_a_session_is_written_to_a_file_and_read_again(
    ready: Cli, client: Client, helper: Agent, tmp_path: Path
) -> None:
    session_id = client.new_session(metadata={"topic": "cats"})
    run_id = client.run_fast(session_id, helper.id, "Hello?")
    client.cancel_run(run_id)
    file = tmp_path / "session.json"
    written = ready("sessions", "export", str(session_id), "--file", str(file))
    assert (written.code, "agentpg sessions import" in written.err) == (0, True)
    made = ready("sessions", "import", str(file), "--metadata", '{"topic": "dogs"}')
    copy = client.get_session(made.out.strip())
    assert (copy.metadata, copy.id != session_id) == ({"topic": "dogs"}, True)
    assert [m.content for m in client.session_messages(copy.id)] == [
        m.content for m in client.session_messages(session_id)
    ]
    run = ready("sessions", "export", "--run", str(run_id))
    assert json.loads(run.out)["sessions"][0]["runs"][0]["id"] == str(run_id)
    assert ready("sessions", "import", str(file), "--keep-ids").code == 6
    assert ready("sessions", "export").code == 2
    file.write_text('{"format": "agentpg.session", "version": 9}')
    refused = ready("sessions", "import", str(file))
    assert (refused.code, refused.error[0].startswith("version is 9")) == (2, True), refused.err
    assert ready("sessions", "import", str(tmp_path / "none.json")).code == 2
