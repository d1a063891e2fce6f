"""create_run and the end of the run before it, whichever comes first: nobody waits behind an ended run."""

from __future__ import annotations

import psycopg
import pytest
from fixtures.actors import Actor, Stage
from psycopg import errors

CREATE = "select agentpg.create_run(session_id(), agent_id(), 'Next?') as id"
ENDS = {
    "answer": "select * from agentpg.record_response(iteration_id(), run_lease(), reply_text())",
    "stop short": """
    select * from agentpg.record_response(iteration_id(), run_lease(), reply_text('x', 'max_tokens'))
    """,
    "failure": "select * from agentpg.record_failure(iteration_id(), run_lease(), '{\"status\": 400}')",
    "cancel": "select agentpg.cancel_run(run_id())",
}
OF_THE_SECOND = """
select r.state::text, r.blocked, (select count(*) from agentpg.messages m where m.run_id = r.id)
from agentpg.runs r join agentpg.run_inputs i on i.run_id = r.id where i.turn = 2
"""


@pytest.fixture(autouse=True)
def a_run_streams(stage: Stage) -> None:
    stage.ask("select given_run()")
    stage.ask("select claim_one()")


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS.keys())
def test_create_run_after_the_end_is_not_blocked(stage: Stage, one: Actor, two: Actor, end: str) -> None:
    one.begin()
    one.do(end)
    two.start(CREATE)
    two.waits_for(one)
    one.commit()
    two.result()
    assert stage.rows(OF_THE_SECOND) == [("pending", False, 1)]
    stage.assert_sound()


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS.keys())
def test_create_run_before_the_end_is_activated_by_it(stage: Stage, one: Actor, two: Actor, end: str) -> None:
    one.begin()
    one.do(CREATE)
    two.start(end)
    two.waits_for(one)
    one.commit()
    two.result()
    assert stage.rows(OF_THE_SECOND) == [("pending", False, 1)]
    stage.assert_sound()


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS.keys())
def test_a_create_run_that_is_undone_leaves_nothing_behind(
    stage: Stage, one: Actor, two: Actor, end: str
) -> None:
    one.begin()
    one.do(CREATE)
    two.start(end)
    two.waits_for(one)
    one.rollback()
    two.result()
    assert stage.rows(OF_THE_SECOND) == []
    two.do(CREATE)
    assert stage.rows(OF_THE_SECOND) == [("pending", False, 1)]
    stage.assert_sound()


def test_two_prompts_at_once_queue_in_the_order_of_their_commits(
    stage: Stage, one: Actor, two: Actor
) -> None:
    one.begin()
    first = one.do(CREATE)[0]["id"]
    two.start(CREATE)
    two.waits_for(one)
    one.commit()
    second = two.result()[0]["id"]
    assert stage.rows("select run_id, turn from agentpg.run_inputs where turn > 1 order by turn") == [
        (first, 2),
        (second, 3),
    ]
    stage.assert_sound()


@pytest.mark.parametrize("isolation", ["repeatable read", "serializable"])
@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS.keys())
def test_an_older_snapshot_is_told_to_try_again(
    stage: Stage, one: Actor, two: Actor, end: str, isolation: str
) -> None:
    """It would see the run as still active, and queue behind it for ever."""
    one.begin(isolation)
    one.do("select count(*) from agentpg.runs")
    two.do(end)
    with pytest.raises(errors.SerializationFailure):
        one.do(CREATE)
    one.rollback()
    one.begin(isolation)
    one.do(CREATE)
    one.commit()
    assert stage.rows(OF_THE_SECOND) == [("pending", False, 1)]
    stage.assert_sound()


@pytest.mark.parametrize("isolation", ["repeatable read", "serializable"])
def test_an_older_snapshot_does_not_see_another_prompt(
    stage: Stage, one: Actor, two: Actor, isolation: str
) -> None:
    one.begin(isolation)
    one.do("select count(*) from agentpg.runs")
    two.do(CREATE)
    with pytest.raises(psycopg.OperationalError) as failure:
        one.do(CREATE)
    assert failure.value.sqlstate == "40001"
    one.rollback()
    stage.assert_sound()


def test_create_run_in_repeatable_read_works_when_nobody_interferes(stage: Stage, one: Actor) -> None:
    one.begin("repeatable read")
    one.do("select count(*) from agentpg.runs")
    one.do(CREATE)
    one.commit()
    assert stage.rows(OF_THE_SECOND) == [("pending", True, 0)]
    stage.assert_sound()
