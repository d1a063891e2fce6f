"""`agentpg doctor` on batches; every trouble is made for real and then found."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import psycopg
import pytest
from agentpg import Client
from agentpg_executor.cli._checks import Finding
from agentpg_executor.cli.doctor import examine
from fixtures.batch_steps import BatchSteps
from fixtures.clock import Clock
from psycopg.types.json import Jsonb

from .conftest import MODEL

Conn = psycopg.Connection[dict[str, Any]]
Doctor = Callable[[], list[Finding]]


@pytest.fixture
def doctor(database: str) -> Doctor:
    """The findings on batches that are not OK; each says why and has a fix."""

    def look() -> list[Finding]:
        found = [finding for finding in examine(database) if finding.check == "batches"]
        assert found
        bad = [finding for finding in found if finding.verdict != "OK"]
        assert all(finding.why and finding.fix for finding in bad)
        return bad

    return look


@pytest.fixture
def steps(conn: Conn, clock: Clock) -> BatchSteps:
    return BatchSteps(conn, clock, MODEL)


@pytest.fixture
def run_id(client: Client) -> UUID:
    agent = client.create_agent("helper", model=MODEL)
    return client.run(client.new_session(), agent.id, "hello")


def test_nothing_is_wrong_while_a_batch_goes_its_way(
    doctor: Doctor, steps: BatchSteps, run_id: UUID, clock: Clock
) -> None:
    assert doctor() == []
    batch_id = steps.submit()
    assert doctor() == []
    steps.wait(3600)
    assert doctor() == []
    steps.end(batch_id, steps.answer())
    assert doctor() == []


def test_runs_wait_and_nobody_serves_batches(doctor: Doctor, conn: Conn, run_id: UUID) -> None:
    conn.execute("select agentpg.register_instance(name => 'streams only')")
    (finding,) = doctor()
    assert finding.verdict == "FAIL"
    assert finding.what == "1 run to be gathered, 0 batches not over, and no executor serves batches"
    assert "--max-batches" in finding.fix


def test_a_batch_is_out_and_nobody_serves_batches(
    doctor: Doctor, conn: Conn, steps: BatchSteps, run_id: UUID
) -> None:
    steps.submit()
    conn.execute("select agentpg.deregister_instance(%s)", (steps.instance_id,))
    (finding,) = doctor()
    assert (finding.verdict, finding.what[:37]) == ("FAIL", "0 runs to be gathered, 1 batch not ov")


def test_runs_that_are_not_gathered_though_they_could_be(
    doctor: Doctor, steps: BatchSteps, run_id: UUID
) -> None:
    steps.wait(700)
    (finding,) = doctor()
    assert finding.verdict == "WARN"
    assert "1 run to be gathered, the first for 11 min 4" in finding.what


def test_runs_of_a_parked_queue_are_told_as_parked(
    doctor: Doctor, database: str, steps: BatchSteps, run_id: UUID
) -> None:
    batch_id, lease = steps.begin()
    steps.fail(batch_id, lease, type="authentication_error", message="invalid x-api-key", status=401)
    steps.wait(700)
    assert doctor() == []
    (parked,) = [finding for finding in examine(database) if finding.check == "queues"]
    assert parked.verdict == "FAIL"
    assert "(batch) are parked" in parked.what


def test_a_batch_that_was_perhaps_sent(doctor: Doctor, conn: Conn, steps: BatchSteps, run_id: UUID) -> None:
    batch_id, lease = steps.begin()
    steps.fail(batch_id, lease, type="timeout", message="no answer")
    assert doctor() == []
    steps.wait(700)
    (finding,) = doctor()
    assert finding.verdict == "WARN"
    assert f"batch {batch_id} was perhaps sent, 11 min ago" in finding.what
    assert "timeout: no answer" in finding.why
    assert f"agentpg batches abandon {batch_id}" in finding.fix

    task = steps.poll()
    assert task["task"] == "reconcile"
    candidate = {
        "id": "msgbatch_maybe",
        "processing_status": "in_progress",
        "created_at": task["submission_started_at"].isoformat(),
        "request_counts": {"processing": 1, "succeeded": 0},
    }
    conn.execute(
        "select agentpg.record_batch_candidates(%s, %s, %s)",
        (batch_id, task["lease_token"], Jsonb([candidate])),
    )
    (finding,) = doctor()
    assert "msgbatch_maybe" in finding.why
    assert "wait" in finding.fix


def test_a_batch_whose_steps_fail_again_and_again(doctor: Doctor, steps: BatchSteps, run_id: UUID) -> None:
    batch_id = steps.submit()
    for number in range(3):
        assert doctor() == [], number
        task = steps.poll()
        steps.fail(batch_id, task["lease_token"], type="api_error", message="internal", status=500)
    (finding,) = doctor()
    assert finding.verdict == "WARN"
    assert finding.what == f"batch {batch_id} (submitted) has failed 3 times in a row"
    assert finding.why.startswith("api_error: internal; tried again at ")


def test_a_batch_that_the_provider_does_not_know(doctor: Doctor, steps: BatchSteps, run_id: UUID) -> None:
    batch_id = steps.submit()
    for _ in range(4):
        task = steps.poll()
        steps.fail(batch_id, task["lease_token"], type="not_found_error", message="no such batch", status=404)
        (finding,) = doctor()
        assert finding.verdict == "FAIL"
        assert "does not know msgbatch_01" in finding.what
        assert "workspace" in finding.why
        assert f"agentpg batches abandon {batch_id}" in finding.fix


def test_a_batch_beyond_its_end(doctor: Doctor, steps: BatchSteps, run_id: UUID) -> None:
    batch_id = steps.submit()
    steps.wait(24 * 3600)
    assert doctor() == []
    steps.wait(3600)
    (finding,) = doctor()
    assert finding.verdict == "WARN"
    assert f"batch {batch_id} expired 60 min ago" in finding.what


def test_results_that_nobody_takes_over(doctor: Doctor, steps: BatchSteps, run_id: UUID) -> None:
    batch_id = steps.submit()
    steps.report_end(steps.poll(), 1)
    assert doctor() == []
    steps.wait(700)
    (finding,) = doctor()
    assert f"batch {batch_id} ended 11 min ago, its results wait" in finding.what
