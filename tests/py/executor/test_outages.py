"""The database goes away, forgets us, or says nothing: paid work is not lost, nothing waits for ever."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from agentpg_executor import events
from agentpg_executor.testing import Gate, call, held, raw, reply
from agentpg_executor.tools import tool
from executor.conftest import Workplace, eventually
from fixtures.databases import Database
from psycopg import sql


@tool
def add(a: int, b: int) -> int:
    return a + b


@contextmanager
def unreachable(database: Database) -> Iterator[None]:
    """Every connection to the database is cut and no new one let in."""
    name = sql.Identifier(database.name)
    with database.server.connect() as conn:
        conn.execute(sql.SQL("alter database {} allow_connections false").format(name))
        conn.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", (database.name,)
        )
        try:
            yield
        finally:
            conn.execute(sql.SQL("alter database {} allow_connections true").format(name))


def state_of(database: Database, run_id: object) -> str:
    with psycopg.connect(database) as conn:
        row = conn.execute("select state::text from agentpg.get_run(%s)", (run_id,)).fetchone()
    assert row is not None
    return str(row[0])


async def test_a_listener_that_is_killed_comes_back_and_catches_up(work: Workplace):
    executor = await work.started()
    assert executor.stats.listens == 1
    agent_id = await work.agent()
    work.conn.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity"
        " where datname = current_database() and query ilike 'listen%' and application_name like '%executor%'"
    )
    run_id = await work.run(agent_id, "x")
    await eventually(lambda: executor.stats.listens == 2, "listening again")
    assert (await work.end(run_id)).text == "You said: x"
    seen = executor.stats.notifications
    await work.end(await work.run(agent_id, "y"))
    assert executor.stats.notifications > seen


async def test_with_every_notification_lost_everything_still_finishes(work: Workplace):
    work.configure(notifications="off", poll_interval="1 second")
    work.fake.script([reply(call("add", a=1, b=2)), "3"])
    executor = await work.started(add)
    assert (await work.end(await work.run(await work.agent(add)))).text == "3"
    assert executor.stats.notifications == 0


async def test_a_paid_answer_survives_an_outage(work: Workplace, database: Database):
    with Gate() as gate:
        work.fake.script([held("Paid for.", gate)])
        executor = await work.started()
        run_id = await work.run(await work.agent())
        await gate.wait_reached()
        with unreachable(database):
            gate.open()
            await eventually(lambda: executor.stats.database_retries > 0, "the first try failed")
    await eventually(lambda: state_of(database, run_id) == "completed", "recorded")
    assert len(work.fake.journal.messages) == 1


async def test_a_tools_result_survives_an_outage(work: Workplace, database: Database):
    go = threading.Event()
    runs: list[int] = []

    @tool
    def once() -> str:
        runs.append(1)
        go.wait(20)
        return "kept"

    work.fake.script([reply(call("once")), "Done."])
    executor = await work.started(once)
    run_id = await work.run(await work.agent(once))
    await eventually(lambda: runs, "the body runs")
    with unreachable(database):
        go.set()
        await eventually(lambda: executor.stats.database_retries > 0, "the first try failed")
    await eventually(lambda: state_of(database, run_id) == "completed", "recorded")
    assert runs == [1]
    assert len(work.fake.journal.messages) == 2


async def test_an_idle_executor_survives_an_outage(work: Workplace, database: Database):
    executor = await work.started(add)
    agent_id = await work.agent(add)
    with unreachable(database):
        await eventually(lambda: executor.stats.claim_queries > 2, "it tries to claim", 20)
    listens = executor.stats.listens
    await eventually(lambda: executor.stats.listens > listens or listens > 1, "it listens again", 20)
    with database.connect() as conn:
        row = conn.execute(
            "select agentpg.create_run(agentpg.create_session(), %s, 'x') as id", (agent_id,)
        ).fetchone()
    assert row is not None
    await eventually(lambda: state_of(database, row["id"]) == "completed", "the run")


async def test_a_forgotten_instance_registers_again_and_goes_on(work: Workplace):
    work.configure(heartbeat_interval="100 milliseconds", poll_interval="1 second")
    executor = await work.started(add)
    agent_id = await work.agent(add)
    before = executor.instance_id
    work.conn.execute("delete from agentpg.instances")
    await eventually(lambda: executor.stats.registrations == 2, "registered again")
    await eventually(lambda: executor.instance_id != before, "a new id")
    work.fake.script([reply(call("add", a=1, b=2)), "3"])
    assert (await work.end(await work.run(agent_id))).text == "3"


async def test_work_that_blocks_on_every_connection_costs_no_lease(work: Workplace, database: Database):
    work.configure(
        heartbeat_interval="250 milliseconds", lease_ttl="1500 milliseconds", poll_interval="1 second"
    )
    calls, bodies = 14, []
    go = asyncio.Event()

    @tool
    async def report(n: int) -> str:
        bodies.append(n)
        await go.wait()
        return "ok"

    work.fake.script([reply(*(call("report", n=n) for n in range(calls))), "Done."])
    executor = await work.started(report)
    run_id = await work.run(await work.agent(report))
    await eventually(lambda: len(bodies) == calls, "all bodies run")
    blocked = (
        "select count(*) from pg_stat_activity where datname = current_database()"
        " and wait_event_type = 'Lock' and query like '%%complete_tool%%'"
    )
    lapsed = (
        "select count(*) from agentpg.tool_executions"
        " where state = 'running' and lease_expires_at < agentpg.now()"
    )
    with psycopg.connect(database) as user:
        user.execute("select from agentpg.sessions for no key update")
        go.set()
        await eventually(lambda: work.row(blocked)["count"] == 10, "every connection for work is blocked")
        beats = executor.stats.heartbeats
        # Twice as long as a lease.
        await eventually(
            lambda: work.row(lapsed)["count"] > 0 or executor.stats.heartbeats >= beats + 12, "it goes on"
        )
        assert work.row(lapsed)["count"] == 0
    assert (await work.end(run_id)).text == "Done."
    assert sorted(bodies) == list(range(calls))
    assert work.attempts(run_id) == []
    assert executor.stats.leases_lost == 0


async def test_work_that_was_taken_away_is_dropped_quietly(work: Workplace):
    with Gate() as gate:
        work.fake.script([held("Zombie.", gate), "Rescued."])
        executor = await work.started()
        run_id = await work.run(await work.agent())
        await gate.wait_reached()
        work.conn.execute("select agentpg.release_runs(%s)", (executor.instance_id,))
        assert (await work.end(run_id)).text == "Rescued."
        gate.open()
        await eventually(lambda: executor.stats.leases_lost == 1, "the late answer was refused")
    assert [c for role, c in work.transcript(run_id) if role == "assistant"] == [
        [{"type": "text", "text": "Rescued."}]
    ]
    assert executor.stats.unexpected_errors == 0


async def test_an_answer_the_database_refuses_fails_the_run_and_is_paid_once(work: Workplace):
    work.fake.script([raw({"role": "user", "content": [{"type": "text", "text": "x"}]})])
    await work.started()
    response = await work.end(await work.run(await work.agent()))
    assert response.state.value == "failed"
    assert response.error_type == "invalid_response"
    assert len(work.fake.journal.messages) == 1


async def test_through_a_transaction_pooler_it_polls(pooled_dsn: str, work: Workplace):
    work.configure(poll_interval="1 second")
    work.fake.script([reply(call("add", a=1, b=2)), "3"])
    agent_id = await work.agent(add)
    work.dsn = pooled_dsn
    executor = await work.started(add, pooled=True)
    assert (await work.end(await work.run(agent_id))).text == "3"
    assert executor.stats.listens == 0


async def test_through_a_transaction_pooler_it_listens_beside_it(
    pooled_dsn: str, work: Workplace, database: Database
):
    agent_id = await work.agent()
    work.dsn = pooled_dsn
    executor = await work.started(pooled=True, listen_dsn=database)
    runs = [await work.run(agent_id, str(n)) for n in range(8)]
    for n, run_id in enumerate(runs):
        assert (await work.end(run_id)).text == f"You said: {n}"
    assert executor.stats.listens == 1
    assert executor.stats.notifications > 0


async def test_a_restart_of_the_connection_pool_loses_no_event(work: Workplace, database: Database):
    await work.started()
    agent_id = await work.agent()
    for n in range(3):
        work.conn.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and application_name like '%executor%'"
        )
        assert (await work.end(await work.run(agent_id, str(n)))).text == f"You said: {n}"
    assert len(work.of(events.ModelCallFinished)) == 3
