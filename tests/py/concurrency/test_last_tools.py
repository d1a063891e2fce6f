"""The last two tools of a turn, finishing together, resume the run exactly once."""

from __future__ import annotations

import pytest
from fixtures.actors import Actor, Stage

COMPLETE = """
select * from agentpg.complete_tool(
  tool_execution_id(%(call)s), tool_lease(%(call)s), '"done"', claim_next => %(claim_next)s
)
"""
FAIL = """
select * from agentpg.fail_tool(
  tool_execution_id(%(call)s), tool_lease(%(call)s), 'broken', 'discard', claim_next => %(claim_next)s
)
"""


@pytest.fixture(autouse=True)
def two_calls_run(stage: Stage) -> None:
    stage.ask("select given_run()")
    stage.ask("select claim_one()")
    stage.ask(
        """
        select answer(reply_tool_uses(
          tool_use_block('toolu_1', 'lookup'), tool_use_block('toolu_2', 'lookup')
        ))
        """
    )


@pytest.mark.parametrize("claim_next", [True, False])
@pytest.mark.parametrize("last", [COMPLETE, FAIL])
def test_two_last_tools_resume_the_run_once(
    stage: Stage, one: Actor, two: Actor, last: str, claim_next: bool
) -> None:
    one.begin()
    assert one.do(COMPLETE, call="toolu_1", claim_next=claim_next) == []
    two.start(last, call="toolu_2", claim_next=claim_next)
    two.waits_for(one)
    one.commit()
    handed_out = two.result()
    assert len(handed_out) == (1 if claim_next else 0)
    assert stage.state() == ("streaming" if claim_next else "pending")
    assert stage.rows("select iteration_number, open_tools from agentpg.runs") == [(2, 0)]
    stage.assert_sound()


def test_when_the_first_is_undone_the_second_is_not_the_last(stage: Stage, one: Actor, two: Actor) -> None:
    one.begin()
    one.do(COMPLETE, call="toolu_1", claim_next=True)
    two.start(COMPLETE, call="toolu_2", claim_next=True)
    two.waits_for(one)
    one.rollback()
    assert two.result() == []
    assert stage.state() == "pending_tools"
    assert len(one.do(COMPLETE, call="toolu_1", claim_next=True)) == 1
    stage.assert_sound()


def test_one_call_completed_twice_at_once_is_recorded_once(stage: Stage, one: Actor, two: Actor) -> None:
    two.do(COMPLETE, call="toolu_1", claim_next=True)
    one.begin()
    first = one.do(COMPLETE, call="toolu_2", claim_next=True)
    two.start(COMPLETE, call="toolu_2", claim_next=True)
    two.waits_for(one)
    one.commit()
    assert [row["lease_token"] for row in two.result()] == [row["lease_token"] for row in first]
    assert (
        stage.ask("select count(*) from agentpg.messages where content #>> '{0,tool_use_id}' = 'toolu_2'")
        == 1
    )
    stage.assert_sound()


def test_the_unserved_sweep_and_a_completion_meet_on_one_turn(stage: Stage, one: Actor, two: Actor) -> None:
    """Maintenance passes over a turn that somebody is ending, and leaves no second result."""
    stage.ask("select advance('1 hour')")
    one.begin()
    one.do(COMPLETE, call="toolu_1", claim_next=False)
    assert two.do("select maintain() ->> 'rescued_tools' as count")[0]["count"] == "0"
    one.commit()
    assert two.do("select maintain() ->> 'rescued_tools' as count")[0]["count"] == "1"
    stage.assert_sound()
