"""Claims begin at a mark behind which nothing waits: whatever is made ready is found all the same."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from fixtures.actors import Actor, Stage
from fixtures.clock import Clock

CLAIM = "select run_id as id from agentpg.claim_runs(instance_id())"
MOVE = """
select agentpg._move_mark(l.queue_id, l.priority, agentpg.now()) as moved from agentpg._claim_levels() l
"""
CREATE = """
select agentpg.create_run(session_id(%(session)s), agent_id(), 'Hello?', priority => %(priority)s) as id
"""


@pytest.fixture(autouse=True)
def sessions(stage: Stage) -> None:
    for name in ("a", "b", "c"):
        stage.ask("select given_session(%(name)s)", name=name)


def run_of(session: str = "a", priority: int = 0) -> dict[str, Any]:
    return {"session": session, "priority": priority}


def claimed(actor: Actor) -> list[UUID]:
    return [row["id"] for row in actor.do(CLAIM)]


def settle(stage: Stage) -> None:
    """As many claims as it takes for all marks to come up to where they are."""
    for _ in range(4):
        stage.ask(MOVE)


def marks_at_the_end(stage: Stage) -> bool:
    """Whether no mark stands where it stood before the test."""
    return bool(
        stage.ask(
            "select bool_and(ready_from > agentpg.now() - interval '30 seconds') from agentpg._claim_levels()"
        )
    )


def test_marks_follow_the_claims_past_what_was_done(stage: Stage, one: Actor, clock: Clock) -> None:
    first = stage.ask(CREATE, **run_of("a"))
    second = stage.ask(CREATE, **run_of("b"))
    settle(stage)
    assert claimed(one) == [first]
    clock.advance(2)
    settle(stage)
    queue = "(select queue_id from agentpg.runs where id = %(id)s)"
    assert stage.ask(
        "select (l.ready_from, l.ready_id) = (r.ready_at, r.id)"
        " from agentpg._claim_levels() l, agentpg.runs r"
        f" where r.id = %(id)s and l.queue_id = {queue} and l.priority = 0",
        id=second,
    ), "it stands at the first that waits"
    assert claimed(one) == [second]


def test_a_run_whose_transaction_commits_late_is_found(stage: Stage, one: Actor, two: Actor) -> None:
    one.begin()
    (late,) = one.do(CREATE, **run_of("a"))
    settle(stage)
    early = stage.ask(CREATE, **run_of("b"))
    assert claimed(two) == [early]
    settle(stage)
    assert not marks_at_the_end(stage), "it is waited for"
    one.commit()
    settle(stage)
    assert claimed(two) == [late["id"]]
    settle(stage)
    assert marks_at_the_end(stage)


def test_a_run_of_a_very_long_transaction_is_found_at_once_too(
    stage: Stage, one: Actor, two: Actor, clock: Clock
) -> None:
    one.begin()
    (late,) = one.do(CREATE, **run_of("a"))
    settle(stage)
    clock.advance(60)
    for _ in range(4):
        clock.advance(11)
        stage.ask(MOVE)
    assert stage.ask(
        "select max(ready_from) > agentpg.now() - interval '1 minute' from agentpg._claim_levels()"
    ), "marks do not wait for it for ever"
    one.commit()
    assert claimed(two) == [late["id"]]


def test_many_runs_of_a_very_long_transaction_are_found_by_the_maintenance(
    stage: Stage, one: Actor, two: Actor, clock: Clock
) -> None:
    one.begin()
    late = one.do(
        """select run_id as id from agentpg.create_runs(agent_id(), '[{"prompt": "a"}, {"prompt": "b"}]')"""
    )
    for _ in range(5):
        clock.advance(11)
        stage.ask(MOVE)
    one.commit()
    assert claimed(two) == []
    clock.advance(61)
    stage.ask("select agentpg.run_maintenance()")
    assert [*claimed(two), *claimed(two)] == [row["id"] for row in late]


def test_a_run_that_comes_back_is_found(stage: Stage, one: Actor, two: Actor, clock: Clock) -> None:
    """Released, and again as the next of its session: it was due long before the mark."""
    first = stage.ask(CREATE, **run_of("a"))
    behind = stage.ask(CREATE, **run_of("a"))
    assert claimed(one) == [first]
    clock.advance(30)
    settle(stage)
    assert stage.ask("select agentpg.release_runs(instance_id())") == 1
    assert claimed(two) == [first]
    clock.advance(30)
    settle(stage)
    stage.ask("select agentpg.cancel_run(%(id)s)", id=first)
    assert claimed(two) == [behind]


def test_a_run_that_goes_over_to_another_queue_is_found(stage: Stage, two: Actor, clock: Clock) -> None:
    """It was due in its old queue long before the mark of the new one."""
    run = stage.ask(
        """
        select agentpg.create_run(session_id('a'), agent_id(), 'Hello?', mode => 'batch',
          options => jsonb_build_object('stream_from', agentpg.now() + interval '45 seconds'))
        """
    )
    clock.advance(30)
    settle(stage)
    stage.ask("select agentpg.run_maintenance()")
    clock.advance(20)
    settle(stage)
    stage.ask("select agentpg.run_maintenance()")
    assert claimed(two) == [run]


def test_a_run_that_comes_back_while_the_mark_moves_is_found(
    stage: Stage, one: Actor, two: Actor, clock: Clock
) -> None:
    first = stage.ask(CREATE, **run_of("a"))
    behind = stage.ask(CREATE, **run_of("a"))
    assert claimed(one) == [first]
    stage.ask(MOVE)
    one.begin()
    one.do("select agentpg.cancel_run(%(id)s)", id=first)
    settle(stage)
    clock.advance(5)
    settle(stage)
    assert claimed(two) == []
    one.commit()
    settle(stage)
    assert claimed(two) == [behind]


def test_a_claim_that_is_rolled_back_leaves_no_mark_behind_it(stage: Stage, one: Actor, two: Actor) -> None:
    run = stage.ask(CREATE, **run_of("a"))
    one.begin()
    assert claimed(one) == [run]
    for _ in range(4):
        one.do(MOVE)
    settle(stage)
    one.rollback()
    settle(stage)
    assert claimed(two) == [run]


def test_a_priority_that_is_new_is_found(stage: Stage, one: Actor, two: Actor) -> None:
    settle(stage)
    one.begin()
    (high,) = one.do(CREATE, **run_of("a", 7))
    again = stage.ask(CREATE, **run_of("b", 7))
    low = stage.ask(CREATE, **run_of("c", -7))
    assert claimed(two) == [again], "nobody waits for the one who was first to use a priority"
    one.commit()
    settle(stage)
    assert [*claimed(two), *claimed(two)] == [high["id"], low]
    assert claimed(two) == []


def test_the_runs_of_a_paused_queue_are_found_after_the_pause(stage: Stage, two: Actor, clock: Clock) -> None:
    run = stage.ask(CREATE, **run_of("a"))
    stage.ask(
        "update agentpg.queues set parked_at = agentpg.now(), parked_reason = 'x'"
        " where run_mode = 'streaming' returning 1"
    )
    clock.advance(3600)
    settle(stage)
    assert claimed(two) == []
    stage.ask(
        "update agentpg.queues set parked_at = null, parked_reason = null"
        " where run_mode = 'streaming' returning 1"
    )
    assert claimed(two) == [run]


def test_a_clock_that_goes_back_hides_nothing(stage: Stage, two: Actor, clock: Clock) -> None:
    clock.advance(3600)
    settle(stage)
    clock.advance(-3600)
    run = stage.ask(CREATE, **run_of("a"))
    assert claimed(two) == [run]


def test_nobody_waits_for_who_moves_a_mark(stage: Stage, one: Actor, two: Actor) -> None:
    stage.ask(CREATE, **run_of("a"))
    run = stage.ask(CREATE, **run_of("b"))
    one.begin()
    one.do(MOVE)
    claimed(one)
    assert two.do(MOVE)[0]["moved"] is False
    assert claimed(two) == [run]
    one.commit()
