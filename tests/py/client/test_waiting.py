"""Waiting for runs: woken by a notification, and by the shared poll when there is none."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from agentpg import AsyncClient, Response, RunState, errors
from psycopg import sql

from .conftest import MODEL, Answerer, Talk, a_run, connections, eventually, is_listening


@pytest.fixture
def no_poll(monkeypatch: pytest.MonkeyPatch) -> None:
    """The shared poll is so slow that only notifications can wake a wait in time."""
    monkeypatch.setattr("agentpg._async.waiting.DEFAULT_WAIT_POLL_MIN", timedelta(hours=1))
    monkeypatch.setattr("agentpg._async.waiting.DEFAULT_WAIT_POLL_MAX", timedelta(hours=1))


async def test_a_finished_run_is_returned_at_once(
    client: AsyncClient, talk: Talk, answerer: Answerer
) -> None:
    run_id = await client.run_fast(*talk, "Hello")
    answerer.finish(run_id, "Hi.")
    assert (await client.wait_for_run(run_id, timeout=5)).text == "Hi."
    assert (await client.wait_for_run(str(run_id), timeout=5)).text == "Hi."


@pytest.mark.usefixtures("no_poll")
async def test_a_notification_alone_ends_a_wait(client: AsyncClient, talk: Talk, answerer: Answerer) -> None:
    run_id = await client.run_fast(*talk, "Hello")
    wait = asyncio.create_task(client.wait_for_run(run_id, timeout=60))
    await eventually(lambda: is_listening(answerer.conn))
    answerer.finish(run_id, "Hi.")
    assert (await wait).text == "Hi."


async def test_the_poll_alone_ends_a_wait(database: str, answerer: Answerer) -> None:
    async with AsyncClient(database, listen=False) as client:
        run_id = await a_run(client)
        wait = asyncio.create_task(client.wait_for_run(run_id, timeout=60))
        await asyncio.sleep(0)
        answerer.finish(run_id, "Hi.")
        assert (await wait).text == "Hi."
        assert not is_listening(answerer.conn)


@pytest.mark.usefixtures("no_poll")
async def test_what_finished_while_nobody_listened_is_caught_up_after_reconnecting(
    client: AsyncClient, talk: Talk, answerer: Answerer, database: Any
) -> None:
    run_id = await client.run_fast(*talk, "Hello")
    wait = asyncio.create_task(client.wait_for_run(run_id, timeout=60))
    await eventually(lambda: is_listening(answerer.conn))
    with database.server.connect() as other:
        name = sql.Identifier(database.name)
        other.execute(sql.SQL("alter database {} allow_connections false").format(name))
        answerer.conn.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and query like 'listen%'"
        )
        await eventually(lambda: not is_listening(answerer.conn))
        answerer.finish(run_id, "Hi.")
        other.execute(sql.SQL("alter database {} allow_connections true").format(name))
    assert (await wait).text == "Hi."
    await eventually(lambda: is_listening(answerer.conn))


@pytest.mark.usefixtures("no_poll")
async def test_the_listener_comes_back_each_time_it_is_killed(
    client: AsyncClient, talk: Talk, answerer: Answerer
) -> None:
    for number in range(3):
        run_id = await client.run_fast(await client.new_session(), talk.agent_id, "Hello")
        wait = asyncio.create_task(client.wait_for_run(run_id, timeout=60))
        await eventually(lambda: is_listening(answerer.conn))
        answerer.conn.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and query like 'listen%'"
        )
        answerer.finish(run_id, f"Number {number}.")
        assert (await wait).text == f"Number {number}."


async def test_200_waits_share_one_connection_and_one_poll(
    database: str, answerer: Answerer, conn: psycopg.Connection[dict[str, Any]]
) -> None:
    count_function_calls(conn)
    started = time.monotonic()
    async with AsyncClient(database, listen=False, max_size=4) as client:
        agent = await client.create_agent("assistant", model=MODEL)
        run_ids = [await client.run_fast(await client.new_session(), agent.id, "Hello") for _ in range(200)]
        waits = [asyncio.create_task(client.wait_for_run(run_id, timeout=50)) for run_id in run_ids]
        await eventually(lambda: last_call_is(conn, "finished_runs"))
        assert len(waiting_for(client)) == 200
        for run_id in run_ids:
            answerer.finish(run_id, str(run_id))
        responses = await asyncio.gather(*waits)
    assert [response.text for response in responses] == [str(run_id) for run_id in run_ids]
    seconds = time.monotonic() - started
    polls = await function_calls(conn, "finished_runs")
    # One query for all of them at every tick, and ticks are at least 0.4 s apart.
    assert 1 <= polls <= seconds / 0.4 + 1


async def test_a_false_alarm_costs_one_look(
    database: str, answerer: Answerer, conn: psycopg.Connection[dict[str, Any]]
) -> None:
    count_function_calls(conn)
    async with AsyncClient(database) as client:
        run_id = await a_run(client)
        wait = asyncio.create_task(client.wait_for_run(run_id, timeout=60))
        await eventually(lambda: is_listening(conn))
        alarm = f'{{"run_id": "{run_id}", "state": "completed"}}'
        conn.execute("select pg_notify('agentpg_run_finalized', %s)", (alarm,))
        await eventually(lambda: last_call_is(conn, "get_response"))
        await eventually(lambda: last_call_is(conn, "finished_runs"))
        answerer.finish(run_id, "Hi.")
        assert (await wait).text == "Hi."
    # At the beginning, at the false alarm, at the end.
    assert await function_calls(conn, "get_response") == 3


async def test_a_client_that_waits_for_nothing_asks_nothing(
    client: AsyncClient,
    talk: Talk,
    answerer: Answerer,
    conn: psycopg.Connection[dict[str, Any]],
    database: str,
) -> None:
    """Neither a finished wait nor the end of other runs makes it query."""
    run_id = await client.run_fast(*talk, "Hello")
    wait = asyncio.create_task(client.wait_for_run(run_id, timeout=60))
    await eventually(lambda: is_listening(conn))
    answerer.finish(run_id)
    await wait
    last = connections(conn, "agentpg")
    heard: list[str] = []
    assert client._listener is not None
    hear = client._listener._on_notify

    def listen_in(channel: str, payload: str) -> None:
        heard.append(channel)
        hear(channel, payload)

    client._listener._on_notify = listen_in
    async with AsyncClient(str(database), listen=False, name="other") as other:
        answerer.finish(await other.run_fast(*talk, "Hello"))
    await eventually(lambda: "agentpg_run_finalized" in heard)
    assert connections(conn, "agentpg") == last


async def test_the_end_of_another_run_makes_a_wait_look_for_its_own(
    database: str, answerer: Answerer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of runs that finish together the database announces one alone; the others are found soon after."""
    monkeypatch.setattr("agentpg._async.waiting.DEFAULT_WAIT_POLL_MAX", timedelta(hours=1))
    async with AsyncClient(database) as client:
        mine, other = await a_run(client, "mine"), await a_run(client, "other")
        wait = asyncio.create_task(client.wait_for_run(mine, timeout=60))
        await eventually(lambda: is_listening(answerer.conn))
        assert client._waits is not None
        client._waits._delay = 3600.0
        client._waits._due = time.monotonic() + 3600.0
        answerer.conn.execute('select agentpg.configure(\'{"notifications": "off"}\')')
        answerer.finish(mine, "Hi.")
        answerer.conn.execute('select agentpg.configure(\'{"notifications": "all"}\')')
        answerer.finish(other)
        assert (await wait).text == "Hi."


async def test_a_failed_run_raises_with_its_kind_of_error(
    client: AsyncClient, talk: Talk, answerer: Answerer
) -> None:
    run_id = await client.run_fast(*talk, "Hello")
    answerer.fail(run_id)
    with pytest.raises(errors.RunFailed, match="no such parameter") as caught:
        await client.wait_for_run(run_id, timeout=5)
    assert caught.value.error_type == "invalid_request_error"
    assert (caught.value.run_id, caught.value.session_id) == (run_id, talk.session_id)
    assert caught.value.response is not None
    response = await client.wait_for_run(run_id, raise_on_failure=False)
    assert (response.state, response.error_type) == (RunState.FAILED, "invalid_request_error")


async def test_a_cancelled_run_raises_in_whoever_waits(client: AsyncClient, talk: Talk) -> None:
    run_id = await client.run_fast(*talk, "Hello")
    wait = asyncio.create_task(client.wait_for_run(run_id, timeout=60))
    await asyncio.sleep(0)
    await client.cancel_run(run_id, reason="not needed")
    with pytest.raises(errors.RunCancelled) as caught:
        await wait
    assert (caught.value.code, caught.value.run_id) == ("AP202", run_id)
    response = await client.wait_for_run(run_id, raise_on_failure=False)
    assert response.state is RunState.CANCELLED


async def test_a_run_that_awaits_input_is_returned(
    client: AsyncClient, talk: Talk, answerer: Answerer
) -> None:
    run_id = await client.run_fast(*talk, "Hello")
    wait = asyncio.create_task(client.wait_for_run(run_id, timeout=60))
    await asyncio.sleep(0)
    answerer.finish(run_id, "Hi, I was cu", "max_tokens")
    response = await wait
    assert (response.state, response.stop_reason) == (RunState.AWAITING_INPUT, "max_tokens")
    assert (response.text, response.finished) == ("Hi, I was cu", True)


async def test_a_wait_that_times_out_leaves_the_run_alone(client: AsyncClient, talk: Talk) -> None:
    run_id = await client.run_fast(*talk, "Hello")
    with pytest.raises(errors.RunWaitTimeout, match=r"after 0\.01 s") as caught:
        await client.wait_for_run(run_id, timeout=0.01)
    assert caught.value.run_id == run_id
    assert "why_waiting" in (caught.value.hint or "")
    assert (await client.get_run(run_id)).state is RunState.PENDING
    assert not waiting_for(client)


async def test_a_cancelled_wait_leaves_nothing_behind(client: AsyncClient, talk: Talk) -> None:
    run_id = await client.run_fast(*talk, "Hello")
    waits = [asyncio.create_task(client.wait_for_run(run_id)) for _ in range(3)]
    await eventually(lambda: waiting_for(client) == {run_id})
    for wait in waits:
        wait.cancel()
    await asyncio.gather(*waits, return_exceptions=True)
    assert not waiting_for(client)


async def test_several_may_wait_for_the_same_run(client: AsyncClient, talk: Talk, answerer: Answerer) -> None:
    run_id = await client.run_fast(*talk, "Hello")
    waits = [asyncio.create_task(client.wait_for_run(run_id, timeout=60)) for _ in range(3)]
    await asyncio.sleep(0)
    answerer.finish(run_id, "Hi.")
    assert [response.text for response in await asyncio.gather(*waits)] == ["Hi."] * 3


async def test_a_wait_lives_through_the_loss_of_every_connection(
    client: AsyncClient, talk: Talk, answerer: Answerer, conn: psycopg.Connection[dict[str, Any]]
) -> None:
    run_id = await client.run_fast(*talk, "Hello")
    wait = asyncio.create_task(client.wait_for_run(run_id, timeout=60))
    await eventually(lambda: is_listening(conn))
    conn.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity"
        " where datname = current_database() and pid <> pg_backend_pid()"
    )
    answerer.finish(run_id, "Hi.")
    assert (await wait).text == "Hi."


async def test_an_error_of_the_poll_that_will_not_go_away_ends_the_waits(
    database: str, conn: psycopg.Connection[dict[str, Any]]
) -> None:
    async with AsyncClient(database, listen=False) as client:
        run_id = await a_run(client)
        conn.execute("drop function agentpg.finished_runs(uuid[])")
        with pytest.raises(errors.SchemaOutOfDate):
            await client.wait_for_run(run_id, timeout=60)


@pytest.mark.parametrize("method", ["run_sync", "run_fast_sync"])
async def test_run_and_wait_in_one_call(
    client: AsyncClient, talk: Talk, answerer: Answerer, method: str
) -> None:
    call: Callable[..., Awaitable[Response]] = getattr(client, method)
    wait = asyncio.ensure_future(call(*talk, "Hello", timeout=60))
    await eventually(lambda: waiting_for(client))
    (run_id,) = waiting_for(client)
    run = await client.get_run(run_id)
    assert run.run_mode.value == ("batch" if method == "run_sync" else "streaming")
    await client.cancel_run(run_id)
    with pytest.raises(errors.RunCancelled):
        await wait


async def test_run_fast_sync_with_a_known_key_returns_the_finished_run(
    client: AsyncClient, talk: Talk, answerer: Answerer
) -> None:
    answerer.finish(await client.run_fast(*talk, "Hello", idempotency_key="key"), "Hi.")
    response = await client.run_fast_sync(*talk, "Hello", idempotency_key="key", timeout=5)
    assert response.text == "Hi."


async def test_nonsense_on_the_channels_is_ignored(
    client: AsyncClient, talk: Talk, answerer: Answerer, conn: psycopg.Connection[dict[str, Any]]
) -> None:
    run_id = await client.run_fast(*talk, "Hello")
    wait = asyncio.create_task(client.wait_for_run(run_id, timeout=60))
    await eventually(lambda: is_listening(conn))
    for payload in (
        "",
        "nonsense",
        "[]",
        "{}",
        '{"run_id": 7, "state": null}',
        '{"run_id": "x", "state": "failed"}',
    ):
        conn.execute("select pg_notify('agentpg_run_finalized', %s)", (payload,))
    answerer.finish(run_id, "Hi.")
    assert (await wait).text == "Hi."


def waiting_for(client: AsyncClient) -> set[UUID]:
    assert client._waits is not None
    return set(client._waits._waits)


def last_call_is(conn: psycopg.Connection[dict[str, Any]], name: str) -> bool:
    """Whether the newest query of the client's connections, all idle by now, calls a function."""
    sessions = conn.execute(
        "select query, state from pg_stat_activity where datname = current_database()"
        " and application_name = 'agentpg' and query not like 'listen%' order by query_start desc nulls last"
    ).fetchall()
    return {session["state"] for session in sessions} == {"idle"} and name in sessions[0]["query"]


def count_function_calls(conn: psycopg.Connection[dict[str, Any]]) -> None:
    """Let the server count calls of functions, in sessions that begin from now on."""
    row = conn.execute("select current_database() as name").fetchone()
    assert row is not None
    statement = sql.SQL("alter database {} set track_functions = 'all'")
    conn.execute(statement.format(sql.Identifier(row["name"])))


async def function_calls(conn: psycopg.Connection[dict[str, Any]], name: str) -> int:
    """How often closed sessions called a function, at least once; they report as they end."""

    def calls() -> int:
        row = conn.execute(
            "select coalesce(sum(calls), 0)::int as calls from pg_stat_user_functions"
            " where schemaname = 'agentpg' and funcname = %s",
            (name,),
        ).fetchone()
        assert row is not None
        return int(row["calls"])

    await eventually(
        lambda: (
            not conn.execute(
                "select 1 from pg_stat_activity"
                " where datname = current_database() and pid <> pg_backend_pid()"
                " and backend_type = 'client backend'"
            ).fetchone()
        )
    )
    # Before Postgres 15 the reports of ended sessions take their time.
    await eventually(calls)
    return calls()
