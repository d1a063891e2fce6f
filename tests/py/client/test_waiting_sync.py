"""The synchronous client waits in threads: one listener and one poll, however many callers."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import psycopg
import pytest
from agentpg import Client, errors

from .conftest import MODEL, Answerer, Talk, eventually_sync, is_listening


def waiting_for(client: Client) -> set[UUID]:
    waits = client._waits
    return set() if waits is None else set(waits._waits)


def test_a_thread_that_waits_is_woken(sync_client: Client, sync_talk: Talk, answerer: Answerer) -> None:
    run_id = sync_client.run_fast(*sync_talk, "Hello")
    with ThreadPoolExecutor(1) as threads:
        wait = threads.submit(sync_client.wait_for_run, run_id, timeout=60)
        eventually_sync(lambda: is_listening(answerer.conn))
        answerer.finish(run_id, "Hi.")
        assert wait.result(20).text == "Hi."


def test_the_poll_alone_wakes_a_thread(database: str, answerer: Answerer) -> None:
    with Client(database, listen=False) as client, ThreadPoolExecutor(1) as threads:
        agent = client.create_agent("assistant", model=MODEL)
        run_id = client.run_fast(client.new_session(), agent.id, "Hello")
        wait = threads.submit(client.wait_for_run, run_id, timeout=60)
        eventually_sync(lambda: waiting_for(client))
        answerer.finish(run_id, "Hi.")
        assert wait.result(20).text == "Hi."


def test_many_threads_share_the_two_background_threads(
    sync_client: Client, sync_talk: Talk, answerer: Answerer
) -> None:
    before = set(threading.enumerate())
    run_ids = [
        sync_client.run_fast(sync_client.new_session(), sync_talk.agent_id, "Hello") for _ in range(10)
    ]
    with ThreadPoolExecutor(10) as threads:
        waits = [threads.submit(sync_client.wait_for_run, run_id, timeout=60) for run_id in run_ids]
        eventually_sync(lambda: waiting_for(sync_client) == set(run_ids))
        background = {
            thread.name
            for thread in set(threading.enumerate()) - before
            if thread.name.startswith("agentpg-")
        }
        assert {name for name in background if "worker" not in name and "scheduler" not in name} == {
            "agentpg-waits",
            "agentpg-listener",
        }
        for run_id in run_ids:
            answerer.finish(run_id, str(run_id))
        assert [wait.result(30).text for wait in waits] == [str(run_id) for run_id in run_ids]
    assert not waiting_for(sync_client)


def test_a_killed_listener_comes_back(
    sync_client: Client, sync_talk: Talk, answerer: Answerer, conn: psycopg.Connection[dict[str, Any]]
) -> None:
    run_id = sync_client.run_fast(*sync_talk, "Hello")
    with ThreadPoolExecutor(1) as threads:
        wait = threads.submit(sync_client.wait_for_run, run_id, timeout=60)
        eventually_sync(lambda: is_listening(conn))
        conn.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and query like 'listen%'"
        )
        answerer.finish(run_id, "Hi.")
        assert wait.result(20).text == "Hi."
    eventually_sync(lambda: is_listening(conn))


def test_closing_ends_the_waits_of_other_threads(database: str) -> None:
    client = Client(database).open()
    agent = client.create_agent("assistant", model=MODEL)
    run_id = client.run_fast(client.new_session(), agent.id, "Hello")
    with ThreadPoolExecutor(1) as threads:
        wait = threads.submit(client.wait_for_run, run_id)
        eventually_sync(lambda: waiting_for(client))
        client.close()
        with pytest.raises(errors.ClientStopping):
            wait.result(20)


def test_a_wait_times_out(sync_client: Client, sync_talk: Talk) -> None:
    run_id = sync_client.run_fast(*sync_talk, "Hello")
    with pytest.raises(errors.RunWaitTimeout):
        sync_client.wait_for_run(run_id, timeout=0.01)
    assert not waiting_for(sync_client)


def test_a_failed_run_raises(sync_client: Client, sync_talk: Talk, answerer: Answerer) -> None:
    run_id = sync_client.run_fast(*sync_talk, "Hello")
    answerer.fail(run_id)
    with pytest.raises(errors.RunFailed) as caught:
        sync_client.wait_for_run(run_id, timeout=5)
    assert caught.value.run_id == run_id
