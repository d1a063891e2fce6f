"""A claim in flight does not outlive its instance: who fences or removes it waits, and takes it back."""

from __future__ import annotations

import psycopg
import pytest
from fixtures.actors import Actor, Stage

CLAIM = "select run_id from agentpg.claim_runs(instance_id(), max_count => 10)"
CLAIM_TOOLS = "select run_id from agentpg.claim_tool_executions(instance_id(), 10)"
CALL = (
    "select * from agentpg.record_response(iteration_id(), run_lease(), reply_tool_use('toolu_1', 'lookup'))"
)
COMPLETE = """
select * from agentpg.complete_tool(
  tool_execution_id('toolu_1'), tool_lease('toolu_1'), '"done"', claim_next => true
)
"""
REGISTER_TOOLS = """
select agentpg.register_tools(instance_id(), '[{"name": "other", "input_schema": {"type": "object"}}]')
"""
FENCE = "select instance_id as id from agentpg.register_instance(name => 'executor', exclusive => true)"
DEREGISTER = "select agentpg.deregister_instance(instance_id())"
REMOVE = "delete from agentpg.instances where id = instance_id()"
HELD = """
select (select count(*) from agentpg.runs r where r.claimed_by = instance_id() and r.lease_token is not null)
  + (select count(*) from agentpg.tool_executions e
    where e.claimed_by = instance_id() and e.state = 'running')
  + (select count(*) from agentpg.instance_tools t where t.instance_id = instance_id())
"""
BEFORE = {
    CLAIM: [],
    CLAIM_TOOLS: [
        "select claim_one()",
        "select answer(reply_tool_use('toolu_1', 'lookup'), claim_tools => false)",
    ],
    CALL: ["select claim_one()"],
    COMPLETE: ["select claim_one()", "select answer(reply_tool_use('toolu_1', 'lookup'))"],
}
CODES = {FENCE: "AP211", DEREGISTER: "AP007"}


def given(stage: Stage, work: str) -> None:
    stage.ask("select given_run()")
    for statement in BEFORE[work]:
        stage.ask(statement)


@pytest.mark.parametrize("end", [FENCE, DEREGISTER], ids=["fence", "deregister"])
@pytest.mark.parametrize("work", BEFORE, ids=["runs", "tools", "answer", "next request"])
def test_what_is_handed_out_in_flight_is_taken_back(
    stage: Stage, one: Actor, two: Actor, work: str, end: str
) -> None:
    given(stage, work)
    one.begin()
    assert len(one.do(work)) == 1
    two.start(end)
    two.waits_for(one)
    one.commit()
    two.result()
    assert stage.ask(HELD) == 0
    assert stage.state() == ("pending" if work in (CLAIM, COMPLETE) else "pending_tools")
    stage.assert_sound()


@pytest.mark.parametrize("end", [FENCE, DEREGISTER], ids=["fence", "deregister"])
@pytest.mark.parametrize("work", [CLAIM, CLAIM_TOOLS], ids=["runs", "tools"])
def test_a_claim_that_comes_while_its_instance_ends_is_refused(
    stage: Stage, one: Actor, two: Actor, work: str, end: str
) -> None:
    given(stage, work)
    one.begin()
    one.do(end)
    two.start(work)
    two.waits_for(one)
    one.commit()
    with pytest.raises(psycopg.Error) as refusal:
        two.result()
    assert refusal.value.sqlstate == CODES[end]
    assert stage.ask(HELD) == 0


@pytest.mark.parametrize("end", [FENCE, DEREGISTER], ids=["fence", "deregister"])
def test_an_answer_that_comes_while_its_instance_ends_is_refused_after_the_release(
    stage: Stage, one: Actor, two: Actor, end: str
) -> None:
    """The run was given back: the late answer finds its token stale, as that of any zombie."""
    given(stage, CALL)
    one.begin()
    one.do(end)
    two.start(CALL)
    two.waits_for(one)
    one.commit()
    with pytest.raises(psycopg.Error) as refusal:
        two.result()
    assert refusal.value.sqlstate == "AP210"
    assert stage.ask(HELD) == 0
    stage.assert_sound()


@pytest.mark.parametrize("end", [FENCE, DEREGISTER], ids=["fence", "deregister"])
@pytest.mark.parametrize("work", [CALL, COMPLETE], ids=["answer", "next request"])
def test_work_that_the_end_passed_over_hands_out_nothing(
    stage: Stage, one: Actor, two: Actor, work: str, end: str
) -> None:
    """The caller holds the run already when its instance ends: its result counts, it gets nothing more."""
    given(stage, work)
    three = stage.actor()
    three.begin()
    three.do("select pg_advisory_xact_lock(1095189584, hashtext('instance id ' || instance_id()))")
    two.start(work)
    two.waits_for(three)
    one.start(end)
    one.waits_for(three)
    three.do("update agentpg.instances set fenced_at = agentpg.now() where id = instance_id()")
    three.commit()
    assert two.result() == []
    one.result()
    assert stage.ask(HELD) == (1 if end == FENCE else 0)  # what the test itself fenced keeps its tool's name
    assert stage.state() == ("pending" if work == COMPLETE else "pending_tools")
    stage.assert_sound()


@pytest.mark.parametrize(
    ("end", "code"),
    [(FENCE, "AP211"), (DEREGISTER, "AP007"), (REMOVE, "AP007")],
    ids=["fence", "leave", "sweep"],
)
def test_tools_are_not_registered_for_an_instance_that_is_ending(
    stage: Stage, one: Actor, two: Actor, end: str, code: str
) -> None:
    one.begin()
    one.do(end)
    two.start(REGISTER_TOOLS)
    two.waits_for(one)
    one.commit()
    with pytest.raises(psycopg.Error) as refusal:
        two.result()
    assert refusal.value.sqlstate == code
    assert stage.ask("select count(*) from agentpg.instance_tools") == 0
    assert stage.ask("select count(*) from agentpg.tools where name = 'other'") == 0


def test_the_sweep_passes_over_an_instance_whose_tools_are_being_registered(
    stage: Stage, one: Actor, two: Actor
) -> None:
    stage.ask("select advance('1 hour')")
    sweep = "select (agentpg.run_maintenance() ->> 'removed_instances')::integer as count"
    one.begin()
    one.do(REGISTER_TOOLS)
    assert two.do(sweep)[0]["count"] == 0
    one.commit()
    assert two.do(sweep)[0]["count"] == 1


def test_the_sweep_passes_over_an_instance_that_is_heard_of(stage: Stage, one: Actor, two: Actor) -> None:
    stage.ask("select advance('1 hour')")
    one.begin()
    one.do("select agentpg.heartbeat(instance_id())")
    assert two.do("select agentpg.run_maintenance() ->> 'removed_instances' as count")[0]["count"] == "0"
    one.commit()
    assert two.do("select agentpg.run_maintenance() ->> 'removed_instances' as count")[0]["count"] == "0"
    assert stage.ask("select count(*) from agentpg.instances") == 1
