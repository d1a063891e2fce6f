"""Secrets are on the wire, in memory, and nowhere else."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from agentpg import RunOptions
from agentpg.errors import PlainSecret
from agentpg_executor.hooks import Hooks, ModelCall
from agentpg_executor.testing import fault
from request_features.conftest import Place

TOKEN = "t0k3n-of-the-tickets"


def server(token: object) -> dict[str, Any]:
    return {
        "type": "url",
        "url": "https://mcp.example.com",
        "name": "tickets",
        "authorization_token": token,
    }


NAMED = {"mcp_servers": [server({"$secret": "tickets"})]}


def stored_anywhere(conn: psycopg.Connection[dict[str, Any]], what: str) -> list[str]:
    """The tables of the schema that hold a text."""
    tables = conn.execute(
        "select c.oid::regclass::text as name from pg_class c"
        " where c.relnamespace = 'agentpg'::regnamespace and c.relkind = 'r'"
    ).fetchall()
    return [
        table["name"]
        for table in tables
        if conn.execute(
            f"select 1 from {table['name']} t where t::text like %s limit 1".encode(), (f"%{what}%",)
        ).fetchone()
    ]


@pytest.mark.parametrize("batch", [False, True], ids=["streaming", "batch"])
async def test_a_secret_is_on_the_wire_and_not_in_the_database(place: Place, batch: bool):
    shown: list[dict[str, Any]] = []

    def look(call: ModelCall) -> None:
        shown.append(call.request)

    run_id = await place.run(await place.agent(NAMED), batch=batch)
    await place.work.started(
        secrets={"tickets": TOKEN}, hooks=Hooks(before_model_call=look), poll_interval=0.1
    )
    assert (await place.work.end(run_id)).stop_reason == "end_turn"
    assert place.bodies()[0]["mcp_servers"] == [server(TOKEN)]
    assert stored_anywhere(place.work.conn, TOKEN) == []
    assert stored_anywhere(place.work.conn, "$secret") != []
    assert TOKEN not in repr(shown)


async def test_a_plain_token_is_refused_wherever_it_is_given(place: Place):
    agent_id = await place.agent()
    with pytest.raises(PlainSecret, match=r"mcp_servers\[0\]\.authorization_token"):
        await place.agent({"mcp_servers": [server(TOKEN)]}, name="other")
    with pytest.raises(PlainSecret, match=r"option mcp_servers\[0\]"):
        await place.run(agent_id, options=RunOptions(mcp_servers=[server(TOKEN)]))
    with pytest.raises(PlainSecret, match=r"request\.mcp_servers\[0\]"):
        await place.run(agent_id, options={"request": {"mcp_servers": [server(TOKEN)]}})
    assert stored_anywhere(place.work.conn, TOKEN) == []


async def test_a_function_finds_secrets_by_name(place: Place):
    asked: list[str] = []

    async def find(name: str) -> str | None:
        asked.append(name)
        return TOKEN if name == "tickets" else None

    run_id = await place.run(await place.agent(NAMED))
    await place.work.started(secrets=find)
    assert (await place.work.end(run_id)).stop_reason == "end_turn"
    assert asked == ["tickets"]
    assert place.bodies()[0]["mcp_servers"] == [server(TOKEN)]


async def test_a_secret_may_stand_anywhere_but_in_what_is_said(place: Place):
    said = '{"$secret": "tickets"}'
    asked = {"request": {"metadata": {"user_id": {"$secret": "tickets"}}}}
    run_id = await place.run(await place.agent(asked, system_prompt=said), prompt=said)
    await place.work.started(secrets={"tickets": TOKEN})
    assert (await place.work.end(run_id)).stop_reason == "end_turn"
    (body,) = place.bodies()
    assert (body["metadata"], body["system"]) == ({"user_id": TOKEN}, said)
    assert body["messages"][0]["content"][0]["text"] == said


async def test_a_run_whose_secret_nobody_has_fails_and_says_which(place: Place):
    def broken(name: str) -> str:
        raise OSError("the vault is closed")

    place.work.configure(model_retry_base="1 millisecond", model_retry_cap="1 millisecond")
    run_id = await place.run(await place.agent(NAMED))
    await place.work.started(secrets=broken, poll_interval=0.05)
    response = await place.work.end(run_id)
    assert (response.state, response.error_type) == ("failed", "secret_missing")
    assert "'tickets'" in str(response.error_message)
    assert len(place.fake.journal) == 0


async def test_in_a_batch_a_missing_secret_harms_its_own_run_alone(place: Place):
    bad = await place.run(await place.agent(NAMED), batch=True)
    good = await place.run(await place.agent(name="other"), batch=True)
    await place.work.started(poll_interval=0.1)
    assert (await place.work.end(good)).stop_reason == "end_turn"
    assert (await place.work.end(bad)).state == "failed"


async def test_an_error_of_the_api_that_quotes_a_secret_is_stored_without_it(place: Place):
    place.fake.script([fault(400, message=f"authorization_token: {TOKEN} has expired")])
    run_id = await place.run(await place.agent(NAMED))
    await place.work.started(secrets={"tickets": TOKEN})
    response = await place.work.end(run_id)
    assert response.error_message == "authorization_token: *** has expired"
    assert stored_anywhere(place.work.conn, TOKEN) == []
