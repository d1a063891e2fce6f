"""Two executors that claim at once get disjoint work, and neither waits for the other."""

from __future__ import annotations

import pytest
from fixtures.actors import Actor, Stage

CLAIM_RUNS = "select run_id as id from agentpg.claim_runs(instance_id(), max_count => %(count)s)"
CLAIM_TOOLS = "select tool_execution_id as id from agentpg.claim_tool_executions(instance_id(), %(count)s)"


def given_runs(stage: Stage, count: int) -> None:
    for number in range(count):
        stage.ask("select given_run(%(name)s, session => %(name)s)", name=f"r{number}")


def given_calls(stage: Stage, count: int) -> None:
    # Calls of one tree with events are claimed one claim after the other.
    stage.ask("""select given_run(options => '{"events": false}')""")
    stage.ask("select claim_one()")
    stage.ask(
        """
        select answer(reply_tool_uses(variadic array(
          select tool_use_block('toolu_' || n, 'lookup') from generate_series(1, %(count)s) n
        )), claim_tools => false)
        """,
        count=count,
    )


@pytest.mark.parametrize(("claim", "given"), [(CLAIM_RUNS, given_runs), (CLAIM_TOOLS, given_calls)])
def test_two_claims_at_once_are_disjoint(
    stage: Stage, one: Actor, two: Actor, claim: str, given: object
) -> None:
    assert callable(given)
    given(stage, 5)
    one.begin()
    first = [row["id"] for row in one.do(claim, count=3)]
    second = [row["id"] for row in two.do(claim, count=5)]
    one.commit()
    assert (len(first), len(second)) == (3, 2)
    assert not set(first) & set(second)
    assert two.do(claim, count=5) == []
    stage.assert_sound()


@pytest.mark.parametrize(("claim", "given"), [(CLAIM_RUNS, given_runs), (CLAIM_TOOLS, given_calls)])
def test_a_claim_that_is_rolled_back_frees_what_it_took(
    stage: Stage, one: Actor, two: Actor, claim: str, given: object
) -> None:
    assert callable(given)
    given(stage, 1)
    one.begin()
    assert len(one.do(claim, count=1)) == 1
    assert two.do(claim, count=1) == []
    one.rollback()
    assert len(two.do(claim, count=1)) == 1


def test_claims_by_id_do_not_wait_either(stage: Stage, one: Actor, two: Actor) -> None:
    given_runs(stage, 1)
    claim = "select * from agentpg.claim_runs(instance_id(), run_ids => array[run_id('r0')])"
    one.begin()
    assert len(one.do(claim)) == 1
    assert two.do(claim) == []
    one.commit()


def test_a_run_that_is_being_cancelled_is_passed_over(stage: Stage, one: Actor, two: Actor) -> None:
    given_runs(stage, 2)
    one.begin()
    one.do("select agentpg.cancel_run(run_id('r0'))")
    claimed = two.do(CLAIM_RUNS, count=5)
    one.commit()
    assert [row["id"] for row in claimed] == [stage.id("run", "r1")]
    stage.assert_sound()
