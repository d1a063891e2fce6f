"""Each pair of functions that can meet on one batch, held at each lock: no deadlock, no broken rule."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations_with_replacement

import psycopg
import pytest
from fixtures.actors import Actor, Stage, stage_on
from fixtures.databases import Database

HELD = "jsonb_build_array(jsonb_build_object('batch_id', batch_id(), 'lease_token', batch_lease()))"
# Work of anybody, at any time. Who cancels two runs locks them in an order of their own.
EITHER = {
    "create_run": "select given_run('next', session => 'session of a', mode => 'batch')",
    "cancel_run": "select agentpg.cancel_run(run_id('a'))",
    "cancel a and c": "select agentpg.cancel_run(run_id('a')), agentpg.cancel_run(run_id('c'))",
    "cancel c and a": "select agentpg.cancel_run(run_id('c')), agentpg.cancel_run(run_id('a'))",
    "claim_batch": "select batch_id from agentpg.claim_batch(instance_id())",
    "claim_batch_polls": "select batch_id from agentpg.claim_batch_polls(instance_id(), 10)",
    "claim_batch_cancellations": "select batch_id from agentpg.claim_batch_cancellations(instance_id(), 10)",
    "heartbeat": f"select agentpg.heartbeat(instance_id(), {HELD})",
    "release_batches": "select agentpg.release_batches(instance_id())",
    "deregister_instance": "select agentpg.deregister_instance(instance_id())",
    "fence": "select instance_id from agentpg.register_instance(name => 'executor', exclusive => true)",
    "abandon_batch": "select agentpg.abandon_batch(batch_id())",
    "run_maintenance": "select maintain()",
    "record_batch_submitted": "select accepted()",
}


def error(fields: str) -> str:
    return f"select batch_error('{{{fields}}}')"


SENDING = {
    "busy": error('"status": 429, "type": "rate_limit_error"'),
    "key refused": error('"status": 401, "type": "authentication_error"'),
    "too large": error('"status": 413, "type": "request_too_large"'),
}
LINES = {letter: f"succeeded('{letter}')" for letter in "abc"}
SCENES = {
    "gathered": ("", SENDING | {"start": "select begin_sending()"}),
    "submitting": ("select begin_sending()", SENDING | {"no answer": error('"status": 500')}),
    "unknown": (
        "select begin_sending(), batch_error('{}'), advance('2 minutes'), given_instance(), poll()",
        {
            "none found": "select agentpg.record_batch_candidates(batch_id(), batch_lease(), '[]')",
            "proof": """
            select agentpg.record_batch_proof(batch_id(), batch_lease(), 'msgbatch_1', custom_id('a'))
            """,
            "error": error(""),
        },
    ),
    "submitted": (
        "select send(), advance('10 minutes'), given_instance(), poll()",
        {
            "in progress": "select tell(message_batch())",
            "ended": "select tell(message_batch('ended'))",
            "archived": """
            select tell(message_batch('ended', extra => '{"archived_at": "2026-01-01T00:00:00Z"}'))
            """,
            "error": error('"status": 404'),
        },
    ),
    "ended": (
        "select end_batch()",
        {
            "results": f"select take({', '.join(LINES.values())})",
            "results the other way": f"select take({', '.join(reversed(LINES.values()))})",
            "ingested": "select ingested(3)",
            "torn": "select ingested(1)",
        },
    ),
}
HOLDS = {
    "session": "select from agentpg.sessions where id = session_id('session of a') for update",
    "run": "select from agentpg.runs where id = run_id('a') for update",
    "member": "select from agentpg.batch_members where run_id = run_id('a') for update",
    "batch": "select from agentpg.batches for update",
}
# What a caller may be told when the other came first; all else is a defect, 40P01 before all.
TOLD = {"AP007", "AP100", "AP200", "AP210", "AP211"}


@pytest.fixture(scope="module")
def shared_stage(shared_database: Database) -> Iterator[Stage]:
    with stage_on(shared_database) as stage:
        stage.ask("select given_agent()")
        stage.ask("""select agentpg.configure('{"instance_ttl": "1 day", "batch_max_wait": "0 seconds"}')""")
        yield stage


@pytest.fixture(scope="module")
def actors(shared_stage: Stage) -> tuple[Actor, ...]:
    return tuple(shared_stage.actor() for _ in range(3))


def set_the_scene(stage: Stage, steps: str) -> None:
    stage.ask("delete from agentpg_test.known where kind <> 'agent' returning 1")
    stage.ask("select given_instance(), given_batch_runs('a', 'b', 'c')")
    assert stage.ask("select gather()") == ["a", "b", "c"]
    for step in filter(None, [steps]):
        stage.ask(step)
    stage.ask("select given_batch_runs('d')")


def clear_the_scene(stage: Stage) -> None:
    stage.rows(
        "select agentpg.cancel_run(r.id) from agentpg.runs r where r.finalized_at is null order by r.id desc"
    )
    stage.rows("select agentpg.deregister_instance(i.id) from agentpg.instances i")
    stage.empty()
    stage.ask(
        """
        update agentpg.queues set paused_until = null, pause_reason = null, spread_until = null,
          next_claim_at = null, parked_at = null, parked_reason = null returning 1
        """
    )


def pairs(scene: str) -> Iterator[tuple[str, str]]:
    own = SCENES[scene][1]
    for first, second in combinations_with_replacement(EITHER | own, 2):
        # Two users with opposite orders are on their own.
        if (first, second) == ("cancel a and c", "cancel c and a"):
            continue
        if first in own or second in own or scene == "ended":
            yield first, second


@pytest.mark.timeout(240)
@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.parametrize("hold", HOLDS)
def test_no_pair_deadlocks(shared_stage: Stage, actors: tuple[Actor, ...], scene: str, hold: str) -> None:
    wrong: list[str] = []
    for first, second in pairs(scene):
        wrong += meet(shared_stage, actors, scene, first, second, hold)
    assert wrong == []


def meet(
    stage: Stage, actors: tuple[Actor, ...], scene: str, first: str, second: str, hold: str
) -> list[str]:
    holder, one, two = actors
    steps, own = SCENES[scene]
    functions = EITHER | own
    set_the_scene(stage, steps)
    holder.begin()
    holder.do(HOLDS[hold])
    one.start(functions[first])
    one.settle()
    two.start(functions[second])
    two.settle()
    holder.commit()
    wrong: list[str] = []
    where = f"{scene}: {first} and {second}, held at the {hold}"
    for actor, name in ((one, first), (two, second)):
        try:
            actor.result()
        except psycopg.Error as refused:
            if refused.sqlstate not in TOLD:
                wrong.append(f"{where}: {name}: {refused.sqlstate} {refused}")
    broken = stage.rows("select rule, detail from agentpg.invariant_violations")
    wrong += [f"{where}: {rule}: {detail}" for rule, detail in broken]
    clear_the_scene(stage)
    return wrong
