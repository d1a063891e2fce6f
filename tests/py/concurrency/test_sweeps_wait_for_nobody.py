"""Who sweeps or leaves holds event streams: it waits for nobody who may wait for one of them."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from concurrency.trees import assert_told_once, grow, make_agents
from fixtures.actors import Stage, stage_on
from fixtures.databases import Database

BELOW = {
    "call of the delegate": "select from agentpg.tool_executions where run_id = run_id() for no key update",
    "session of the delegate": """
    select from agentpg.sessions s
    where s.id = (select i.session_id from agentpg.run_inputs i where i.run_id = run_id('left'))
    for no key update
    """,
    "run of the delegate": "select from agentpg.runs where id = run_id('left') for no key update",
    "call of the leaf": "select from agentpg.tool_executions where run_id = run_id('leaf') for no key update",
}


@pytest.fixture
def stage(database: Database) -> Iterator[Stage]:
    with stage_on(database) as stage:
        make_agents(stage)
        stage.ask("select given_instance('{lookup}')")
        yield stage


@pytest.mark.parametrize("hold", BELOW)
def test_a_deadline_passes_over_a_tree_that_somebody_works_on(stage: Stage, hold: str) -> None:
    grow(stage)
    stage.rows(
        "update agentpg.runs set deadline_at = agentpg.now() - interval '1 s' where id = run_id() returning 1"
    )
    holder, sweeper = stage.actor(), stage.actor()
    holder.begin()
    holder.do(BELOW[hold])
    sweeper.start("select maintain()")
    assert not sweeper.settle(), "the sweep waits"
    sweeper.result()
    assert stage.state() == "pending_tools"
    holder.commit()
    stage.ask("select maintain()")
    assert [stage.state(run) for run in ("run", "left", "right", "leaf")] == ["failed"] + ["cancelled"] * 3
    assert_told_once(stage)


def test_a_worker_that_leaves_takes_the_streams_of_its_work_in_one_order(stage: Stage) -> None:
    # The tool of the older tree, the model call of the newer one: runs are released before tools.
    for run, content in (("older", "reply_tool_use('toolu_older', 'lookup')"), ("newer", None)):
        stage.ask(f"select given_run('{run}', agent => 'worker', session => '{run}')")
        stage.ask("select claim_one()")
        if content:
            stage.ask(f"select answer({content}, '{run}')")
    holder, leaver, other = stage.actor(), stage.actor(), stage.actor()
    holder.begin()
    holder.do("select from agentpg.run_streams where root_run_id = run_id('older') for no key update")
    leaver.start("select agentpg.deregister_instance(instance_id())")
    leaver.waits_for(holder)
    try:
        other.do(
            "select from agentpg.run_streams where root_run_id = run_id('newer') for no key update nowait"
        )
    except psycopg.errors.LockNotAvailable:
        pytest.fail("it holds the stream of the newer tree while it waits for that of the older one")
    holder.commit()
    leaver.result()
    assert stage.state("newer") == "pending"
    assert_told_once(stage)


def test_a_claim_of_tools_passes_over_a_tree_whose_stream_somebody_holds(stage: Stage) -> None:
    for run in ("held", "free"):
        stage.ask(f"select given_run('{run}', agent => 'worker', session => '{run}')")
        stage.ask("select claim_one()")
        stage.ask(f"select answer(reply_tool_use('toolu_{run}', 'lookup'), '{run}', claim_tools => false)")
    holder, worker = stage.actor(), stage.actor()
    claim = "select tool_use_id from agentpg.claim_tool_executions(instance_id(), max_count => 1)"
    holder.begin()
    holder.do("select from agentpg.run_streams where root_run_id = run_id('held') for no key update")
    worker.start(claim)
    assert not worker.settle(), "the claim waits for a transaction of somebody else"
    assert [row["tool_use_id"] for row in worker.result()] == ["toolu_free"]
    holder.commit()
    assert worker.do(claim) == [], "it gave up its place for a moment"
    stage.ask("select advance('1 second')")
    assert [row["tool_use_id"] for row in worker.do(claim)] == ["toolu_held"]
    assert_told_once(stage)


def given_call_that_nobody_watches(stage: Stage) -> None:
    stage.ask("select given_run(agent => 'worker')")
    stage.ask("select claim_one()")
    stage.ask("select answer(reply_tool_use('toolu_1', 'lookup'), claim_tools => false)")
    stage.ask("select advance('30 seconds')")


WATCH = "select watch_at from agentpg.runs where id = run_id()"
CLAIM = "select tool_use_id from agentpg.claim_tool_executions(instance_id(), max_count => 1)"


def test_a_claim_of_tools_waits_for_nobody_to_set_the_timer_of_a_run(stage: Stage) -> None:
    given_call_that_nobody_watches(stage)
    stage.ask("select maintain()")
    assert stage.rows(WATCH) == [(None,)], "nobody holds anything of it"
    holder, worker = stage.actor(), stage.actor()
    holder.begin()
    holder.do("select from agentpg.runs where id = run_id() for no key update")
    worker.start(CLAIM)
    assert not worker.settle(), "the claim waits for a transaction of somebody else"
    assert worker.result() == [], "it passes over a call that would be held without a timer"
    holder.commit()
    stage.ask("select advance('1 second')")
    assert [row["tool_use_id"] for row in worker.do(CLAIM)] == ["toolu_1"]
    stage.assert_sound()


def test_the_timer_of_a_run_is_not_moved_while_somebody_claims_a_call_of_it(stage: Stage) -> None:
    given_call_that_nobody_watches(stage)
    worker, sweeper = stage.actor(), stage.actor()
    before = stage.rows(WATCH)
    worker.begin()
    assert [row["tool_use_id"] for row in worker.do(CLAIM)] == ["toolu_1"]
    sweeper.start("select maintain()")
    assert not sweeper.settle(), "the sweep waits"
    sweeper.result()
    assert stage.rows(WATCH) == before
    worker.commit()
    stage.assert_sound()
    stage.ask("select maintain()")
    stage.assert_sound()
    stage.ask("select advance('21 seconds')")
    stage.ask("select maintain()")
    assert stage.rows("select state::text from agentpg.tool_executions") == [("pending",)]
