"""Results that pause or park the queues of several models, taken over by several workers at once."""

from __future__ import annotations

import pytest
from fixtures.actors import Actor, Stage

BUSY = "select take(errored('a', 'overloaded_error')) as counts"
REFUSED = "select take(errored('a', 'authentication_error')) as counts"
SETTLE = "select agentpg._settle_stored(10) as settled"
HOLD = "select q.id from agentpg.queues q where q.run_mode = 'batch' for no key update"


@pytest.fixture(autouse=True)
def ended(stage: Stage) -> None:
    stage.ask("select given_batch_runs('a')")
    stage.ask("select advance('31 seconds')")
    stage.ask("select gather()")
    assert stage.ask("select end_batch()") == "ingest"


@pytest.mark.parametrize("results", [BUSY, REFUSED])
def test_results_wait_for_nobody_who_holds_the_queue(
    stage: Stage, one: Actor, two: Actor, results: str
) -> None:
    one.begin()
    one.do(HOLD)
    two.do("set lock_timeout = '3s'")
    assert two.do(results) == [{"counts": "(1,0,0)"}]
    one.commit()
    assert stage.state("a") == "pending"
    stage.assert_sound()


def test_the_maintenance_waits_for_nobody_who_holds_the_queue(stage: Stage, one: Actor, two: Actor) -> None:
    one.begin()
    one.do("select from agentpg.sessions for no key update")
    assert two.do(BUSY) == [{"counts": "(0,1,0)"}]
    one.commit()
    one.begin()
    one.do(HOLD)
    two.do("set lock_timeout = '3s'")
    assert two.do(SETTLE) == [{"settled": 1}]
    one.commit()
    assert stage.state("a") == "pending"
    stage.assert_sound()


def test_a_queue_that_nobody_holds_is_paused_by_results(stage: Stage, one: Actor) -> None:
    one.do(BUSY)
    assert (
        stage.ask("select q.pause_reason from agentpg.queues q where q.run_mode = 'batch'")
        == "overloaded_error"
    )
