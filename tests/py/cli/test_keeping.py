"""`agentpg sessions delete`."""

from __future__ import annotations

import json

import pytest
from agentpg import Agent, Client
from agentpg.errors import SessionNotFound

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
