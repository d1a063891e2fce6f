"""A conversation that moves to another database goes on there as it would have gone on here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from agentpg import AsyncClient, Client
from agentpg.errors import (
    ImportConflict,
    InvalidArgument,
    InvalidDocument,
    SessionActive,
    SessionHasForks,
    SessionNotFound,
)
from fixtures.actors import Stage, stage_on
from fixtures.databases import Database
from psycopg.types.json import Jsonb

TOOL = {"name": "look", "description": "Looks.", "input_schema": {"type": "object", "properties": {}}}


@pytest.fixture
def here(database: Database) -> Iterator[Stage]:
    """A session with a tool, a delegate and an image, whose last turn was made anew."""
    with stage_on(database) as stage:
        stage.ask("select given_instance('{look}')")
        stage.ask("select given_agent('worker')")
        stage.ask("select given_manager(tools => '{look}')")
        stage.ask("select given_run(agent => 'manager')")
        stage.ask("select claim_one()")
        stage.ask(
            "select answer(reply_tool_uses(tool_use_block('toolu_1', 'look'), task_for('worker', 'toolu_2')))"
        )
        stage.ask("select finish_tool('toolu_1', '\"Blue.\"')")
        stage.ask("select child_of('toolu_2')")
        for run in ("child", "run"):
            stage.ask("select claim_one()")
            stage.ask("select answer(reply_text('Well.'), %(run)s)", run=run)
        image = {"type": "base64", "media_type": "image/png", "data": "QUJD" * 10_000}
        content = [{"type": "image", "source": image}]
        stage.ask(
            "select remember('run', 'sees', agentpg.create_run(session_id(), agent_id('manager'),"
            " content => %(content)s))",
            content=Jsonb(content),
        )
        stage.ask("select claim_one()")
        stage.ask("select answer(reply_text('A cat.'), 'sees')")
        stage.ask("select remember('run', 'again', agentpg.regenerate_run(run_id('sees')))")
        stage.ask("select claim_one()")
        stage.ask("select answer(reply_text('A dog.'), 'again')")
        yield stage


def next_request(conn: psycopg.Connection[Any], session_id: object) -> str:
    """The request of the next turn, as its worker would send it, but for the ids that tell nothing."""
    agent = conn.execute("select id from agentpg.find_agent('manager') f").fetchone()
    worker = conn.execute("select instance_id from agentpg.register_instance(name => 'next')").fetchone()
    assert agent is not None
    assert worker is not None
    run = conn.execute(
        "select agentpg.create_run(%s, %s, 'And now?') as id", (session_id, agent["id"])
    ).fetchone()
    assert run is not None
    claim = conn.execute(
        "select request::text as text from agentpg.claim_runs(%s, run_ids => array[%s])",
        (worker["instance_id"], run["id"]),
    ).fetchone()
    assert claim is not None
    return str(claim["text"])


def test_its_next_request_there_is_byte_for_byte_the_same(here: Stage, shipped_database: Database) -> None:
    session_id = here.id("session", "session")
    with Client(str(here.database)) as client, Client(str(shipped_database)) as there:
        written = json.loads(json.dumps(client.export_session(session_id)))
        moved = there.import_session(written)
        with shipped_database.connect() as conn:
            conn.execute(
                "select agentpg.register_tools(null, %s)", (Jsonb([TOOL | {"description": "Tool look."}]),)
            )
            request = next_request(conn, moved)
            assert conn.execute("select * from agentpg.invariant_violations").fetchall() == []
        assert request == next_request(here.actor().conn, session_id)
        again = there.import_session(client.export_run(here.id("run", "run")))
        assert [run.response_text for run in there.list_runs(session_id=again)] == ["Well."]
        with pytest.raises(InvalidDocument) as caught:
            there.import_session(written | {"sessions": [{}]})
        assert str(caught.value).startswith("sessions[0]")
        there.import_session(written, keep_ids=True)
        with pytest.raises(ImportConflict):
            there.import_session(written, keep_ids=True)


async def test_the_async_client_deletes_keeps_and_moves(here: Stage) -> None:
    session_id = here.id("session", "session")
    async with AsyncClient(str(here.database)) as client:
        copy = await client.import_session(
            await client.export_session(session_id), metadata={"topic": "cats"}
        )
        assert (await client.get_session(copy)).metadata == {"topic": "cats"}
        fork = await client.fork_session(copy)
        with pytest.raises(SessionHasForks) as caught:
            await client.delete_session(copy)
        assert caught.value.details["fork_session_ids"] == [str(fork)]
        await client.delete_session(fork)
        counts = await client.delete_session(copy, dry_run=True)
        assert counts == await client.delete_session(copy)
        with pytest.raises(SessionNotFound):
            await client.delete_session(copy)
        manager = await client.get_agent_by_name("manager")
        run_id = await client.run_fast(session_id, manager.id, "Still there?")
        with pytest.raises(SessionActive) as active:
            await client.delete_session(session_id)
        assert active.value.run_id == run_id

        policies = await client.set_retention("batches", timedelta(days=60))
        assert {policy.state for policy in policies} == {"ingested", "abandoned"}
        with pytest.raises(InvalidArgument):
            await client.set_retention("batches", timedelta(hours=1))
        told = await client.apply_retention(dry_run=True)
        assert {one.kind for one in told} == {"sessions", "runs", "archives", "batches", "events"}
        assert sum(one.count for one in await client.apply_retention(max_count=10)) == 0
