"""`agentpg doctor`: the fleet, the tables, the deep look; every trouble is made for real and then found."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from agentpg import Client
from agentpg_executor.cli import _checks, _storage_checks
from agentpg_executor.cli._checks import Finding
from agentpg_executor.cli.doctor import examine
from fixtures.clock import Clock
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from .conftest import MODEL

Conn = psycopg.Connection[dict[str, Any]]
Doctor = Callable[..., list[Finding]]


@pytest.fixture
def doctor(database: str) -> Doctor:
    """The findings of one check that are not OK; each says why and has a fix."""

    def look(check: str, *, deep: bool = False) -> list[Finding]:
        found = [finding for finding in examine(database, deep=deep) if finding.check == check]
        assert found, f"nothing was said of {check}"
        bad = [finding for finding in found if finding.verdict != "OK"]
        assert all(finding.why and finding.fix for finding in bad)
        return bad

    return look


@contextmanager
def connected(database: str) -> Generator[Conn]:
    with Conn.connect(database, autocommit=True, row_factory=dict_row) as opened:
        yield opened


def register(conn: Conn, name: str) -> object:
    row = conn.execute("select instance_id from agentpg.register_instance(name => %s)", (name,)).fetchone()
    assert row is not None
    return row["instance_id"]


def fail(conn: Conn, client: Client, error: dict[str, Any]) -> None:
    """A run whose model call the API answers with this error."""
    agent = client.get_or_create_agent("helper", model=MODEL)
    client.run_fast(client.new_session(), agent.id, "hello")
    claim = conn.execute("select * from agentpg.claim_runs(%s)", (register(conn, "tries"),)).fetchone()
    assert claim is not None
    conn.execute(
        "select agentpg.record_failure(%s, %s, %s, '10 minutes')",
        (claim["iteration_id"], claim["lease_token"], Jsonb(error)),
    )


def test_an_executor_that_fell_silent(doctor: Doctor, conn: Conn, clock: Clock) -> None:
    register(conn, "frozen")
    assert [finding.verdict for finding in doctor("executors")] == []
    clock.advance(60)
    (finding,) = doctor("executors")
    assert finding.verdict == "WARN"
    assert "frozen" in finding.what
    assert "1 min ago" in finding.what


def test_executors_of_which_none_listens(doctor: Doctor, conn: Conn, database: str) -> None:
    register(conn, "deaf")
    (finding,) = doctor("listeners")
    assert "--listen-database-url" in finding.fix
    with connected(database) as listening:
        listening.execute("listen agentpg_run_created")
        assert doctor("listeners") == []
        conn.execute("""select agentpg.configure('{"notifications": "off"}')""")
        (finding,) = doctor("listeners")
    assert "switched off" in finding.what


def test_maintenance_that_nobody_runs(doctor: Doctor, conn: Conn, client: Client, clock: Clock) -> None:
    leader = register(conn, "leader")
    assert [finding.verdict for finding in doctor("maintenance")] == ["WARN"]
    conn.execute("select agentpg.run_maintenance(%s)", (leader,))
    assert doctor("maintenance") == []
    agent = client.create_agent("helper", model=MODEL)
    soon = clock.advance(0) + timedelta(seconds=30)
    client.run_fast(client.new_session(), agent.id, "hello", options={"deadline": soon.isoformat()})
    clock.advance(90)
    (finding,) = doctor("maintenance")
    assert finding.verdict == "FAIL"
    assert "1 run past the deadline" in finding.what
    conn.execute("select agentpg.run_maintenance()")
    assert [finding.verdict for finding in doctor("leases")] == []


def test_runs_that_wait_though_executors_live(
    doctor: Doctor, conn: Conn, client: Client, clock: Clock
) -> None:
    agent = client.create_agent("helper", model=MODEL)
    run_id = client.run_fast(client.new_session(), agent.id, "hello")
    clock.advance(120)
    register(conn, "busy")
    (finding,) = doctor("waiting runs")
    assert finding.verdict == "WARN"
    assert "2 min" in finding.what
    assert str(run_id) in finding.fix


def test_an_agent_with_a_tool_that_nobody_offers(doctor: Doctor, conn: Conn, client: Client) -> None:
    tool: list[dict[str, Any]] = [{"name": "look", "input_schema": {"type": "object", "properties": {}}}]
    conn.execute("select agentpg.register_tools(null, %s)", (Jsonb(tool),))
    client.create_agent("seer", model=MODEL, tools=["look"])
    worker = register(conn, "without tools")
    (finding,) = doctor("tools")
    assert "look of agent seer" in finding.what
    conn.execute("select agentpg.register_tools(%s, %s)", (worker, Jsonb(tool)))
    assert doctor("tools") == []


def test_parked_and_paused_models(doctor: Doctor, conn: Conn, client: Client) -> None:
    fail(conn, client, {"type": "rate_limit_error", "status": 429, "message": "slow down"})
    (paused,) = doctor("queues")
    assert "paused" in paused.what
    conn.execute("update agentpg.queues set paused_until = null, pause_reason = null, spread_until = null,"
                 " next_claim_at = null")  # fmt: skip
    fail(conn, client, {"type": "authentication_error", "status": 401, "message": "invalid x-api-key"})
    (parked,) = doctor("queues")
    assert parked.verdict == "FAIL"
    assert "parked" in parked.what
    assert "resume_parked()" in parked.fix


def test_an_old_transaction_with_its_pid_and_age(database: str) -> None:
    """Ten minutes cannot be waited for here, so the query's own limit is what is shortened."""
    with psycopg.connect(database, application_name="forgotten") as old, connected(database) as looking:
        old.execute("set transaction isolation level repeatable read")
        old.execute("select count(*) from pg_class")
        (finding,) = _storage_checks.old_transactions(looking)
        assert finding.verdict == "OK"
        (finding,) = _storage_checks.old_transactions(looking, older_than=timedelta(0))
        assert finding.verdict == "WARN"
        pid = str(old.info.backend_pid)
        assert f"pid {pid} (idle in transaction, forgotten)" in finding.what
        assert pid in finding.fix


def test_dead_rows_in_a_hot_table(conn: Conn, database: str) -> None:
    conn.execute("alter table agentpg.queues set (autovacuum_enabled = off)")
    with connected(database) as busy:
        busy.execute(
            "insert into agentpg.queues (run_mode, model)"
            " select 'batch', 'm' || n from generate_series(1, 12000) n"
        )
        busy.execute("delete from agentpg.queues")
    assert bloat_of(conn, until="WARN").what == "12,000 dead rows in agentpg.queues (100%), never vacuumed"
    assert "vacuum (analyze) agentpg.queues" in bloat_of(conn).fix
    conn.execute("vacuum agentpg.queues")
    assert bloat_of(conn, until="OK").verdict == "OK"


def bloat_of(conn: Conn, until: str | None = None) -> Finding:
    """The finding on dead rows. Counters arrive a moment after the work: it is looked for until it is so."""
    for _ in range(600):
        (finding,) = [found for found in _storage_checks.bloat(conn) if found.check == "bloat"]
        if until in (None, finding.verdict):
            return finding
        conn.execute("select pg_sleep(0.05), pg_stat_clear_snapshot()")
    raise AssertionError(f"no {until} within 30 s")


def test_a_queue_of_notifications_that_a_listener_holds_up(conn: Conn, database: str) -> None:
    with connected(database) as listening, connected(database) as looking:
        listening.execute("listen doctor_test")
        listening.execute("begin")
        listening.execute("select 1")
        for _ in range(20):
            conn.execute(
                "select pg_notify('doctor_test', repeat('x', 7000) || n) from generate_series(1, 5) n"
            )
        assert list(_storage_checks.notification_queue(looking)) == []
        (finding,) = _storage_checks.notification_queue(looking, most=0.0)
        listening.execute("rollback")
    assert finding.verdict == "FAIL"
    assert "idle in transaction" in finding.fix


def test_clocks_that_differ(conn: Conn) -> None:
    (finding,) = _checks.clock(conn, lambda: datetime.now(UTC) + timedelta(minutes=3))
    assert finding.verdict == "WARN"
    assert "180 s" in finding.what
    (finding,) = _checks.clock(conn)
    assert finding.verdict == "OK"


def test_only_the_deep_look_finds_what_may_never_be(doctor: Doctor, conn: Conn, client: Client) -> None:
    agent = client.create_agent("helper", model=MODEL)
    client.run_fast(client.new_session(), agent.id, "hello")
    assert doctor("invariants", deep=True) == []
    conn.execute("set session_replication_role = replica")
    conn.execute("update agentpg.messages set seq = seq + 1")
    conn.execute("update agentpg.runs set rescue_attempts = 99")
    gap, attempts = sorted(doctor("invariants", deep=True), key=lambda finding: finding.what, reverse=True)
    assert gap.what.startswith("gap_in_seq: 1 time")
    assert attempts.what.startswith("attempts_above_limit: 1 time")
    assert gap.verdict == "FAIL"
    with pytest.raises(AssertionError, match="nothing was said"):
        doctor("invariants")
