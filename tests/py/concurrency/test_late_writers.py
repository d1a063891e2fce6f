"""Two that change one run at once: the first to commit wins, the other is told, the transcript is whole."""

from __future__ import annotations

import psycopg
import pytest
from fixtures.actors import Actor, Row, Stage

RESPOND = "select * from agentpg.record_response(iteration_id(), run_lease(), reply_text('Late.'))"
CALL = (
    "select * from agentpg.record_response(iteration_id(), run_lease(), reply_tool_use('toolu_1', 'lookup'))"
)
FAIL = "select * from agentpg.record_failure(iteration_id(), run_lease(), '{\"status\": 500}')"
CANCEL = "select agentpg.cancel_run(run_id()) as cancelled"
RESCUE = "select maintain() as done"
COMPLETE = (
    "select * from agentpg.complete_tool(tool_execution_id('toolu_1'), tool_lease('toolu_1'), '\"late\"')"
)
SNOOZE = "select agentpg.snooze_tool(tool_execution_id('toolu_1'), tool_lease('toolu_1'), '1 second')"


def refusal(actor: Actor) -> str | None:
    """The SQLSTATE of the error that the started statement ends with."""
    try:
        actor.result()
    except psycopg.Error as error:
        return error.sqlstate
    return None


def meet(first: Actor, statement: str, second: Actor, other: str) -> list[Row]:
    """The second waits for the first, which commits."""
    first.begin()
    rows = first.do(statement)
    second.start(other)
    second.waits_for(first)
    first.commit()
    return rows


@pytest.fixture(autouse=True)
def a_run_streams(stage: Stage) -> None:
    stage.ask("select given_run()")
    stage.ask("select claim_one()")


@pytest.fixture
def a_call_runs(stage: Stage) -> None:
    stage.ask("select answer(reply_tool_use('toolu_1', 'lookup'))")


@pytest.mark.parametrize("late", [RESPOND, CALL, FAIL])
def test_a_cancel_before_the_answer_wins(stage: Stage, one: Actor, two: Actor, late: str) -> None:
    meet(one, CANCEL, two, late)
    assert refusal(two) == "AP202"
    assert stage.state() == "cancelled"
    assert stage.ask("select count(*) from agentpg.messages") == 1
    stage.assert_sound()


def test_an_answer_before_the_cancel_wins(stage: Stage, one: Actor, two: Actor) -> None:
    meet(one, RESPOND, two, CANCEL)
    assert two.result() == [{"cancelled": False}]
    assert stage.state() == "completed"
    stage.assert_sound()


def test_a_cancel_after_tool_calls_closes_them(stage: Stage, one: Actor, two: Actor) -> None:
    meet(one, CALL, two, CANCEL)
    assert two.result() == [{"cancelled": True}]
    assert stage.rows("select state::text from agentpg.tool_executions") == [("skipped",)]
    stage.assert_sound()


@pytest.mark.parametrize("late", [RESPOND, FAIL])
def test_a_rescue_before_the_late_writer_wins(stage: Stage, one: Actor, two: Actor, late: str) -> None:
    stage.ask("select advance('1 minute')")
    done = meet(one, RESCUE, two, late)
    assert done[0]["done"]["rescued_runs"] == 1
    assert refusal(two) == "AP210"
    assert stage.state() == "pending"
    assert stage.ask("select count(*) from agentpg.messages") == 1
    stage.assert_sound()


@pytest.mark.parametrize("late", [RESPOND, CALL, FAIL])
def test_a_late_writer_before_the_rescue_wins(stage: Stage, one: Actor, two: Actor, late: str) -> None:
    """Maintenance does not even wait: it comes round again."""
    stage.ask("select advance('1 minute')")
    one.begin()
    one.do(late)
    assert two.do(RESCUE)[0]["done"]["rescued_runs"] == 0
    one.commit()
    assert two.do(RESCUE)[0]["done"]["rescued_runs"] == 0
    assert stage.ask("select count(*) from agentpg.failed_attempts where kind = 'rescue'") == 0
    stage.assert_sound()


def test_two_rescues_at_once_rescue_once(stage: Stage, one: Actor, two: Actor) -> None:
    stage.ask("select advance('1 minute')")
    one.begin()
    assert one.do(RESCUE)[0]["done"]["rescued_runs"] == 1
    assert two.do(RESCUE)[0]["done"]["rescued_runs"] == 0
    one.commit()
    assert two.do(RESCUE)[0]["done"]["rescued_runs"] == 0
    stage.assert_sound()


def test_one_answer_recorded_twice_at_once_is_one_message(stage: Stage, one: Actor, two: Actor) -> None:
    first = meet(one, CALL, two, CALL)
    assert [row["lease_token"] for row in two.result()] == [row["lease_token"] for row in first]
    assert stage.ask("select count(*) from agentpg.messages") == 2
    assert stage.ask("select count(*) from agentpg.tool_executions") == 1
    stage.assert_sound()


def test_one_failure_recorded_twice_at_once_is_one_attempt(stage: Stage, one: Actor, two: Actor) -> None:
    first = meet(one, FAIL, two, FAIL)
    assert two.result() == first
    assert stage.ask("select count(*) from agentpg.failed_attempts") == 1
    stage.assert_sound()


@pytest.mark.usefixtures("a_call_runs")
@pytest.mark.parametrize("late", [COMPLETE, SNOOZE])
def test_a_cancel_before_the_tool_ends_wins(stage: Stage, one: Actor, two: Actor, late: str) -> None:
    meet(one, CANCEL, two, late)
    assert refusal(two) == "AP202"
    assert stage.rows("select state::text from agentpg.tool_executions") == [("skipped",)]
    assert (
        stage.ask("select count(*) from agentpg.messages where content #>> '{0,type}' = 'tool_result'") == 1
    )
    stage.assert_sound()


@pytest.mark.usefixtures("a_call_runs")
def test_a_tool_that_ends_before_the_cancel_keeps_its_result(stage: Stage, one: Actor, two: Actor) -> None:
    meet(one, COMPLETE, two, CANCEL)
    assert two.result() == [{"cancelled": True}]
    assert stage.state() == "cancelled"
    assert stage.rows("select state::text from agentpg.tool_executions") == [("completed",)]
    stage.assert_sound()


@pytest.mark.usefixtures("a_call_runs")
def test_a_tool_released_while_its_run_is_cancelled_is_skipped(stage: Stage, one: Actor, two: Actor) -> None:
    meet(one, "select agentpg.release_tools(instance_id())", two, CANCEL)
    assert two.result() == [{"cancelled": True}]
    assert stage.rows("select state::text from agentpg.tool_executions") == [("skipped",)]
    stage.assert_sound()


@pytest.mark.usefixtures("a_call_runs")
def test_a_heartbeat_waits_for_nobody(stage: Stage, one: Actor, two: Actor) -> None:
    stage.ask("select advance('15 seconds')")
    one.begin()
    one.do(COMPLETE)
    beat = """
    select agentpg.heartbeat(instance_id(), jsonb_build_array(jsonb_build_object(
      'tool_execution_id', tool_execution_id('toolu_1'), 'lease_token', tool_lease('toolu_1')
    ))) -> 'lost' as lost
    """
    assert two.do(beat) == [{"lost": []}]
    one.commit()
    assert len(two.do(beat)[0]["lost"]) == 1
