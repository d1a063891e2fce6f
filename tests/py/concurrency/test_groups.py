"""A group waits for nobody: what somebody else holds, or has taken away, it leaves out, and does the others."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from fixtures.actors import Actor, Stage

RUNS = ("a", "b", "c")
ANSWER_ALL = """
select g.place, cardinality(g.claims) as calls from agentpg.record_responses(
  array(select iteration_id(n.name) from unnest(%(runs)s::text[]) with ordinality as n(name, o) order by n.o),
  array(select run_lease(n.name) from unnest(%(runs)s::text[]) with ordinality as n(name, o) order by n.o),
  (select jsonb_agg(reply_tool_use('toolu_' || n.name, 'lookup') order by n.o) from unnest(%(runs)s::text[]) with ordinality as n(name, o)),
  array_fill(null::text, array[cardinality(%(runs)s::text[])]),
  array_fill(null::integer, array[cardinality(%(runs)s::text[])])
) g order by g.place
"""
FINISH_ALL = """
select g.place, (g.claim).run_id is not null as goes_on from agentpg.complete_tools(
  array(select tool_execution_id('toolu_' || n.name) from unnest(%(runs)s::text[]) with ordinality as n(name, o) order by n.o),
  array(select tool_lease('toolu_' || n.name) from unnest(%(runs)s::text[]) with ordinality as n(name, o) order by n.o),
  (select jsonb_agg('done'::text) from unnest(%(runs)s::text[])),
  array_fill(false, array[cardinality(%(runs)s::text[])]),
  (select jsonb_agg(null::text) from unnest(%(runs)s::text[]))
) g order by g.place
"""
HOLD = {
    "session": "select from agentpg.sessions where id = session_id('b') for no key update",
    "run": "select from agentpg.runs where id = run_id('b') for no key update",
    "event stream": "select from agentpg.run_streams where root_run_id = run_id('b') for no key update",
}
HOLD_CALL = "select from agentpg.tool_executions where id = tool_execution_id('toolu_b') for no key update"
FENCE = "update agentpg.instances set fenced_at = agentpg.now() where id = instance_id('executor') returning id"


@pytest.fixture(autouse=True)
def three_runs(stage: Stage) -> None:
    for name in RUNS:
        stage.ask("select given_run(%(n)s, session => %(n)s)", n=name)
        stage.ask("select claim_one()")


def opened(stage: Stage) -> None:
    """Each run waits for one call, which the executor holds."""
    for name in RUNS:
        stage.ask("select answer(reply_tool_use('toolu_' || %(n)s::text, 'lookup'), %(n)s)", n=name)


def places(rows: list[dict[str, Any]]) -> list[int]:
    return [row["place"] for row in rows]


@pytest.mark.parametrize("hold", HOLD)
def test_answers_that_somebody_locks_are_left_out_at_once(stage: Stage, one: Actor, two: Actor, hold: str) -> None:
    one.begin()
    one.do(HOLD[hold])
    two.start(ANSWER_ALL, runs=list(RUNS))
    assert not two.settle(), "the group waits"
    assert places(two.result()) == [1, 3]
    one.commit()
    assert [stage.state(run) for run in RUNS] == ["pending_tools", "streaming", "pending_tools"]
    assert places(two.do(ANSWER_ALL, runs=["b"])) == [1]
    stage.assert_sound()


@pytest.mark.parametrize("hold", [*HOLD, "call"])
def test_outputs_that_somebody_locks_are_left_out_at_once(stage: Stage, one: Actor, two: Actor, hold: str) -> None:
    opened(stage)
    one.begin()
    one.do(HOLD.get(hold, HOLD_CALL))
    two.start(FINISH_ALL, runs=list(RUNS))
    assert not two.settle(), "the group waits"
    assert places(two.result()) == [1, 3]
    one.commit()
    assert [stage.state(run) for run in RUNS] == ["streaming", "pending_tools", "streaming"]
    assert two.do(FINISH_ALL, runs=["b"]) == [{"place": 1, "goes_on": True}]
    stage.assert_sound()


@pytest.mark.parametrize("taken", ["update agentpg.runs set lease_token = gen_random_uuid() where id = run_id('b') returning id",
                                   "select agentpg.cancel_run(run_id('b'))"])
def test_what_was_taken_away_between_is_left_out(stage: Stage, one: Actor, taken: str) -> None:
    stage.ask(taken)
    assert places(one.do(ANSWER_ALL, runs=list(RUNS))) == [1, 3]
    stage.assert_sound()


def test_a_call_of_a_run_that_was_cancelled_is_left_out(stage: Stage, one: Actor) -> None:
    opened(stage)
    stage.ask("select agentpg.cancel_run(run_id('b'))")
    assert places(one.do(FINISH_ALL, runs=list(RUNS))) == [1, 3]
    stage.assert_sound()


@pytest.mark.parametrize("outputs", [False, True])
def test_nothing_of_a_replaced_instance_is_done_in_groups(stage: Stage, one: Actor, outputs: bool) -> None:
    if outputs:
        opened(stage)
    stage.ask(FENCE)
    before = stage.ask("select everything()")
    assert one.do(FINISH_ALL if outputs else ANSWER_ALL, runs=list(RUNS)) == []
    assert stage.ask("select everything()") == before


@pytest.mark.parametrize(
    "arguments",
    [
        "array[iteration_id('a'), iteration_id('a')], array[run_lease('a'), run_lease('a')], '[1, 2]', '{x,y}', '{1,1}'",
        "array[iteration_id('a'), null], array[run_lease('a'), null], '[1, 2]', '{x,y}', '{1,1}'",
        "array[iteration_id('a'), iteration_id('b')], array[run_lease('a')], '[1, 2]', '{x,y}', '{1,1}'",
        "array[iteration_id('a')], array[run_lease('a')], '[1, 2]', '{x}', '{1}'",
        "array[iteration_id('a')], array[run_lease('a')], '[1]', '{x,y}', '{1}'",
        "array[iteration_id('a')], array[run_lease('a')], '[1]', '{x}', '{}'",
        "array[iteration_id('a')], array[run_lease('a')], '{}', '{x}', '{1}'",
        "array[iteration_id('a')], array[run_lease('a')], null, '{x}', '{1}'",
        "array[iteration_id('a')], null, '[1]', '{x}', '{1}'",
        "null, '{}', '[]', '{}', '{}'",
        "array(select gen_random_uuid() from generate_series(1, 1001)), array_fill(null::uuid, '{1001}'), "
        "(select jsonb_agg(n) from generate_series(1, 1001) n), array_fill(null::text, '{1001}'), array_fill(null::integer, '{1001}')",
    ],
)
def test_a_group_that_does_not_fit_together_is_refused_whole(stage: Stage, one: Actor, arguments: str) -> None:
    before = stage.ask("select everything()")
    with pytest.raises(psycopg.Error) as refused:
        one.do(f"select * from agentpg.record_responses({arguments})")
    assert refused.value.sqlstate == "AP108"
    assert stage.ask("select everything()") == before


@pytest.mark.parametrize("arguments", [
    "array[tool_execution_id('toolu_a'), tool_execution_id('toolu_a')], array[null, null]::uuid[], '[1, 2]', '{f,f}', '[1, 2]'",
    "array[tool_execution_id('toolu_a')], array[tool_lease('toolu_a')], '[1]', '{f,f}', '[1]'",
    "array[tool_execution_id('toolu_a')], array[tool_lease('toolu_a')], '[1]', '{f}', '[]'",
    "array[tool_execution_id('toolu_a')], array[tool_lease('toolu_a')], '[1]', '{f}', null",
    "array[tool_execution_id('toolu_a')], array[tool_lease('toolu_a')], '[1]', '{f}', '{}'",
])
def test_outputs_that_do_not_fit_together_are_refused_whole(stage: Stage, one: Actor, arguments: str) -> None:
    opened(stage)
    before = stage.ask("select everything()")
    with pytest.raises(psycopg.Error) as refused:
        one.do(f"select * from agentpg.complete_tools({arguments})")
    assert refused.value.sqlstate == "AP108"
    assert stage.ask("select everything()") == before


def test_an_answer_that_was_lost_is_given_again_by_the_single_functions(stage: Stage, one: Actor) -> None:
    claims = "select c.* from agentpg.record_responses(array[iteration_id('a')], array[run_lease('a')], jsonb_build_array(%s), '{r}', '{3}') g"
    reply = "reply_tool_use('toolu_a', 'lookup')"
    first = one.do(f"{claims % reply} cross join unnest(g.claims) c")
    again = "select * from agentpg.record_response(iteration_id('a'), run_lease('a'), reply_tool_use('toolu_a', 'lookup'))"
    assert one.do(again) == first
    assert len(first) == 1
    call = {"id": first[0]["tool_execution_id"], "lease": first[0]["lease_token"]}
    done = one.do(
        "select (g.claim).* from agentpg.complete_tools(array[%(id)s], array[%(lease)s], '[\"done\"]', '{f}', '[null]') g", **call
    )
    assert len(done) == 1
    assert one.do("select * from agentpg.complete_tool(%(id)s, %(lease)s, '\"done\"', claim_next => true)", **call) == done
    stage.assert_sound()


def test_two_groups_over_the_same_runs_do_each_once(stage: Stage, one: Actor, two: Actor) -> None:
    one.begin()
    assert places(one.do(ANSWER_ALL, runs=["a", "b"])) == [1, 2]
    two.start(ANSWER_ALL, runs=["c", "b", "a"])
    assert not two.settle(), "the group waits"
    assert places(two.result()) == [1]
    one.commit()
    assert two.do(ANSWER_ALL, runs=list(RUNS)) == []
    assert stage.rows("select count(*) from agentpg.tool_executions") == [(3,)]
    stage.assert_sound()


@pytest.mark.parametrize("other", [
    "select agentpg.cancel_run(run_id('b'))",
    "select agentpg.release_runs(instance_id())",
    "select agentpg.deregister_instance(instance_id())",
    "select agentpg.heartbeat(instance_id(), '[]')",
    "select * from agentpg.record_response(iteration_id('b'), run_lease('b'), reply_text())",
])
@pytest.mark.parametrize("outputs", [False, True])
def test_others_wait_for_a_group_and_end_well(stage: Stage, one: Actor, two: Actor, other: str, outputs: bool) -> None:
    if outputs:
        opened(stage)
    one.begin()
    assert places(one.do(FINISH_ALL if outputs else ANSWER_ALL, runs=list(RUNS))) == [1, 2, 3]
    two.start(other)
    two.settle()
    one.commit()
    try:
        two.result()
    except psycopg.Error as error:
        assert (error.sqlstate or "").startswith("AP"), error
    stage.assert_sound()


@pytest.mark.parametrize("other", [
    "select agentpg.cancel_run(run_id('b'))",
    "select agentpg.heartbeat(instance_id(), '[]')",
    "select agentpg.release_runs(instance_id())",
])
@pytest.mark.parametrize("outputs", [False, True])
def test_a_group_during_another_call_waits_for_no_row(stage: Stage, one: Actor, two: Actor, other: str, outputs: bool) -> None:
    if outputs:
        opened(stage)
    one.begin()
    one.do(other)
    two.start(FINISH_ALL if outputs else ANSWER_ALL, runs=list(RUNS))
    assert not two.settle(), "the group waits"
    two.result()
    one.commit()
    stage.assert_sound()
