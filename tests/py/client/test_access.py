"""A role that may do what a client does, and nothing else, is enough for the client."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from agentpg import AsyncClient, errors
from psycopg import sql
from psycopg.conninfo import make_conninfo

from .conftest import MODEL, Answerer


@pytest.fixture
def role(conn: psycopg.Connection[dict[str, Any]]) -> Iterator[str]:
    row = conn.execute("select current_database() as name").fetchone()
    assert row is not None
    name = f"{row['name']}_app"
    conn.execute(sql.SQL("create role {} login").format(sql.Identifier(name)))
    yield name
    conn.execute(sql.SQL("drop owned by {}").format(sql.Identifier(name)))
    conn.execute(sql.SQL("drop role {}").format(sql.Identifier(name)))


async def test_a_role_with_client_access_can_run_and_wait(
    database: str, role: str, answerer: Answerer, conn: psycopg.Connection[dict[str, Any]]
) -> None:
    conn.execute("select agentpg.grant_access(%s, 'client')", (role,))
    async with AsyncClient(make_conninfo(database, user=role)) as client:
        agent = await client.create_agent("assistant", model=MODEL)
        run_id = await client.run_fast(await client.new_session(), agent.id, "Hello")
        with pytest.raises(errors.RunWaitTimeout):
            await client.wait_for_run(run_id, timeout=0.7)
        answerer.finish(run_id, "Hi.")
        assert (await client.wait_for_run(run_id, timeout=60)).text == "Hi."
        assert (await client.get_run(run_id)).response_text == "Hi."
        assert await client.run_timeline(run_id)
        assert await client.run_iterations(run_id)
        assert (await client.settings())["max_iterations"]
        with pytest.raises(errors.StorageError) as caught:
            await client.configure({"max_iterations": 1})
        assert caught.value.code == "42501"


async def test_a_role_without_access_is_told_who_can_give_it(database: str, role: str) -> None:
    with pytest.raises(errors.StorageError, match="permission denied") as caught:
        await AsyncClient(make_conninfo(database, user=role)).open()
    assert "agentpg.grant_access" in (caught.value.hint or "")
