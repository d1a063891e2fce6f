"""Turns that are continued, regenerated, forked or interrupted while somebody else works on the session."""

from __future__ import annotations

import psycopg
import pytest
from fixtures.actors import Actor, Row, Stage

RESPOND = "select * from agentpg.record_response(iteration_id(), run_lease(), reply_text('Done.'))"
CREATE = "select agentpg.create_run(session_id(), agent_id(), 'And?') as id"
REGENERATE = "select agentpg.regenerate_run(run_id()) as id"
CONTINUE = "select agentpg.continue_run(run_id()) as id"
CANCEL = "select agentpg.cancel_run(run_id()) as cancelled"
FORK = "select agentpg.fork_session(session_id()) as id"


def meet(first: Actor, statement: str, second: Actor, other: str) -> list[Row]:
    """The second waits for the first, which commits."""
    first.begin()
    rows = first.do(statement)
    second.start(other)
    second.waits_for(first)
    first.commit()
    return rows


def refusal(actor: Actor) -> str | None:
    """The SQLSTATE of the error that the started statement ends with."""
    with pytest.raises(psycopg.Error) as caught:
        actor.result()
    return caught.value.sqlstate


def runs(stage: Stage) -> list[tuple[str, bool]]:
    """The runs of the session in the order of their turns: state, and whether they wait in line."""
    return [
        (state, blocked)
        for state, blocked in stage.rows(
            "select r.state::text, r.blocked from agentpg.runs r join agentpg.run_inputs i on i.run_id = r.id"
            " where i.session_id = session_id() order by i.turn"
        )
    ]


@pytest.fixture(autouse=True)
def a_run_streams(stage: Stage) -> None:
    stage.ask("select given_run()")
    stage.ask("select claim_one()")


@pytest.fixture
def ended(stage: Stage) -> None:
    stage.ask(RESPOND)


@pytest.fixture
def waits_for_input(stage: Stage) -> None:
    stage.ask("select answer(reply_text('Half', 'max_tokens'))")


@pytest.mark.usefixtures("ended")
def test_a_run_created_before_the_regeneration_makes_it_an_earlier_turn(
    stage: Stage, one: Actor, two: Actor
) -> None:
    meet(one, CREATE, two, REGENERATE)
    again = two.result()[0]["id"]
    assert stage.ask(
        "select session_id <> session_id() from agentpg.run_inputs where run_id = %(id)s", id=again
    )
    assert stage.ask("select superseded_seqs from agentpg.sessions where id = session_id()") is None
    stage.assert_sound()


@pytest.mark.usefixtures("ended")
def test_a_run_created_after_the_regeneration_waits_behind_it(stage: Stage, one: Actor, two: Actor) -> None:
    meet(one, REGENERATE, two, CREATE)
    two.result()
    assert runs(stage) == [("completed", False), ("pending", False), ("pending", True)]
    stage.assert_sound()


@pytest.mark.usefixtures("ended")
def test_one_of_two_regenerations_at_once_is_told_of_the_other(stage: Stage, one: Actor, two: Actor) -> None:
    again = meet(one, REGENERATE, two, REGENERATE)[0]["id"]
    with pytest.raises(psycopg.Error) as caught:
        two.result()
    assert caught.value.sqlstate == "AP222"
    assert str(again) in str(caught.value.diag.message_detail)
    assert len(runs(stage)) == 2
    stage.assert_sound()


@pytest.mark.usefixtures("ended")
def test_a_regeneration_that_is_rolled_back_leaves_the_turn_as_it_was(
    stage: Stage, one: Actor, two: Actor
) -> None:
    one.begin()
    one.do(REGENERATE)
    two.start(REGENERATE)
    two.waits_for(one)
    one.rollback()
    two.result()
    assert runs(stage) == [("completed", False), ("pending", False)]
    stage.assert_sound()


@pytest.mark.usefixtures("waits_for_input")
def test_a_cancel_before_the_continuation_wins(stage: Stage, one: Actor, two: Actor) -> None:
    meet(one, CANCEL, two, CONTINUE)
    assert refusal(two) == "AP223"
    assert stage.state() == "cancelled"
    assert stage.ask("select count(*) from agentpg.messages") == 2
    stage.assert_sound()


@pytest.mark.usefixtures("waits_for_input")
def test_a_cancel_after_the_continuation_ends_the_run(stage: Stage, one: Actor, two: Actor) -> None:
    meet(one, CONTINUE, two, CANCEL)
    assert two.result() == [{"cancelled": True}]
    assert stage.state() == "cancelled"
    stage.assert_sound()


@pytest.mark.usefixtures("waits_for_input")
def test_two_continuations_at_once_are_one(stage: Stage, one: Actor, two: Actor) -> None:
    meet(one, CONTINUE, two, CONTINUE)
    assert refusal(two) == "AP223"
    assert stage.ask("select count(*) from agentpg.messages") == 3
    assert stage.ask("select count(*) from agentpg.run_continuations") == 1
    stage.assert_sound()


@pytest.mark.usefixtures("waits_for_input")
def test_a_new_run_before_the_continuation_completes_the_old_one(
    stage: Stage, one: Actor, two: Actor
) -> None:
    meet(one, CREATE, two, CONTINUE)
    assert refusal(two) == "AP223"
    assert runs(stage) == [("completed", False), ("pending", False)]
    stage.assert_sound()


@pytest.mark.usefixtures("waits_for_input")
def test_a_new_run_after_the_continuation_waits_behind_it(stage: Stage, one: Actor, two: Actor) -> None:
    meet(one, CONTINUE, two, CREATE)
    two.result()
    assert runs(stage) == [("pending", False), ("pending", True)]
    stage.assert_sound()


@pytest.fixture
def interrupting(stage: Stage) -> None:
    stage.ask("""select (agentpg.update_session(session_id(), '{"on_busy": "interrupt"}')).id""")


@pytest.mark.usefixtures("interrupting")
def test_an_answer_after_the_interruption_is_dropped(stage: Stage, one: Actor, two: Actor) -> None:
    meet(one, CREATE, two, RESPOND)
    assert refusal(two) == "AP202"
    assert runs(stage) == [("cancelled", False), ("pending", False)]
    stage.assert_sound()


@pytest.mark.usefixtures("interrupting")
def test_an_answer_before_the_interruption_stays(stage: Stage, one: Actor, two: Actor) -> None:
    meet(one, RESPOND, two, CREATE)
    two.result()
    assert runs(stage) == [("completed", False), ("pending", False)]
    stage.assert_sound()


@pytest.mark.usefixtures("interrupting")
def test_of_two_that_interrupt_at_once_the_later_one_goes_on(stage: Stage, one: Actor, two: Actor) -> None:
    meet(one, CREATE, two, CREATE)
    two.result()
    assert runs(stage) == [("cancelled", False), ("cancelled", False), ("pending", False)]
    stage.assert_sound()


@pytest.mark.usefixtures("interrupting")
def test_an_interruption_finds_the_run_that_is_being_claimed(stage: Stage, one: Actor, two: Actor) -> None:
    stage.ask("select agentpg.create_run(session_id(), agent_id(), 'Next?')")
    meet(one, "select * from agentpg.claim_runs(instance_id())", two, CREATE)
    two.result()
    assert runs(stage) == [("cancelled", False), ("cancelled", False), ("pending", False)]
    assert stage.ask("select count(*) from agentpg.failed_attempts where kind = 'abandoned'") == 2
    stage.assert_sound()


@pytest.mark.usefixtures("ended")
def test_of_two_that_want_an_idle_session_at_once_one_is_refused(
    stage: Stage, one: Actor, two: Actor
) -> None:
    stage.ask("""select (agentpg.update_session(session_id(), '{"on_busy": "reject"}')).id""")
    meet(one, CREATE, two, CREATE)
    assert refusal(two) == "AP224"
    assert runs(stage) == [("completed", False), ("pending", False)]
    stage.assert_sound()


def test_a_fork_that_waited_for_the_answer_has_it(stage: Stage, one: Actor, two: Actor) -> None:
    meet(one, RESPOND, two, FORK)
    fork = two.result()[0]["id"]
    assert stage.ask("select forked_at_seq from agentpg.sessions where id = %(id)s", id=fork) == 2
    stage.assert_sound()


def test_a_fork_made_before_the_answer_ends_before_the_turn(stage: Stage, one: Actor, two: Actor) -> None:
    fork = meet(one, FORK, two, RESPOND)[0]["id"]
    two.result()
    assert stage.ask("select forked_at_seq from agentpg.sessions where id = %(id)s", id=fork) == 0
    assert stage.state() == "completed"
    stage.assert_sound()


def test_a_fork_by_an_older_snapshot_is_asked_to_try_again(stage: Stage, one: Actor) -> None:
    one.begin("repeatable read")
    one.do("select count(*) from agentpg.messages")
    stage.ask(RESPOND)
    one.start(FORK)
    assert refusal(one) == "40001"
    one.rollback()
