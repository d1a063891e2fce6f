"""Each pair of functions that can meet on a tree of runs, held at each lock: no deadlock, no broken rule."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations_with_replacement

import psycopg
import pytest
from concurrency.trees import RESULTS, grow, make_agents
from fixtures.actors import Actor, Stage, stage_on
from fixtures.databases import Database

ANSWER = "select 1 from agentpg.record_response(iteration_id('right'), run_lease('right'), {0})"
TOOL = "tool_execution_id('toolu_tool'), tool_lease('toolu_tool')"
ON_THE_TREE = {
    "right answers": ANSWER.format("reply_text()"),
    "right delegates": ANSWER.format("reply_tool_uses(task_for('worker', 'toolu_more'))"),
    "right stops short": ANSWER.format("reply_text('x', 'max_tokens')"),
    "right fails": """
    select 1 from agentpg.record_failure(iteration_id('right'), run_lease('right'), '{"status": 400}')
    """,
    "tool completes": f"select 1 from agentpg.complete_tool({TOOL}, '\"x\"', claim_next => true)",
    "tool fails": f"select 1 from agentpg.fail_tool({TOOL}, 'broken', 'cancel')",
    "cancel run": "select agentpg.cancel_run(run_id())",
    "cancel left": "select agentpg.cancel_run(run_id('left'))",
    "cancel leaf": "select agentpg.cancel_run(run_id('leaf'))",
}
BESIDE = {
    "maintenance": "select maintain()",
    "deregister": "select agentpg.deregister_instance(instance_id())",
    "claims": "select run_id from agentpg.claim_runs(instance_id(), max_count => 10)",
    "claims below": "select run_id from agentpg.claim_runs(instance_id(), run_ids => array[run_id()])",
    "next run": "select agentpg.create_run(session_id(), agent_id('manager'), 'Next?')",
    "rename": "select agentpg.update_agent(agent_id('worker'), '{\"description\": \"New.\"}')",
}
FUNCTIONS = ON_THE_TREE | BESIDE
HOLDS = {
    "root session": "select from agentpg.sessions where id = session_id() for update",
    "root run": "select from agentpg.runs where id = run_id() for update",
    "left run": "select from agentpg.runs where id = run_id('left') for update",
    "leaf run": "select from agentpg.runs where id = run_id('leaf') for update",
    "calls": "select from agentpg.tool_executions where run_id in (run_id(), run_id('leaf')) for update",
}
# What a caller may be told when the other came first; all else is a defect, 40P01 before all.
TOLD = {"AP007", "AP202", "AP210", "AP211"}


# A database for each lock: the view of what may never be reads all of it, every time.
@pytest.fixture
def tree_stage(database: Database) -> Iterator[Stage]:
    with stage_on(database) as stage:
        make_agents(stage)
        stage.ask('select agentpg.configure(\'{"instance_ttl": "1 day"}\')')
        yield stage


@pytest.fixture
def actors(tree_stage: Stage) -> tuple[Actor, ...]:
    return tuple(tree_stage.actor() for _ in range(3))


def pairs() -> Iterator[tuple[str, str]]:
    for first, second in combinations_with_replacement(FUNCTIONS, 2):
        if first in ON_THE_TREE or second in ON_THE_TREE:
            yield first, second


@pytest.mark.timeout(180)
@pytest.mark.parametrize("hold", HOLDS)
def test_no_pair_deadlocks_on_a_tree(tree_stage: Stage, actors: tuple[Actor, ...], hold: str) -> None:
    wrong: list[str] = []
    for first, second in pairs():
        wrong += meet(tree_stage, actors, first, second, hold)
    assert wrong == []


def meet(stage: Stage, actors: tuple[Actor, ...], first: str, second: str, hold: str) -> list[str]:
    holder, one, two = actors
    stage.ask("delete from agentpg_test.known where kind <> 'agent' returning 1")
    stage.ask("select given_instance('{lookup}')")
    grow(stage)
    if "maintenance" in (first, second):
        # The lease of `right` has lapsed, and that of the tool.
        past = "lease_expires_at = agentpg.now() - interval '1 hour'"
        watch = "watch_at = agentpg.now() - interval '1 hour'"
        stage.rows(f"update agentpg.runs set {watch} where watch_at is not null returning 1")
        stage.rows(f"update agentpg.runs set {past} where lease_token is not null returning 1")
        stage.rows(
            f"update agentpg.tool_executions set {past} where lease_expires_at is not null returning 1"
        )
    holder.begin()
    holder.do(HOLDS[hold])
    one.start(FUNCTIONS[first])
    one.settle()
    two.start(FUNCTIONS[second])
    two.settle()
    holder.commit()
    place = f"{first} and {second}, held at the {hold}"
    wrong: list[str] = []
    for actor, name in ((one, first), (two, second)):
        try:
            actor.result()
        except psycopg.Error as error:
            if error.sqlstate not in TOLD:
                wrong.append(f"{place}: {name}: {error.sqlstate} {error}")
    wrong += [
        f"{place}: {row}" for row in stage.rows("select rule, detail from agentpg.invariant_violations")
    ]
    if stage.ask(RESULTS):
        wrong.append(f"{place}: a call has no result, or two")
    stage.rows(
        "select agentpg.cancel_run(r.id) from agentpg.runs r where r.finalized_at is null order by r.id desc"
    )
    stage.rows("select agentpg.deregister_instance(i.id) from agentpg.instances i")
    stage.empty()
    return wrong
