"""Opening, checking the schema, closing."""

from __future__ import annotations

import asyncio
import threading
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from agentpg import AsyncClient, Client, errors
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg_pool import AsyncConnectionPool, ConnectionPool

from .conftest import MODEL, a_run, connections, eventually, eventually_sync, is_listening


async def test_without_a_dsn_the_environment_says_where_the_database_is(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", str(database))
    async with AsyncClient() as client:
        assert await client.list_runs() == []


def test_without_any_dsn_the_error_names_both_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    with pytest.raises(errors.InvalidConfig, match="DATABASE_URL") as caught:
        Client()
    assert "DSN" in (caught.value.hint or "")


def test_a_malformed_dsn_is_refused_without_showing_its_password() -> None:
    with pytest.raises(errors.InvalidConfig) as caught:
        Client("postgresql+driver://me:hush@host/db")
    assert "hush" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    "arguments",
    [{"max_size": 0}, {"min_size": 5, "max_size": 2}, {"pool_timeout": 0}, {"connect_timeout": -1}],
)
def test_limits_that_cannot_work_are_refused(arguments: dict[str, Any]) -> None:
    with pytest.raises(errors.InvalidLimit):
        Client("dbname=any", **arguments)


async def test_use_before_opening_says_how_to_open(database: str) -> None:
    client = AsyncClient(database)
    for call in (client.list_runs(), client.wait_for_run(uuid4()), client.new_session()):
        with pytest.raises(errors.ClientNotStarted, match="not open") as caught:
            await call
        assert "open()" in (caught.value.hint or "")


async def test_use_after_closing_says_that_it_is_closed(database: str) -> None:
    client = AsyncClient(database)
    async with client:
        pass
    with pytest.raises(errors.ClientStopping, match="closed"):
        await client.list_runs()
    with pytest.raises(errors.ClientStopping, match="closed"):
        await client.wait_for_run(uuid4())


async def test_opening_twice_is_refused_and_closing_twice_is_not(database: str) -> None:
    client = AsyncClient(database)
    await client.close()
    await client.open()
    with pytest.raises(errors.ClientAlreadyStarted):
        await client.open()
    await client.close()
    await client.close()


async def test_a_closed_client_can_be_opened_again(database: str) -> None:
    client = AsyncClient(database)
    for _ in range(2):
        async with client:
            assert await client.list_runs() == []


async def test_a_database_without_the_schema_is_refused_with_the_command_to_run(bare_database: str) -> None:
    with pytest.raises(errors.SchemaOutOfDate, match="no agentpg schema") as caught:
        await AsyncClient(bare_database).open()
    assert "agentpg migrate" in (caught.value.hint or "")


@pytest.mark.parametrize(("version", "fix"), [(0, "agentpg migrate"), (99, "pip install -U agentpg")])
async def test_a_schema_too_old_or_too_new_is_refused_with_the_fix(
    conn: psycopg.Connection[dict[str, Any]], database: str, version: int, fix: str
) -> None:
    conn.execute(
        "create or replace function agentpg.schema_version() returns int language sql stable"
        f" set search_path = '' as 'select {version}'"  # type: ignore[arg-type]
    )
    with pytest.raises(errors.SchemaOutOfDate, match=f"version {version},") as caught:
        await AsyncClient(database).open()
    assert fix in (caught.value.hint or "")
    with pytest.raises(errors.SchemaOutOfDate):
        Client(database).open()


async def test_an_unreachable_database_is_a_retryable_error_at_once() -> None:
    client = AsyncClient("host=127.0.0.1 port=1 dbname=nobody")
    with pytest.raises(errors.StorageError, match="port 1") as caught:
        await client.open()
    assert caught.value.retryable
    with pytest.raises(errors.ClientNotStarted):
        await client.list_runs()


async def test_a_pool_of_the_caller_is_used_and_left_open(database: str) -> None:
    async with AsyncConnectionPool(database, min_size=1, max_size=2, open=False) as pool:
        async with AsyncClient(pool=pool) as client:
            session_id = await client.new_session()
        async with pool.connection() as conn, conn.cursor() as cursor:
            await cursor.execute("select id from agentpg.sessions")
            assert await cursor.fetchone() == (session_id,)


async def test_waits_listen_where_the_pool_of_the_caller_connects_to(
    database: str, conn: psycopg.Connection[dict[str, Any]]
) -> None:
    where = conninfo_to_dict(database)
    user = where.pop("user")
    async with AsyncConnectionPool(
        make_conninfo(**where), min_size=1, open=False, kwargs={"user": user, "autocommit": True}
    ) as pool:
        async with AsyncClient(pool=pool) as client:
            wait = asyncio.create_task(client.wait_for_run(await a_run(client), raise_on_failure=False))
            await eventually(lambda: is_listening(conn))
            (run,) = await client.list_runs()
            await client.cancel_run(run.id)
            assert (await wait).state == "cancelled"


def test_the_configuration_does_not_show_passwords() -> None:
    client = Client("postgresql://me:hush@host/db", listen_dsn="postgresql://me:hush@host/db")
    assert "hush" not in repr(client.config)


def test_the_synchronous_client_takes_a_pool_too(database: str) -> None:
    with ConnectionPool(database, min_size=1, max_size=2, open=False) as pool:
        with Client(pool=pool) as client:
            assert client.list_runs() == []
        assert not pool.closed


async def test_closing_leaves_no_task_and_no_connection(
    database: str, conn: psycopg.Connection[dict[str, Any]]
) -> None:
    before = asyncio.all_tasks()
    async with AsyncClient(database, name="leaves-nothing") as client:
        wait = asyncio.create_task(client.wait_for_run(await a_run(client)))
        await asyncio.sleep(0)
    with pytest.raises(errors.ClientStopping):
        await wait
    assert asyncio.all_tasks() == before
    await eventually(lambda: not connections(conn, "leaves-nothing"))


def test_closing_the_synchronous_client_leaves_no_thread(
    database: str, conn: psycopg.Connection[dict[str, Any]]
) -> None:
    before = set(threading.enumerate())
    with Client(database, name="leaves-nothing") as client:
        agent = client.create_agent("assistant", model=MODEL)
        run_id = client.run_fast(client.new_session(), agent.id, "Hello")
        with pytest.raises(errors.RunWaitTimeout):
            client.wait_for_run(run_id, timeout=0.01)
        assert {thread.daemon for thread in set(threading.enumerate()) - before} == {True}
    assert set(threading.enumerate()) == before
    eventually_sync(lambda: not connections(conn, "leaves-nothing"))


async def test_a_read_survives_the_loss_of_every_idle_connection(
    client: AsyncClient, conn: psycopg.Connection[dict[str, Any]]
) -> None:
    await client.list_runs()
    conn.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity"
        " where datname = current_database() and pid <> pg_backend_pid()"
    )
    assert await client.list_runs() == []
