"""Costs read what they are asked for: the days, the run or the session, whatever there is besides."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from fixtures.databases import Database, Databases

from .conftest import Meter

pytestmark = pytest.mark.timeout(300)

# 100,000 model calls in 100 days, four a run, five runs a session.
DATA = """
set session_replication_role = replica;
set synchronous_commit = off;
create function pg_temp.id(kind text, n bigint) returns uuid language sql immutable as
$$ select (kind || '-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid $$;
create function pg_temp.run_id(n bigint) returns uuid language sql immutable as
$$ select pg_temp.id('00000001', n << 16) $$;
insert into agentpg.prompt_prefixes (id, model, body, tool_names)
values (pg_temp.id('000000a1', 1), 'm', '{"model": "m"}', '{}');
insert into agentpg.agents (id, name, model, prefix_id)
select pg_temp.id('000000a2', n), 'agent ' || n, 'm', pg_temp.id('000000a1', 1)
from generate_series(1, 100) n;
insert into agentpg.sessions (id) select pg_temp.id('00000002', n) from generate_series(1, 5000) n;
insert into agentpg.run_inputs (
  run_id, session_id, turn, agent_id, run_mode, content, request_hash, max_iterations, max_continuations
)
select pg_temp.run_id(n), pg_temp.id('00000002', 1 + n % 5000), 1 + n / 5000,
  pg_temp.id('000000a2', 1 + n % 5000 % 100), 'streaming', '[{"type": "text", "text": "Hello?"}]', 0, 100, 10
from generate_series(1, 25000) n;
insert into agentpg.runs (
  id, session_id, iteration_id, prefix_id, available_at, finalized_at, queue_id, state, blocked
)
select i.run_id, i.session_id, agentpg._iteration_id(i.run_id, 4), pg_temp.id('000000a1', 1),
  now(), now(), 1, 'completed', false
from agentpg.run_inputs i;
insert into agentpg.iterations (
  id, run_id, number, attempt, run_mode, trigger_type, model, prefix_id, request_seq, stop_reason,
  input_tokens, cost_usd, completed_at
)
select agentpg._iteration_id(r.id, 1 + (n - 1) % 4), r.id, 1 + (n - 1) % 4, 1, 'streaming',
  'user_prompt', 'm', pg_temp.id('000000a1', 1), 1, 'end_turn', 100, 0.01,
  agentpg.now() - interval '100 days' + n * interval '86 seconds'
from generate_series(1, 100000) n cross join lateral pg_temp.run_id(1 + (n - 1) / 4) as r(id);
reset session_replication_role;
vacuum analyze agentpg.iterations, agentpg.run_inputs, agentpg.runs, agentpg.sessions;
"""
RUN = "'00000001-0000-7000-8000-00000fff0000'"
SESSION = "'00000002-0000-7000-8000-000000000fff'"


@pytest.fixture(scope="module")
def spent(databases: Databases) -> Iterator[Database]:
    database = databases.deployed()
    with psycopg.connect(database.dsn, autocommit=True) as conn:
        for statement in DATA.split(";\n"):
            if statement.strip():
                conn.execute(statement.encode())
    yield database
    databases.drop(database)


@pytest.fixture(scope="module")
def spent_meter(spent: Database) -> Iterator[Meter]:
    meter = Meter(spent)
    yield meter
    meter.close()


@pytest.mark.parametrize("by", ["model", "agent", "day"])
def test_the_costs_of_a_day_read_the_calls_of_that_day(spent_meter: Meter, by: str) -> None:
    """A day has about 1,000 calls; an index of ranges leads to whole pages, and to the newest."""
    since = "since => agentpg.now() - interval '1 day'"
    touched = spent_meter.touched(f"select * from agentpg.costs('{by}', {since})")
    assert 1000 <= touched.rows["iterations"] <= 5000, touched


@pytest.mark.parametrize(
    ("statement", "returned", "rows"),
    [
        (f"select * from agentpg.costs('tree', run_id => {RUN})", 1, 20),
        (f"select * from agentpg.costs('run', session_id => {SESSION})", 5, 60),
        (f"select * from agentpg.cost_by_run where run_id = {RUN}", 1, 20),
        (f"select * from agentpg.cost_by_iteration where run_id = {RUN}", 4, 20),
        (f"select * from agentpg.cost_by_session where session_id = {SESSION}", 1, 60),
        ("select * from agentpg.prompt_warnings('000000a2-0000-7000-8000-000000000001')", 0, 400),
    ],
)
def test_costs_read_no_more_than_they_are_of(
    spent_meter: Meter, statement: str, returned: int, rows: int
) -> None:
    touched = spent_meter.touched(statement, rows=returned)
    assert touched.total <= rows, touched
