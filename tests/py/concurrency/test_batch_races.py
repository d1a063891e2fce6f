"""Two that meet on one batch: who came first wins, nobody waits for ever, nothing is paid for twice."""

from __future__ import annotations

import psycopg
import pytest
from fixtures.actors import Actor, Stage

GATHER = "select custom_id from agentpg.claim_batch(instance_id())"
CANCEL = "select agentpg.cancel_run(run_id('a')) as cancelled"
CANCEL_OTHER = "select agentpg.cancel_run(run_id('b')) as cancelled"
ACCEPTED = "select accepted()"
RESULTS = "select take(succeeded('a'), succeeded('b')) as counts"
ABANDON = "select agentpg.abandon_batch(batch_id()) as done"
NEXT = "select agentpg.create_run(session_id('session of a'), agent_id(), 'Next?') as id"
KEY_REFUSED = 'select batch_error(\'{"status": 401, "type": "authentication_error"}\')::text as state'
TOO_LARGE = 'select batch_error(\'{"status": 413, "type": "request_too_large"}\')::text as state'


@pytest.fixture(autouse=True)
def two_runs_wait(stage: Stage) -> None:
    stage.ask("select given_batch_runs('a', 'b')")
    stage.ask("select advance('31 seconds')")


@pytest.fixture
def gathered(stage: Stage) -> None:
    stage.ask("select gather()")


@pytest.fixture
def sending(stage: Stage, gathered: None) -> None:
    stage.ask("select begin_sending()")


@pytest.fixture
def ended(stage: Stage, gathered: None) -> None:
    assert stage.ask("select end_batch()") == "ingest"


def refusal(actor: Actor) -> str | None:
    """The SQLSTATE of the error that the started statement ends with."""
    try:
        actor.result()
    except psycopg.Error as error:
        return error.sqlstate
    return None


def read_again(stage: Stage) -> bool:
    """The results once more, from the start of the file to its end."""
    stage.ask("select advance('1 minute')")
    stage.ask("select given_instance()")
    assert stage.ask("select poll()") == "ingest"
    told = "select tell(message_batch('ended', counts => '{\"succeeded\": 2}'))"
    assert stage.ask(told) == "ingest"
    assert stage.ask(RESULTS) == "(2,0,0)"
    return bool(stage.ask("select ingested(2)"))


def answers(stage: Stage) -> int:
    return int(stage.ask("select count(*) from agentpg.messages where role = 'assistant'"))


def test_two_that_gather_at_once_make_one_batch(stage: Stage, one: Actor, two: Actor) -> None:
    one.begin()
    assert len(one.do(GATHER)) == 2
    assert two.do(GATHER) == [], "it does not even wait"
    one.commit()
    assert two.do(GATHER) == []
    assert stage.ask("select count(*) from agentpg.batches") == 1
    stage.assert_sound()


def test_two_that_take_up_an_unsent_batch_at_once_are_told_apart(
    stage: Stage, one: Actor, two: Actor, gathered: None
) -> None:
    stage.ask("select advance('1 minute')")
    one.begin()
    assert len(one.do(GATHER)) == 2
    assert two.do(GATHER) == []
    one.commit()
    assert two.do(GATHER) == []


def test_a_run_that_is_being_cancelled_is_not_gathered(stage: Stage, one: Actor, two: Actor) -> None:
    one.begin()
    one.do(CANCEL)
    assert len(two.do(GATHER)) == 1
    one.commit()
    assert [stage.state("a"), stage.state("b")] == ["cancelled", "batch_submitting"]
    stage.assert_sound()


def test_a_run_cancelled_while_it_is_gathered_is_left_out(stage: Stage, one: Actor, two: Actor) -> None:
    one.begin()
    one.do("select gather()")
    two.start(CANCEL)
    two.waits_for(one)
    one.commit()
    assert two.result() == [{"cancelled": True}]
    assert stage.ask("select begin_sending()") == ["a"]
    stage.assert_sound()


def test_a_cancel_before_the_provider_s_answer(stage: Stage, one: Actor, two: Actor, sending: None) -> None:
    one.begin()
    one.do(CANCEL)
    two.do(ACCEPTED)
    one.commit()
    assert [stage.state("a"), stage.state("b")] == ["cancelled", "batch_pending"]
    stage.assert_sound()


def test_a_cancel_undone_after_the_provider_s_answer(
    stage: Stage, one: Actor, two: Actor, sending: None
) -> None:
    """The run that was held is behind the others; the next look finds it, and so does its result."""
    one.begin()
    one.do(CANCEL)
    two.do(ACCEPTED)
    one.rollback()
    assert [stage.state("a"), stage.state("b")] == ["batch_submitting", "batch_pending"]
    stage.assert_sound()
    stage.ask("select advance('1 minute')")
    stage.ask("select poll()")
    assert stage.ask("select tell(message_batch())") == "wait"
    assert [stage.state("a"), stage.state("b")] == ["batch_processing", "batch_processing"]


def test_a_result_for_a_run_that_is_behind_the_others(
    stage: Stage, one: Actor, two: Actor, sending: None
) -> None:
    one.begin()
    one.do(CANCEL)
    two.do(ACCEPTED)
    one.rollback()
    stage.ask("select advance('1 minute')")
    stage.ask("select poll()")
    stage.ask("select tell(message_batch('ended', counts => '{\"succeeded\": 2}'))")
    assert stage.ask(RESULTS) == "(2,0,0)"
    assert [stage.state("a"), stage.state("b")] == ["completed", "completed"]


def test_a_cancel_after_the_provider_s_answer(stage: Stage, one: Actor, two: Actor, sending: None) -> None:
    one.begin()
    one.do(ACCEPTED)
    two.start(CANCEL)
    two.waits_for(one)
    one.commit()
    assert two.result() == [{"cancelled": True}]
    assert stage.ask("select count(*) from agentpg.batch_members where withdrawn_at is not null") == 1
    stage.assert_sound()


@pytest.mark.parametrize("end", ["commit", "rollback"])
def test_a_result_meets_a_cancel_that_is_not_yet_committed(
    stage: Stage, one: Actor, two: Actor, ended: None, end: str
) -> None:
    """Nobody waits for a transaction of a user; the result is read once more instead of being lost."""
    one.begin()
    one.do(CANCEL)
    assert two.do(RESULTS) == [{"counts": "(1,0,1)"}]
    assert two.do("select ingested(2) as over") == [{"over": False}]
    one.conn.execute(end.encode())
    stage.assert_sound()
    assert read_again(stage)
    assert stage.state("a") == {"commit": "cancelled", "rollback": "completed"}[end]
    assert answers(stage) == {"commit": 1, "rollback": 2}[end]
    assert stage.ask("select input_tokens from agentpg.get_run(run_id('a'))") == 10
    assert stage.ask("select attempt from agentpg.get_run(run_id('a'))") == 1
    stage.assert_sound()


def test_a_user_cancels_one_after_the_other_while_results_arrive(
    stage: Stage, one: Actor, two: Actor, ended: None
) -> None:
    """The order of a user's locks is the user's: the ingester must hold none while it waits."""
    two.begin()
    one.begin()
    one.do(CANCEL)
    assert two.do("select take(succeeded('b'), succeeded('a')) as counts") == [{"counts": "(1,0,1)"}]
    one.start(CANCEL_OTHER)
    one.waits_for(two)
    two.commit()
    assert one.result() == [{"cancelled": False}]
    one.commit()
    stage.assert_sound()


def test_a_cancel_after_the_result_is_too_late(stage: Stage, one: Actor, two: Actor, ended: None) -> None:
    one.begin()
    one.do(RESULTS)
    two.start(CANCEL)
    two.waits_for(one)
    one.commit()
    assert two.result() == [{"cancelled": False}]
    assert stage.state("a") == "completed"
    stage.assert_sound()


def test_the_result_of_a_session_that_a_user_holds_is_kept(
    stage: Stage, one: Actor, two: Actor, ended: None
) -> None:
    one.begin()
    one.do(NEXT)
    assert two.do(RESULTS) == [{"counts": "(1,1,0)"}]
    assert two.do("select ingested(2) as over") == [{"over": True}], "the batch is over for all that"
    assert stage.state("a") == "batch_pending"
    assert stage.ask("select maintain() ->> 'settled_batch_results'") == "0"
    stage.assert_sound()
    one.commit()
    assert stage.ask("select maintain() ->> 'settled_batch_results'") == "1"
    assert stage.state("a") == "completed"
    assert stage.ask("select count(*) from agentpg.runs where state = 'pending' and not blocked") == 1
    stage.assert_sound()


def test_the_kept_result_of_a_run_that_is_cancelled_then_counts_as_usage(
    stage: Stage, one: Actor, two: Actor, ended: None
) -> None:
    one.begin()
    one.do(NEXT)
    two.do(RESULTS)
    one.do(CANCEL)
    one.commit()
    stage.assert_sound()
    assert stage.ask("select maintain() ->> 'settled_batch_results'") == "1"
    assert stage.state("a") == "cancelled"
    assert stage.ask("select input_tokens from agentpg.get_run(run_id('a'))") == 10
    assert answers(stage) == 1


def test_two_maintainers_settle_a_kept_result_once(stage: Stage, one: Actor, two: Actor, ended: None) -> None:
    one.begin()
    one.do(NEXT)
    two.do(RESULTS)
    one.commit()
    one.begin()
    settle = "select agentpg._settle_stored(10) as settled"
    assert one.do(settle) == [{"settled": 1}]
    assert two.do(settle) == [{"settled": 0}]
    one.commit()
    assert two.do(settle) == [{"settled": 0}]
    assert answers(stage) == 2


def test_the_next_run_of_a_session_waits_for_the_chunk_and_goes_on(
    stage: Stage, one: Actor, two: Actor, ended: None
) -> None:
    one.begin()
    one.do(RESULTS)
    two.start(NEXT)
    two.waits_for(one)
    one.commit()
    next_id = two.result()[0]["id"]
    assert stage.ask("select blocked from agentpg.runs where id = %(id)s", id=next_id) is False
    roles = (
        "select role::text from agentpg.messages where session_id = session_id('session of a') order by seq"
    )
    assert stage.rows(roles) == [("user",), ("assistant",), ("user",)]
    stage.assert_sound()


def test_an_ingester_that_lost_its_lease_in_the_middle_doubles_nothing(
    stage: Stage, one: Actor, two: Actor, ended: None
) -> None:
    stage.ask("select given_instance(name => 'second')")
    stage.conn.execute("create table public.lines as select succeeded('a') as a, succeeded('b') as b")
    one.do("select set_config('test.token', batch_lease()::text, false)")
    chunk = """
    select r.settled from public.lines l, agentpg.record_batch_results(
      batch_id(), current_setting('test.token')::uuid, jsonb_build_array(l.{})) r
    """
    one.begin()
    assert one.do(chunk.format("a")) == [{"settled": 1}]
    stage.ask("select advance('1 minute')")
    stage.ask("select given_instance(name => 'second')")
    claim = "select task from agentpg.claim_batch_polls(instance_id('second'))"
    assert two.do(claim) == [], "while it is at it, nobody takes it from it"
    one.commit()
    assert stage.ask("select poll('batch', 'second')") == "ingest"
    late = chunk.format("b")
    one.start(late)
    assert refusal(one) == "AP210"
    assert stage.ask("select take(l.b, l.a) from public.lines l") == "(2,0,0)"
    assert stage.ask("select ingested(2)") is True
    assert answers(stage) == 2
    stage.assert_sound()


@pytest.mark.parametrize("isolation", ["repeatable read", "serializable"])
def test_an_ingester_with_an_old_snapshot_doubles_nothing(
    stage: Stage, one: Actor, two: Actor, ended: None, isolation: str
) -> None:
    one.begin(isolation)
    one.do("select count(*) from agentpg.batches")
    two.do(RESULTS)
    one.start(RESULTS)
    assert refusal(one) in (None, "40001")
    one.rollback()
    assert answers(stage) == 2
    stage.assert_sound()


def test_a_batch_given_up_before_its_late_answer_is_cancelled_at_the_provider(
    stage: Stage, one: Actor, two: Actor, sending: None
) -> None:
    stage.ask("select batch_error('{}')::text")
    one.begin()
    assert one.do(ABANDON) == [{"done": True}]
    two.start(ACCEPTED)
    two.waits_for(one)
    one.commit()
    two.result()
    assert stage.ask("select batch_state()::text") == "submitted"
    assert [stage.state("a"), stage.state("b")] == ["pending", "pending"]
    assert stage.ask("select count(*) from agentpg.claim_batch_cancellations(instance_id(), 5)") == 1
    stage.assert_sound()


def test_a_batch_given_up_after_its_late_answer(stage: Stage, one: Actor, two: Actor, sending: None) -> None:
    stage.ask("select batch_error('{}')::text")
    one.begin()
    one.do(ACCEPTED)
    two.start(ABANDON)
    two.waits_for(one)
    one.commit()
    assert two.result() == [{"done": True}]
    assert [stage.state("a"), stage.state("b")] == ["pending", "pending"]
    stage.assert_sound()


@pytest.mark.parametrize("end", ["commit", "rollback"])
def test_a_refused_key_meets_a_user_who_cancels_one_after_the_other(
    stage: Stage, one: Actor, two: Actor, sending: None, end: str
) -> None:
    one.begin()
    one.do(CANCEL)
    assert two.do(KEY_REFUSED) == [{"state": "gathered"}], "with the one that is being ended"
    assert one.do(CANCEL_OTHER) == [{"cancelled": True}]
    one.conn.execute(end.encode())
    stage.assert_sound()
    stage.ask("select agentpg.resume_parked()")
    stage.ask("select advance('10 minutes')")
    stage.ask("select given_instance()")
    left = {"commit": None, "rollback": ["a"]}[end]
    assert stage.ask("select gather()") == left
    stage.ask("select advance('10 minutes')")
    stage.ask("select given_instance()")
    assert stage.ask("select gather('other')") == {"commit": None, "rollback": ["a"]}[end]
    assert stage.state("b") == {"commit": "cancelled", "rollback": "pending"}[end]
    stage.assert_sound()


@pytest.mark.parametrize("end", ["commit", "rollback"])
def test_a_split_meets_a_user_who_cancels_one_after_the_other(
    stage: Stage, one: Actor, two: Actor, sending: None, end: str
) -> None:
    one.begin()
    one.do(CANCEL_OTHER)
    assert two.do(TOO_LARGE) == [{"state": "gathered"}]
    assert one.do(CANCEL) == [{"cancelled": True}]
    one.conn.execute(end.encode())
    stage.assert_sound()
    assert stage.ask("select count(*) from agentpg.batches") == 1
    stage.ask("select advance('10 minutes')")
    stage.ask("select given_instance()")
    assert stage.ask("select gather()") == {"commit": None, "rollback": ["a", "b"]}[end]


def test_a_batch_is_not_given_up_while_one_of_its_runs_is_being_ended(
    stage: Stage, one: Actor, two: Actor, gathered: None
) -> None:
    one.begin()
    one.do(CANCEL)
    two.start(ABANDON)
    assert refusal(two) == "AP200"
    one.rollback()
    assert [stage.state("a"), stage.state("b")] == ["batch_submitting", "batch_submitting"]
    assert stage.ask(ABANDON) is True
    stage.assert_sound()
