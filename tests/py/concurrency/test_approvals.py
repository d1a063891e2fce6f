"""Two people, one click each, and what else may meet a decision: one decision, the other is told."""

from __future__ import annotations

import psycopg
import pytest
from fixtures.actors import Actor, Stage

CALL = "tool_execution_id('toolu_1')"
APPROVE = f"select agentpg.approve_tool({CALL}, 'ada') as decided"
EDIT = f"select agentpg.approve_tool({CALL}, 'bob', input => '{{\"amount\": 1}}') as decided"
REJECT = f"select agentpg.reject_tool({CALL}, 'no', 'bob') as decided"
CANCEL = "select agentpg.cancel_run(run_id()) as decided"
EXPIRE = "select (maintain() ->> 'overdue_tools')::integer as decided"


def end_of(actor: Actor) -> object:
    """What the started statement returned, or the SQLSTATE it ended with."""
    try:
        return actor.result()[0]["decided"]
    except psycopg.Error as error:
        return error.sqlstate


@pytest.fixture(autouse=True)
def a_call_waits(stage: Stage) -> None:
    stage.ask("select given_run(options => '{\"approval\": true}')")
    stage.ask("select claim_one()")
    stage.ask("select answer(reply_tool_use('toolu_1', 'lookup', '{\"amount\": 7}'))")


def decision(stage: Stage) -> object:
    return stage.ask(
        "select decision || ' by ' || coalesce(decided_by, 'nobody') from agentpg.tool_approvals"
    )


@pytest.mark.parametrize(
    ("first", "second", "told", "kept"),
    [
        (APPROVE, APPROVE, False, "approved by ada"),
        (REJECT, REJECT, False, "rejected by bob"),
        (APPROVE, REJECT, "AP231", "approved by ada"),
        (REJECT, APPROVE, "AP231", "rejected by bob"),
        (APPROVE, EDIT, "AP231", "approved by ada"),
        (EDIT, APPROVE, "AP231", "approved by bob"),
        (EDIT, EDIT, False, "approved by bob"),
        (APPROVE, CANCEL, True, "approved by ada"),
        (CANCEL, APPROVE, "AP202", None),
        (CANCEL, REJECT, "AP202", None),
        (REJECT, CANCEL, True, "rejected by bob"),
    ],
)
def test_the_first_decision_counts_and_the_other_is_told(
    stage: Stage, one: Actor, two: Actor, first: str, second: str, told: object, kept: str | None
) -> None:
    one.begin()
    assert one.do(first)[0]["decided"] is True
    two.start(second)
    two.waits_for(one)
    one.commit()
    assert end_of(two) == told
    assert decision(stage) == kept
    results = "select count(*) from agentpg.messages where content #>> '{0,type}' = 'tool_result'"
    assert stage.ask(results) == (0 if told is not True and first in (APPROVE, EDIT) else 1)
    stage.assert_sound()


@pytest.mark.parametrize("decide", [APPROVE, REJECT, EDIT])
def test_a_sweep_waits_for_nobody_who_decides(stage: Stage, one: Actor, two: Actor, decide: str) -> None:
    stage.ask("select advance('8 days')")
    one.begin()
    assert one.do(decide)[0]["decided"] is True
    assert two.do(EXPIRE)[0]["decided"] == 0
    one.commit()
    assert two.do(EXPIRE)[0]["decided"] == 0
    assert "expired" not in str(decision(stage))
    stage.assert_sound()


@pytest.mark.parametrize("decide", [APPROVE, REJECT, EDIT])
def test_a_decision_after_the_sweep_is_told(stage: Stage, one: Actor, two: Actor, decide: str) -> None:
    stage.ask("select advance('8 days')")
    one.begin()
    assert one.do(EXPIRE)[0]["decided"] == 1
    two.start(decide)
    two.waits_for(one)
    one.commit()
    assert end_of(two) == "AP231"
    assert decision(stage) == "expired by nobody"
    stage.assert_sound()


def test_a_request_that_meets_a_cancel_is_told(stage: Stage, one: Actor, two: Actor) -> None:
    stage.ask("select given_run('free', session => 'free')")
    stage.ask("select claim_one()")
    stage.ask("select answer(reply_tool_use('toolu_2', 'lookup'), 'free')")
    request = "agentpg.request_approval(tool_execution_id('toolu_2'), tool_lease('toolu_2'))"
    one.begin()
    assert one.do("select agentpg.cancel_run(run_id('free')) as decided")[0]["decided"] is True
    two.start(f"select {request} as decided")
    two.waits_for(one)
    one.commit()
    assert end_of(two) == "AP202"
    stage.assert_sound()
