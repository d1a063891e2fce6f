"""A million finished runs, 30,000 that wait for a batch, 10,000 batches that are over: what a call reads."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from fixtures.databases import Database

from .conftest import Meter

pytestmark = [pytest.mark.timeout(300), pytest.mark.usefixtures("waiting_since")]

CALLER = "'000000a3-0000-7000-8000-000000000001'"
WAITING_SINCE = """
select min(available_at) as at from agentpg.runs where queue_id = 2 and state = 'pending'
"""


def batch(number: int) -> str:
    return f"'00000006-0000-7000-8000-{number:012x}'::uuid"


ONE_RUN = f"'00000001-0000-7000-8000-{1030001:08x}0000'::uuid"
READING, LEASE = batch(20021), batch(21)
LINES = f"""(
  select jsonb_agg(jsonb_build_object(
    'custom_id', agentpg._custom_id({READING}, n), 'result', jsonb_build_object(
      'type', 'succeeded', 'message', jsonb_build_object('role', 'assistant', 'stop_reason', 'end_turn',
        'content', '[{{"type": "text", "text": "Well."}}]'::jsonb))))
  from generate_series(1, 10) n
)"""


@pytest.fixture(scope="module")
def waiting_since(million: Database) -> str:
    """When the first of the 30,000 began to wait; the batches are put beside them."""
    with psycopg.connect(million.dsn, autocommit=True) as conn:
        conn.execute(Path(__file__).with_name("_batches.sql").read_bytes())
    with psycopg.connect(million.dsn, autocommit=True) as conn:
        row = conn.execute(WAITING_SINCE).fetchone()
    assert row is not None
    return f"'{row[0].isoformat()}'::timestamptz"


@pytest.mark.parametrize(
    ("statement", "returned", "rows", "pages"),
    [
        (f"select * from agentpg.claim_batch({CALLER}, 1)", 1, 40, 400),
        (f"select * from agentpg.claim_batch({CALLER}, 100)", 100, 1500, 8000),
        (f"select * from agentpg.claim_batch_polls({CALLER})", 1, 60, 150),
        (f"select * from agentpg.claim_batch_polls({CALLER}, 10)", 10, 80, 250),
        # One has lost all its members, the others are told by the first that stays.
        (f"select * from agentpg.claim_batch_cancellations({CALLER}, 10)", 1, 3000, 3000),
        (
            f"select * from agentpg.record_batch_results({READING}, {LEASE}, {LINES})",
            1, 400, 4000,
        ),
        (f"select agentpg.record_batch_ingested({READING}, {LEASE}, 1)", 1, 2100, 2500),
        (f"select agentpg.release_batches({CALLER})", 1, 60, 100),
        ("select agentpg._settle_stored(1000)", 1, 5, 20),
        (f"select * from agentpg.why_waiting({ONE_RUN})", 1, 70, 150),
        (f"select * from agentpg.batch_progress where batch_id = {READING}", 1, 1100, 1500),
        (
            f"select agentpg.heartbeat({CALLER}, jsonb_build_array("
            f"jsonb_build_object('batch_id', {READING}, 'lease_token', {LEASE})))",
            1, 10, 100,
        ),
    ],
)  # fmt: skip
def test_a_call_reads_what_its_batch_needs(
    meter: Meter, statement: str, returned: int, rows: int, pages: int
) -> None:
    touched = meter.touched(statement, rows=returned)
    assert touched.total <= rows, touched
    assert touched.pages <= pages, touched


def test_looking_whether_a_batch_is_due_reads_no_more_than_one_would_hold(
    meter: Meter, waiting_since: str
) -> None:
    """A moment after the first: none has waited long enough, thousands wait behind those that fill one."""
    at = f"{waiting_since} + interval '25 milliseconds'"
    for count, due in ((100, 1), (1000, 1), (30001, 0)):
        touched = meter.touched(f"select where agentpg._gather_is_due({at}, {count})", rows=due)
        assert touched.total <= min(count, 30000) + 50, touched
        assert touched.pages <= min(count, 30000) + 100, touched


def test_looking_at_what_has_waited_long_enough_reads_one(meter: Meter) -> None:
    touched = meter.touched("select where agentpg._gather_is_due(agentpg.now(), 10000)", rows=1)
    assert touched.total <= 20, touched
    assert touched.pages <= 100, touched
