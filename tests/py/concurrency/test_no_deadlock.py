"""Each pair of functions that can meet on one run, held at each lock: no deadlock, no broken rule."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations_with_replacement

import psycopg
import pytest
from fixtures.actors import Actor, Stage, stage_on
from fixtures.databases import Database

HELD = """
(
  select jsonb_agg(jsonb_build_object(
    case k.kind when 'iteration' then 'run_id' else 'tool_execution_id' end,
    case k.kind when 'iteration' then run_id(k.name) else k.id end, 'lease_token', k.lease_token))
  from agentpg_test.known k where k.lease_token is not null
)
"""
EITHER = {
    "create_run": "select agentpg.create_run(session_id(), agent_id(), 'Next?')",
    "cancel_run": "select agentpg.cancel_run(run_id())",
    "interrupt": """
    select agentpg.create_run(
      session_id(), agent_id(), 'Stop!', options => '{"on_busy": "interrupt"}'
    )
    """,
    "release_runs": "select agentpg.release_runs(instance_id())",
    "release_tools": "select agentpg.release_tools(instance_id())",
    "heartbeat": f"select agentpg.heartbeat(instance_id(), {HELD})",
    "deregister_instance": "select agentpg.deregister_instance(instance_id())",
    "claim_runs": "select run_id from agentpg.claim_runs(instance_id(), max_count => 10)",
    "claim_tool_executions": "select run_id from agentpg.claim_tool_executions(instance_id(), 10)",
    "run_maintenance": "select maintain()",
    "register_tools": """
    select agentpg.register_tools(instance_id(), '[{"name": "lookup", "input_schema": {"type": "object"}}]')
    """,
    "fence": "select instance_id from agentpg.register_instance(name => 'executor', exclusive => true)",
}
STREAMING = EITHER | {
    "answer": "select 1 from agentpg.record_response(iteration_id(), run_lease(), reply_text())",
    "call": """
    select 1 from agentpg.record_response(iteration_id(), run_lease(), reply_tool_use('toolu_3', 'lookup'))
    """,
    "stop short": """
    select 1 from agentpg.record_response(iteration_id(), run_lease(), reply_text('x', 'max_tokens'))
    """,
    "retry": """
    select 1 from agentpg.record_failure(iteration_id(), run_lease(), '{"status": 529}', interval '0')
    """,
    "failure": "select 1 from agentpg.record_failure(iteration_id(), run_lease(), '{\"status\": 400}')",
}
TOOLS = EITHER | {
    f"{name} {number}": statement.replace(
        "CALL", f"tool_execution_id('toolu_{number}'), tool_lease('toolu_{number}')"
    )
    for number in (1, 2)
    for name, statement in {
        "complete": "select 1 from agentpg.complete_tool(CALL, '\"done\"', claim_next => true)",
        "fail": "select 1 from agentpg.fail_tool(CALL, 'broken', 'cancel', claim_next => true)",
        "retry": "select 1 from agentpg.fail_tool(CALL, 'broken')",
        "snooze": "select agentpg.snooze_tool(CALL, '1 second')",
        "ask": "select agentpg.request_approval(CALL)",
    }.items()
}
ASKED = {
    "approve": "select agentpg.approve_tool(tool_execution_id('toolu_2'))",
    "reject": "select agentpg.reject_tool(tool_execution_id('toolu_2'))",
}
TOOLS |= ASKED
HOLDS = {
    "session": "select from agentpg.sessions where id = session_id() for update",
    "run": "select from agentpg.runs where id = run_id() for update",
    "call": "select from agentpg.tool_executions where run_id = run_id() for update",
    "instance": "select from agentpg.instances where id = instance_id() for update",
    "queue": "select from agentpg.queues for update",
}
OPEN = {
    "runs": "where lease_token is not null returning 1",
    "tool_executions": "where state = 'running' returning 1",
}
# What a caller may be told when the other came first; all else is a defect, 40P01 before all.
TOLD = {"AP007", "AP202", "AP210", "AP211", "AP231"}


@pytest.fixture(scope="module")
def shared_stage(shared_database: Database) -> Iterator[Stage]:
    with stage_on(shared_database) as stage:
        stage.ask("select given_agent(tools => '{lookup}')")
        stage.ask('select agentpg.configure(\'{"instance_ttl": "1 day"}\')')
        yield stage


@pytest.fixture(scope="module")
def actors(shared_stage: Stage) -> tuple[Actor, ...]:
    return tuple(shared_stage.actor() for _ in range(3))


def set_the_scene(stage: Stage, streaming: bool, expired: bool, asked: bool) -> None:
    stage.ask("delete from agentpg_test.known where kind <> 'agent' returning 1")
    stage.ask("select given_instance('{lookup}')")
    stage.ask("select given_run()")
    stage.ask("select given_run('second')")
    stage.ask("select claim_one()")
    if not streaming:
        stage.ask(
            """
            select answer(reply_tool_uses(
              tool_use_block('toolu_1', 'lookup'), tool_use_block('toolu_2', 'lookup')
            ))
            """
        )
    if asked:
        stage.ask("select agentpg.request_approval(tool_execution_id('toolu_2'), tool_lease('toolu_2'))")
    if expired:
        past = "agentpg.now() - interval '1 hour'"
        stage.rows(f"update agentpg.runs set watch_at = {past} where watch_at is not null returning 1")
        for table in ("runs", "tool_executions"):
            stage.rows(f"update agentpg.{table} set lease_expires_at = {past} {OPEN[table]}")


def clear_the_scene(stage: Stage) -> None:
    stage.rows(
        "select agentpg.cancel_run(r.id) from agentpg.runs r where r.finalized_at is null order by r.id desc"
    )
    stage.rows("select agentpg.deregister_instance(i.id) from agentpg.instances i")
    stage.empty()
    stage.ask(
        """
        update agentpg.queues set paused_until = null, pause_reason = null, spread_until = null,
          next_claim_at = null returning 1
        """
    )


# Holding one of these makes a difference to nobody else.
TAKERS = {
    "instance": {"heartbeat", "deregister_instance", "fence"},
    "queue": {"create_run", "interrupt", "claim_runs", "retry"},
}


def pairs(hold: str) -> Iterator[tuple[bool, str, str]]:
    for streaming, functions in ((True, STREAMING), (False, TOOLS)):
        for first, second in combinations_with_replacement(functions, 2):
            if hold in TAKERS and not TAKERS[hold] & {first, second}:
                continue
            if streaming and hold == "call":
                continue
            if streaming or hold == "call" or not (first in EITHER and second in EITHER):
                yield streaming, first, second


@pytest.mark.timeout(180)
@pytest.mark.parametrize("hold", HOLDS)
def test_no_pair_deadlocks(shared_stage: Stage, actors: tuple[Actor, ...], hold: str) -> None:
    wrong: list[str] = []
    for streaming, first, second in pairs(hold):
        wrong += meet(shared_stage, actors, streaming, first, second, hold)
    assert wrong == []


def meet(
    stage: Stage, actors: tuple[Actor, ...], streaming: bool, first: str, second: str, hold: str
) -> list[str]:
    holder, one, two = actors
    functions = STREAMING if streaming else TOOLS
    set_the_scene(
        stage,
        streaming,
        expired="run_maintenance" in (first, second),
        asked=bool({first, second} & ASKED.keys()),
    )
    holder.begin()
    holder.do(HOLDS[hold])
    one.start(functions[first])
    one.settle()
    two.start(functions[second])
    two.settle()
    holder.commit()
    wrong: list[str] = []
    for actor, name in ((one, first), (two, second)):
        try:
            actor.result()
        except psycopg.Error as error:
            if error.sqlstate not in TOLD:
                wrong.append(f"{first} and {second}, held at the {hold}: {name}: {error.sqlstate} {error}")
    broken = stage.rows("select rule, detail from agentpg.invariant_violations")
    wrong += [f"{first} and {second}, held at the {hold}: {rule}: {detail}" for rule, detail in broken]
    clear_the_scene(stage)
    return wrong
