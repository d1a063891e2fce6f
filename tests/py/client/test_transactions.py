"""`conn=` joins the caller's own transaction."""

from __future__ import annotations

import asyncio
from typing import Any

import psycopg
import pytest
from agentpg import AsyncClient, Client, errors
from psycopg.rows import class_row, namedtuple_row, scalar_row, tuple_row

from .conftest import MODEL, Talk


async def test_a_run_of_a_transaction_that_rolls_back_never_was(
    client: AsyncClient, talk: Talk, database: str
) -> None:
    async with await psycopg.AsyncConnection.connect(database) as conn:
        session_id = await client.new_session(conn=conn)
        run_id = await client.run_fast(session_id, talk.agent_id, "Hello", conn=conn)
        assert (await client.get_run(run_id, conn=conn)).session_id == session_id
        with pytest.raises(errors.RunNotFound):
            await client.get_run(run_id)
        await conn.rollback()
    with pytest.raises(errors.RunNotFound):
        await client.get_run(run_id)
    with pytest.raises(errors.SessionNotFound):
        await client.get_session(session_id)


async def test_a_run_commits_with_the_data_of_the_caller(
    client: AsyncClient, talk: Talk, database: str
) -> None:
    async with await psycopg.AsyncConnection.connect(database) as conn:
        await conn.execute("create table orders (id int primary key, run_id uuid)")
        await conn.commit()
        run_id = await client.run(*talk, "Check order 7", conn=conn)
        await conn.execute("insert into orders values (7, %s)", (run_id,))
        await conn.commit()
        assert (await client.get_run(run_id)).state == "pending"


async def test_agents_too_are_created_in_the_transaction(client: AsyncClient, database: str) -> None:
    async with await psycopg.AsyncConnection.connect(database) as conn:
        await client.create_agent("passing", model=MODEL, conn=conn)
        await conn.rollback()
    with pytest.raises(errors.AgentNotFound):
        await client.get_agent_by_name("passing")


@pytest.mark.parametrize("factory", [tuple_row, namedtuple_row, scalar_row, class_row(dict)])
async def test_the_row_factory_of_the_callers_connection_does_not_matter(
    client: AsyncClient, talk: Talk, database: str, factory: Any
) -> None:
    async with await psycopg.AsyncConnection.connect(database, row_factory=factory) as conn:
        run_id = await client.run_fast(*talk, "Hello", conn=conn)
        assert (await client.get_run(run_id, conn=conn)).id == run_id
        assert conn.row_factory is factory


async def test_the_cursor_factory_of_the_callers_connection_does_not_matter(
    client: AsyncClient, talk: Talk, database: str
) -> None:
    async with await psycopg.AsyncConnection.connect(database, cursor_factory=psycopg.AsyncRawCursor) as conn:
        assert await client.run_fast(*talk, "Hello", conn=conn)


async def test_the_wrong_kind_of_connection_is_a_type_error(
    client: AsyncClient, sync_client: Client, conn: psycopg.Connection[dict[str, Any]], database: str
) -> None:
    with pytest.raises(TypeError, match=r"must be a psycopg\.AsyncConnection, not a psycopg\.Connection"):
        await client.new_session(conn=conn)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    async with await psycopg.AsyncConnection.connect(database) as async_conn:
        with pytest.raises(TypeError, match=r"must be a psycopg\.Connection, not a psycopg\.AsyncConnection"):
            sync_client.new_session(conn=async_conn)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    assert await client.list_sessions() == []


async def test_waiting_inside_a_transaction_is_refused_with_the_reason(
    client: AsyncClient, talk: Talk, database: str
) -> None:
    async with await psycopg.AsyncConnection.connect(database) as conn:
        with pytest.raises(
            errors.InvalidArgument, match=r"invisible .* until the transaction commits"
        ) as caught:
            await client.run_fast_sync(*talk, "Hello", conn=conn)
        assert "run_fast(..., conn=conn), commit, then wait_for_run" in (caught.value.hint or "")
        with pytest.raises(errors.InvalidArgument, match="run_sync cannot join a transaction"):
            await client.run_sync(*talk, "Hello", conn=conn)
    assert await client.list_runs() == []


def test_the_synchronous_client_refuses_it_too(
    sync_client: Client, sync_talk: Talk, conn: psycopg.Connection[dict[str, Any]]
) -> None:
    with pytest.raises(errors.InvalidArgument, match="run_fast_sync cannot join a transaction"):
        sync_client.run_fast_sync(*sync_talk, "Hello", conn=conn)
    with pytest.raises(errors.InvalidArgument, match="run_sync cannot join a transaction"):
        sync_client.run_sync(*sync_talk, "Hello", conn=conn)


def test_the_synchronous_client_joins_a_synchronous_connection(
    sync_client: Client, sync_talk: Talk, database: str
) -> None:
    with psycopg.connect(database) as conn:
        run_id = sync_client.run_fast(*sync_talk, "Hello", conn=conn)
        with pytest.raises(errors.RunNotFound):
            sync_client.get_run(run_id)
    assert sync_client.get_run(run_id).prompt == "Hello"


async def test_the_same_idempotency_key_gives_the_same_run(client: AsyncClient, talk: Talk) -> None:
    first = await client.run_fast(*talk, "Order 7", idempotency_key="order-7")
    assert await client.run_fast(*talk, "Order 7", idempotency_key="order-7") == first
    together = await asyncio.gather(
        *(client.run_fast(*talk, "Order 8", idempotency_key="order-8") for _ in range(5))
    )
    assert len(set(together)) == 1
    with pytest.raises(errors.IdempotencyConflict) as caught:
        await client.run_fast(*talk, "Another order", idempotency_key="order-7")
    assert caught.value.run_id == first
    assert len(await client.list_runs()) == 2
