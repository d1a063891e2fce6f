"""A session that is deleted while somebody else works on it, or on its fork."""

from __future__ import annotations

import psycopg
import pytest
from fixtures.actors import Actor, Stage

from .test_no_deadlock import EITHER, STREAMING, TOOLS

DELETE = "select agentpg.delete_session(session_id()) as gone"
CREATE = "select agentpg.create_run(session_id(), agent_id(), 'And?') as id"
FORK = "select agentpg.fork_session(session_id()) as id"
CHILD = "select agentpg.create_session(parent_session_id => session_id()) as id"
CANCEL_AND_DELETE = "select agentpg.cancel_run(run_id()), agentpg.delete_session(session_id())"


def refusal(actor: Actor) -> str | None:
    with pytest.raises(psycopg.Error) as caught:
        actor.result()
    return caught.value.sqlstate


def meet(first: Actor, statement: str, second: Actor, other: str) -> None:
    """The second waits for the first, which commits."""
    first.begin()
    first.do(statement)
    second.start(other)
    second.waits_for(first)
    first.commit()


def sessions(stage: Stage) -> int:
    return int(stage.ask("select count(*)::int from agentpg.sessions"))


@pytest.fixture
def ended(stage: Stage) -> None:
    stage.ask("select given_run()")
    stage.ask("select claim_one()")
    stage.ask("select answer(reply_text('Done.'))")


@pytest.mark.usefixtures("ended")
def test_one_of_two_deletions_at_once_finds_nothing(stage: Stage, one: Actor, two: Actor) -> None:
    meet(one, DELETE, two, DELETE)
    assert refusal(two) == "AP002"
    assert sessions(stage) == 0
    stage.assert_sound()


@pytest.mark.usefixtures("ended")
def test_a_deletion_that_is_rolled_back_leaves_the_session_to_the_next(
    stage: Stage, one: Actor, two: Actor
) -> None:
    one.begin()
    one.do(DELETE)
    two.start(DELETE)
    two.waits_for(one)
    one.rollback()
    assert two.result()[0]["gone"]["runs"] == 1
    assert sessions(stage) == 0


@pytest.mark.usefixtures("ended")
@pytest.mark.parametrize(("other", "told"), [(CREATE, "AP002"), (FORK, "AP002"), (CHILD, "23503")])
def test_what_comes_after_the_deletion_finds_no_session(
    stage: Stage, one: Actor, two: Actor, other: str, told: str
) -> None:
    meet(one, DELETE, two, other)
    assert refusal(two) == told
    assert sessions(stage) == 0
    stage.assert_sound()


@pytest.mark.usefixtures("ended")
@pytest.mark.parametrize(("other", "told"), [(CREATE, "AP260"), (FORK, "AP261")])
def test_what_came_before_the_deletion_stands_in_its_way(
    stage: Stage, one: Actor, two: Actor, other: str, told: str
) -> None:
    meet(one, other, two, DELETE)
    assert refusal(two) == told
    stage.assert_sound()


@pytest.mark.usefixtures("ended")
def test_a_child_made_a_moment_before_goes_with_it(stage: Stage, one: Actor, two: Actor) -> None:
    meet(one, CHILD, two, DELETE)
    assert two.result()[0]["gone"]["sessions"] == 2
    assert sessions(stage) == 0


def test_a_claim_under_way_is_an_active_run(stage: Stage, one: Actor, two: Actor) -> None:
    stage.ask("select given_run()")
    one.begin()
    one.do("select claim_one()")
    two.start(DELETE)
    assert refusal(two) == "AP260"
    one.commit()
    stage.assert_sound()


@pytest.mark.parametrize(
    "report",
    [
        "select agentpg.record_abandoned(iteration_id(), run_lease(), '{\"input_tokens\": 5}')",
        STREAMING["answer"],
        STREAMING["failure"],
    ],
)
def test_a_worker_of_a_run_that_is_cancelled_and_deleted_is_told_so(
    stage: Stage, one: Actor, two: Actor, report: str
) -> None:
    stage.ask("select given_run()")
    stage.ask("select claim_one()")
    stage.ask("select agentpg.cancel_run(run_id())")
    one.begin()
    one.do(DELETE)
    two.start(report)
    two.waits_for(one)
    one.commit()
    if "abandoned" in report:
        assert two.result() == [{"record_abandoned": False}]
    else:
        assert refusal(two) == "AP004"
    lost = stage.ask(
        "select agentpg.heartbeat(instance_id(), jsonb_build_array(jsonb_build_object('run_id', run_id(),"
        " 'lease_token', run_lease()))) #>> '{lost,0,reason}'"
    )
    assert lost == "lease_lost"
    stage.assert_sound()


def test_a_tool_of_a_run_that_is_deleted_is_refused(stage: Stage) -> None:
    stage.ask("select given_run()")
    stage.ask("select claim_one()")
    stage.ask("select answer(reply_tool_use('toolu_1', 'lookup'))")
    stage.ask("select agentpg.cancel_run(run_id())")
    stage.ask(DELETE)
    with pytest.raises(psycopg.Error) as caught:
        stage.ask("select finish_tool('toolu_1')")
    assert caught.value.sqlstate == "AP005"


HOLDS = {
    "session": "select from agentpg.sessions where id = session_id() for update",
    "run": "select from agentpg.runs where id = run_id() for update",
    "stream": "select from agentpg.run_streams where root_run_id = run_id() for update",
}
TOLD = {"AP002", "AP003", "AP004", "AP005", "AP202", "AP210", "AP211", "AP230", "AP231", "AP260"}


@pytest.mark.timeout(120)
@pytest.mark.parametrize("hold", HOLDS)
def test_who_cancels_and_deletes_deadlocks_with_nobody(stage: Stage, hold: str) -> None:
    actors = [stage.actor() for _ in range(3)]
    stage.ask('select agentpg.configure(\'{"instance_ttl": "1 day"}\')')
    wrong: list[str] = []
    for streaming, functions in ((True, STREAMING), (False, TOOLS)):
        for name, other in functions.items():
            if not streaming and name in EITHER:
                continue
            for cancel_first in (True, False):
                wrong += _round(stage, actors, hold, streaming, name, other, cancel_first)
    assert wrong == []


def _round(
    stage: Stage, actors: list[Actor], hold: str, streaming: bool, name: str, other: str, first: bool
) -> list[str]:
    holder, one, two = actors
    stage.ask("delete from agentpg_test.known where kind <> 'agent' returning 1")
    stage.ask("select given_instance('{lookup}')")
    stage.ask("select given_run()")
    stage.ask("select given_run('second')")
    stage.ask("select claim_one()")
    if not streaming:
        stage.ask(
            "select answer(reply_tool_uses(tool_use_block('toolu_1', 'lookup'),"
            " tool_use_block('toolu_2', 'lookup')))"
        )
        stage.ask("select agentpg.request_approval(tool_execution_id('toolu_2'), tool_lease('toolu_2'))")
    stage.ask("select agentpg.cancel_run(run_id('second'))")
    holder.begin()
    holder.do(HOLDS[hold])
    pair = [(one, CANCEL_AND_DELETE), (two, other)]
    for actor, statement in pair if first else pair[::-1]:
        actor.start(statement)
        actor.settle()
    holder.commit()
    wrong: list[str] = []
    for actor, _ in pair:
        try:
            actor.result()
        except psycopg.Error as error:
            if error.sqlstate not in TOLD:
                wrong.append(f"{name}, held at the {hold}: {error.sqlstate} {error}")
    broken = stage.rows("select rule, detail from agentpg.invariant_violations")
    wrong += [f"{name}, held at the {hold}: {rule}: {detail}" for rule, detail in broken]
    stage.rows(
        "select agentpg.cancel_run(r.id) from agentpg.runs r where r.finalized_at is null order by r.id desc"
    )
    stage.rows("select agentpg.deregister_instance(i.id) from agentpg.instances i")
    stage.ask(
        "update agentpg.queues set paused_until = null, pause_reason = null, spread_until = null,"
        " next_claim_at = null returning 1"
    )
    return wrong
