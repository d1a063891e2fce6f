"""What an iteration reads does not depend on how much was said before it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from fixtures.databases import Database
from plans.conftest import Meter

pytestmark = pytest.mark.timeout(120)

SHORT, LONG = 5, 2500
# A level more of an index, a row more in a table of a few: whatever grows with the history reads 2,500 more.
SPARE_ROWS, SPARE_PAGES = 30, 60
CALL = {"type": "tool_use", "id": "toolu_x", "name": "lookup", "input": {"key": "value"}}
REPLY = json.dumps(
    {
        "id": "msg_x",
        "role": "assistant",
        "content": [CALL],
        "stop_reason": "tool_use",
        "usage": {"input_tokens": 10, "output_tokens": 5},
    }
)
# A worker that goes round and round, as any does: an answer, a result, the next request.
WORK = """
create procedure agentpg_test.go_round(instance_id uuid, run_id uuid, times integer) language plpgsql as $$
declare
  v_claim agentpg.run_claim;
  v_tool agentpg.tool_claim;
begin
  select * into v_claim from agentpg.claim_runs(instance_id, run_ids => array[run_id]);
  for n in 1 .. times loop
    select * into strict v_tool from agentpg.record_response(v_claim.iteration_id, v_claim.lease_token, %s);
    select * into strict v_claim from agentpg.complete_tool(
      v_tool.tool_execution_id, v_tool.lease_token, '"well, well"', claim_next => true,
      known => jsonb_build_object('seq', v_claim.context_seq, 'checksum', v_claim.context_checksum)
    );
    commit;
  end loop;
  update agentpg_test.at_work set claim = v_claim where at_work.run_id = go_round.run_id;
end
$$
"""


@dataclass
class Loop:
    """A run that has gone round so many times, and is at its next model call."""

    record: str
    complete: str
    whole: str


def loop_of(database: Database, rounds: int) -> Loop:
    with database.connect() as conn:

        def one(statement: str, *values: Any) -> dict[str, Any]:
            row = conn.execute(statement.encode(), values).fetchone()
            assert row is not None
            return row

        instance = one("select instance_id as id from agentpg.register_instance('worker')")["id"]
        tool = {"name": "lookup", "description": "Looks it up.", "input_schema": {"type": "object"}}
        one("select agentpg.register_tools(%s, %s)", instance, json.dumps([tool]))
        agent = one(
            "select id from agentpg.get_or_create_agent('looper', 'claude-sonnet-5-5', tools => '{lookup}')"
        )["id"]
        session = one("select agentpg.create_session() as id")["id"]
        run = one("select agentpg.create_run(%s, %s, 'Begin.', options => %s) as id", session, agent,
                  json.dumps({"max_iterations": 65_535}))["id"]  # fmt: skip
        conn.execute("insert into agentpg_test.at_work values (%s)", (run,))
        conn.execute("call agentpg_test.go_round(%s, %s, %s)", (instance, run, rounds))
        claim = one("select (claim).* from agentpg_test.at_work where run_id = %s", run)
        assert (claim["context_seq"], claim["messages_after"]) == (1 + 2 * rounds, 2 * rounds - 1)
        call = f"'{claim['iteration_id']}', '{claim['lease_token']}', '{REPLY}'"
        known = json.dumps({"seq": claim["context_seq"], "checksum": claim["context_checksum"]})
        return Loop(
            f"select * from agentpg.record_response({call})",
            "select c.* from (select t.id, t.lease_token from agentpg.tool_executions t"
            f" where t.run_id = '{run}' order by t.message_seq desc limit 1) e,"
            " agentpg.complete_tool(e.id, e.lease_token, '\"well\"', claim_next => true,"
            f" known => '{known}') c",
            f"select agentpg._build_request(r) from agentpg.runs r where r.id = '{run}'",
        )


@pytest.fixture(scope="module")
def loops(shared_database: Database) -> tuple[Loop, Loop]:
    with shared_database.connect() as conn:
        conn.execute("create table agentpg_test.at_work (run_id uuid, claim agentpg.run_claim)")
        conn.execute((WORK % f"'{REPLY}'").encode())
    made = loop_of(shared_database, SHORT), loop_of(shared_database, LONG)
    with shared_database.connect() as conn:
        conn.execute("vacuum analyze")
    return made


@pytest.fixture(scope="module")
def meter(loops: tuple[Loop, Loop], shared_database: Database) -> Iterator[Meter]:
    meter = Meter(shared_database)
    yield meter
    meter.close()


def test_an_iteration_of_a_long_loop_reads_what_one_of_a_short_loop_does(
    meter: Meter, loops: tuple[Loop, Loop], shared_database: Database
) -> None:
    short, long = (meter.touched(loop.record, rows=1) for loop in loops)
    print("record_response", short, long)
    assert long.total <= short.total + SPARE_ROWS, (short, long)
    assert long.pages <= short.pages + SPARE_PAGES, (short, long)

    with shared_database.connect() as conn:
        for loop in loops:
            conn.execute(loop.record.encode())
    short, long = (meter.touched(loop.complete, rows=1) for loop in loops)
    print("complete_tool", short, long)
    assert long.total <= short.total + SPARE_ROWS, (short, long)
    assert long.pages <= short.pages + SPARE_PAGES, (short, long)

    short, long = (meter.touched(loop.whole, rows=1) for loop in loops)
    print("_build_request", short, long)
    assert long.total - short.total >= 2 * (LONG - SHORT), "what the others are compared with"
