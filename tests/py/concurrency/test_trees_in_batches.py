"""Delegates of one run whose answers come in batches."""

from __future__ import annotations

import pytest
from concurrency.trees import assert_told_once
from fixtures.actors import Actor, Stage

DELEGATES = 12
# The results of a batch in one chunk, last one first.
CHUNK = """
select settled, stored from agentpg.record_batch_results(batch_id({batch}), batch_lease({batch}), (
  select jsonb_agg(succeeded(name_of_run(m.run_id), reply_text('Done.'), {batch}) order by m.ordinal desc)
  from agentpg.batch_members m where m.batch_id = batch_id({batch})
))
"""
ENDED = """
select tell(message_batch('ended', b.provider_batch_id), %(batch)s)
from agentpg.batches b where b.id = batch_id(%(batch)s)
"""
PARENT = "select r.state::text, r.iteration_number, r.open_tools from agentpg.runs r where r.id = run_id()"


@pytest.fixture(autouse=True)
def a_run_in_batch_mode_has_called_many(stage: Stage) -> None:
    stage.ask("select given_agent('worker', '{lookup}')")
    stage.ask("select given_manager()")
    stage.ask("select given_run(agent => 'manager', mode => 'batch')")
    stage.ask("select advance('1 minute')")
    stage.ask("select gather()")
    stage.ask("select end_batch()")
    stage.ask(
        """
        select take(succeeded('run', (
          select reply_tool_uses(variadic array_agg(task_for('worker', 'toolu_' || i) order by i))
          from generate_series(1, %(count)s) i
        )))
        """,
        count=DELEGATES,
    )
    stage.ask("select ingested(1)")
    stage.rows(
        "select child_of('toolu_' || i, 'child ' || i) from generate_series(1, %(count)s) i", count=DELEGATES
    )
    stage.ask("select advance('1 minute')")


def end(stage: Stage, batch: str, provider_id: str, most: int) -> None:
    stage.ask("select gather(%(batch)s, max_requests => %(most)s)", batch=batch, most=most)
    stage.ask("select end_batch(%(batch)s, %(id)s)", batch=batch, id=provider_id)


def test_many_delegates_in_one_chunk_resume_the_run_once(stage: Stage) -> None:
    end(stage, "all", "msgbatch_2", DELEGATES)
    assert stage.rows(CHUNK.format(batch="'all'")) == [(DELEGATES, 0)]
    assert stage.rows(PARENT) == [("pending", 2, 0)]
    assert_told_once(stage)
    stage.ask("select advance('1 minute')")
    assert stage.ask("select gather('next')") == ["run"]


def test_two_batches_with_delegates_of_one_run_wait_for_nobody(stage: Stage, one: Actor, two: Actor) -> None:
    """The second keeps its results, which the maintenance hands on: neither waits for the other."""
    batches = {"first": "msgbatch_2", "second": "msgbatch_3"}
    for batch, provider_id in batches.items():
        stage.ask("select gather(%(batch)s, max_requests => %(most)s)", batch=batch, most=DELEGATES // 2)
        stage.ask("select send(%(batch)s, %(id)s)", batch=batch, id=provider_id)
    stage.ask("select advance('10 minutes')")
    for batch in batches:
        stage.ask("select poll(%(batch)s)", batch=batch)
        stage.ask(ENDED, batch=batch)
    one.begin()
    assert [tuple(row.values()) for row in one.do(CHUNK.format(batch="'first'"))] == [(DELEGATES // 2, 0)]
    assert [tuple(row.values()) for row in two.do(CHUNK.format(batch="'second'"))] == [(0, DELEGATES // 2)]
    one.commit()
    assert stage.rows(PARENT) == [("pending_tools", 1, DELEGATES // 2)]
    two.do("select maintain()")
    assert stage.rows(PARENT) == [("pending", 2, 0)]
    assert_told_once(stage)


def test_a_cancel_of_the_run_meets_a_chunk_with_all_its_delegates(
    stage: Stage, one: Actor, two: Actor
) -> None:
    end(stage, "all", "msgbatch_2", DELEGATES)
    one.begin()
    one.do(CHUNK.format(batch="'all'"))
    two.start("select agentpg.cancel_run(run_id()) as cancelled")
    two.waits_for(one)
    one.commit()
    assert two.result() == [{"cancelled": True}]
    assert stage.state() == "cancelled"
    assert (
        stage.ask("select count(*) from agentpg.run_tree(run_id()) n where n.state = 'completed'")
        == DELEGATES
    )
    assert_told_once(stage)


def test_a_chunk_meets_a_cancel_of_the_run(stage: Stage, one: Actor, two: Actor) -> None:
    end(stage, "all", "msgbatch_2", DELEGATES)
    one.begin()
    one.do("select agentpg.cancel_run(run_id())")
    two.do(CHUNK.format(batch="'all'"))
    one.commit()
    two.do("select maintain()")
    two.do(CHUNK.format(batch="'all'"))
    assert stage.state() == "cancelled"
    assert stage.ask(
        "select n.total_output_tokens from agentpg.run_tree(run_id()) n where n.path = '1'"
    ) == 5 * (1 + DELEGATES)
    assert_told_once(stage)
