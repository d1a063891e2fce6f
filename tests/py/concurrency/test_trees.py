"""What happens to one tree of runs from two sides at once."""

from __future__ import annotations

import psycopg
import pytest
from concurrency.trees import assert_told_once, grow, make_agents, meet
from fixtures.actors import Actor, Stage

ANSWER = "select 1 from agentpg.record_response(iteration_id('{0}'), run_lease('{0}'), reply_text('Done.'))"
CANCEL = "select agentpg.cancel_run(run_id('{0}')) as cancelled"
TOOL = """
select 1 from agentpg.complete_tool(
  tool_execution_id('toolu_tool'), tool_lease('toolu_tool'), '"x"', claim_next => true
)
"""
OVERDUE = """
update agentpg.runs set deadline_at = agentpg.now() - interval '1 second' where id = run_id() returning 1
"""
LAPSED = """
update agentpg.runs
set lease_expires_at = agentpg.now() - interval '1 hour', watch_at = agentpg.now() - interval '1 hour'
where id = run_id('right') returning 1
"""
MAINTAIN = "select maintain() as done"
STATES = "select n.path, n.state::text from agentpg.run_tree(run_id()) n"


@pytest.fixture(autouse=True)
def tree(stage: Stage) -> None:
    make_agents(stage)
    grow(stage)


@pytest.fixture
def two_left(stage: Stage) -> None:
    """`left` and `right` both wait for an answer of Claude."""
    stage.ask("select finish_tool('toolu_tool', claim_next => true)")
    stage.ask("select answer(reply_text('Leaf.'), 'leaf')")
    assert stage.ask("select claim_one()") == "left"


@pytest.mark.usefixtures("two_left")
@pytest.mark.parametrize("last", [ANSWER, CANCEL])
def test_two_last_delegates_resume_the_run_once(stage: Stage, one: Actor, two: Actor, last: str) -> None:
    meet(one, ANSWER.format("left"), two, last.format("right"))
    two.result()
    assert stage.state() == "pending"
    assert stage.rows("select iteration_number, open_tools from agentpg.runs where id = run_id()") == [(2, 0)]
    assert_told_once(stage)
    assert stage.ask("select claim_one()") == "run"


@pytest.mark.usefixtures("two_left")
def test_when_the_first_delegate_is_undone_the_second_is_not_the_last(
    stage: Stage, one: Actor, two: Actor
) -> None:
    one.begin()
    one.do(ANSWER.format("left"))
    two.start(ANSWER.format("right"))
    two.waits_for(one)
    one.rollback()
    two.result()
    assert stage.state() == "pending_tools"
    one.do(ANSWER.format("left"))
    assert stage.state() == "pending"
    assert_told_once(stage)


@pytest.mark.usefixtures("two_left")
def test_an_answer_recorded_twice_at_once_is_told_once(stage: Stage, one: Actor, two: Actor) -> None:
    meet(one, ANSWER.format("left"), two, ANSWER.format("left"))
    two.result()
    assert stage.rows("select open_tools from agentpg.runs where id = run_id()") == [(1,)]
    assert_told_once(stage)


@pytest.mark.parametrize("late", [ANSWER.format("right"), TOOL])
def test_a_cancel_of_the_root_before_what_is_below_ends_wins(
    stage: Stage, one: Actor, two: Actor, late: str
) -> None:
    meet(one, CANCEL.format("run"), two, late)
    with pytest.raises(psycopg.Error) as told:
        two.result()
    assert told.value.sqlstate == "AP202"
    assert {state for _, state in stage.rows(STATES)} == {"cancelled"}
    assert_told_once(stage)


@pytest.mark.parametrize("early", [ANSWER.format("right"), TOOL])
def test_what_ends_before_the_cancel_of_the_root_keeps_its_result(
    stage: Stage, one: Actor, two: Actor, early: str
) -> None:
    meet(one, early, two, CANCEL.format("run"))
    assert two.result() == [{"cancelled": True}]
    states = dict(stage.rows(STATES))
    assert states["1"] == "cancelled"
    assert states["1.2"] == ("completed" if early != TOOL else "cancelled")
    assert states["1.1.1"] == "cancelled"
    assert_told_once(stage)


@pytest.mark.parametrize(
    ("first", "second"), [("run", "leaf"), ("leaf", "run"), ("left", "leaf"), ("leaf", "left")]
)
def test_cancels_of_two_nodes_at_once_end_each_run_once(
    stage: Stage, one: Actor, two: Actor, first: str, second: str
) -> None:
    meet(one, CANCEL.format(first), two, CANCEL.format(second))
    assert two.result() == [{"cancelled": first == "leaf"}]
    expected = {"1": "cancelled" if "run" in (first, second) else "pending_tools"}
    expected |= {"1.1": "cancelled", "1.1.1": "cancelled"}
    expected |= {"1.2": "cancelled" if "run" in (first, second) else "streaming"}
    assert dict(stage.rows(STATES)) == expected
    assert_told_once(stage)


@pytest.mark.parametrize("early", [ANSWER.format("right"), CANCEL.format("leaf"), TOOL])
def test_the_deadline_of_a_tree_waits_for_nobody_and_comes_round_again(
    stage: Stage, one: Actor, two: Actor, early: str
) -> None:
    stage.ask(OVERDUE)
    one.begin()
    one.do(early)
    two.do(MAINTAIN)
    assert stage.state() == "pending_tools"
    one.commit()
    two.do(MAINTAIN)
    assert stage.state() == "failed"
    assert {state for path, state in stage.rows(STATES) if path != "1"} <= {"cancelled", "completed"}
    assert_told_once(stage)


def test_a_deadline_before_the_end_of_a_delegate_wins(stage: Stage, one: Actor, two: Actor) -> None:
    stage.ask(OVERDUE)
    meet(one, MAINTAIN, two, ANSWER.format("right"))
    with pytest.raises(psycopg.Error) as told:
        two.result()
    assert told.value.sqlstate == "AP202"
    assert_told_once(stage)


@pytest.mark.usefixtures("two_left")
@pytest.mark.parametrize("rescues", ["0", "3"])
def test_a_rescue_of_one_delegate_and_the_end_of_another(
    stage: Stage, one: Actor, two: Actor, rescues: str
) -> None:
    """The sweep holds the tree while it takes `right` back, or fails it; `left` ends right after."""
    stage.ask(f"select agentpg.configure('{{\"max_rescue_attempts\": {rescues}}}')")
    stage.ask(LAPSED)
    meet(one, MAINTAIN, two, ANSWER.format("left"))
    two.result()
    assert stage.state("right") == ("failed" if rescues == "0" else "pending")
    assert stage.state() == ("pending" if rescues == "0" else "pending_tools")
    assert_told_once(stage)


def test_a_rescue_passes_over_a_tree_that_somebody_holds(stage: Stage, one: Actor, two: Actor) -> None:
    stage.ask(LAPSED)
    one.begin()
    one.do(TOOL)
    assert two.do(MAINTAIN)[0]["done"]["rescued_runs"] == 0
    one.commit()
    assert two.do(MAINTAIN)[0]["done"]["rescued_runs"] == 1
    assert_told_once(stage)


def test_agents_that_call_each_other_are_renamed_at_once(stage: Stage, one: Actor, two: Actor) -> None:
    """Each rename makes the callers' tools anew: two of them must not wait for one another."""
    stage.rows(
        "select agentpg.update_agent(agent_id('worker'), jsonb_build_object("
        "'agent_ids', jsonb_build_array(agent_id('lead')), 'config', '{\"allow_recursion\": true}'::jsonb))"
    )
    stage.rows("select agentpg.update_agent(agent_id('lead'), '{\"config\": {\"allow_recursion\": true}}')")
    holder = stage.actor()
    holder.begin()
    holder.do("select from agentpg.agents where id = agent_id('worker') for update")
    one.start("select agentpg.update_agent(agent_id('lead'), '{\"name\": \"head\"}')")
    one.settle()
    two.start("select agentpg.update_agent(agent_id('worker'), '{\"name\": \"hand\"}')")
    two.settle()
    holder.commit()
    one.result()
    two.result()
    assert stage.ask("select tool_names_of('lead')") == ["hand"]
    assert stage.ask("select tool_names_of('worker')") == ["lookup", "head"]


def test_a_delegate_deleted_while_it_is_given_to_an_agent_is_refused(
    stage: Stage, one: Actor, two: Actor
) -> None:
    stage.ask("select given_agent('helper')")
    give = "jsonb_build_object('agent_ids', jsonb_build_array(agent_id('helper')))"
    meet(
        one,
        "select agentpg.delete_agent(agent_id('helper'))",
        two,
        f"select agentpg.update_agent(agent_id('manager'), {give})",
    )
    with pytest.raises(psycopg.Error) as told:
        two.result()
    assert told.value.sqlstate == "AP012"


def test_an_agent_given_a_delegate_that_is_deleted_next_loses_it(
    stage: Stage, one: Actor, two: Actor
) -> None:
    stage.ask("select given_agent('helper')")
    give = "jsonb_build_object('agent_ids', jsonb_build_array(agent_id('helper')))"
    meet(
        one,
        f"select agentpg.update_agent(agent_id('manager'), {give})",
        two,
        "select agentpg.delete_agent(agent_id('helper'))",
    )
    two.result()
    assert stage.ask("select (agentpg.get_agent(agent_id('manager'))).agent_ids") == []
    assert stage.ask("select tool_names_of()") == []
