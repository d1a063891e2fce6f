"""Compactions of a session at which others work: each pair of functions, held at each lock."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations_with_replacement

import psycopg
import pytest
from contexts.checks import ASTRAY, check_request
from fixtures.actors import Actor, Stage, stage_on
from fixtures.databases import Database

CONFIG = """
select agentpg.configure(jsonb_build_object(
  'instance_ttl', '1 day', 'compaction', small_window('{"keep_last": 0, "protected_tokens": 0}')))
"""
ANSWER = "select 1 from agentpg.record_response(iteration_id('RUN'), run_lease('RUN'), REPLY)"
TOO_LONG = '{"status": 400, "message": "prompt is too long: 30000 tokens > 20000 maximum"}'
COMPACTING = {
    "compact": "select agentpg.compact(session_id())",
    "apply": """select agentpg.apply_compaction(session_id(), '{"cut_seq": 4, "summary": "By hand."}')""",
    "restore": "select agentpg.restore_compaction(session_id())",
}
USING = {
    "create_run": "select agentpg.create_run(session_id(), agent_id(), 'Next?')",
    "interrupt": """
    select agentpg.create_run(session_id(), agent_id(), 'Stop!', options => '{"on_busy": "interrupt"}')
    """,
    "regenerate": "select agentpg.regenerate_run(run_id('turn3'))",
    "fork": "select agentpg.fork_session(session_id())",
    "claim_runs": "select run_id from agentpg.claim_runs(instance_id(), max_count => 10)",
    "run_maintenance": "select maintain()",
}
STREAMING = {
    "answer": ANSWER.replace("REPLY", "reply_sized('Done.', 18000)"),
    "call": ANSWER.replace("REPLY", "reply_tool_use('toolu_9', 'lookup')"),
    "stop short": ANSWER.replace("REPLY", "reply_sized('Half', 18000, 'max_tokens')"),
    "full window": ANSWER.replace("REPLY", "reply_sized('Half', 19000, 'model_context_window_exceeded')"),
    "too long": f"select 1 from agentpg.record_failure(iteration_id('RUN'), run_lease('RUN'), '{TOO_LONG}')",
    "failure": """
    select 1 from agentpg.record_failure(iteration_id('RUN'), run_lease('RUN'), '{"status": 400}')""",
    "cancel": "select agentpg.cancel_run(run_id('RUN'))",
}
SCENES: dict[str, tuple[tuple[str, ...], dict[str, str]]] = {
    "idle": (
        ("select 1",),
        COMPACTING | USING | {"if needed": "select agentpg.compact_if_needed(session_id())"},
    ),
    "a turn": (
        ("select given_run('RUN', 'Now?'), claim_one()",),
        COMPACTING | USING | {name: each.replace("RUN", "run") for name, each in STREAMING.items()},
    ),
    "a call": (
        (
            "select given_run('run', 'Now?'), claim_one()",
            "select answer(reply_tool_use('toolu_1', 'lookup'))",
            "update agentpg.runs set context_tokens = 18000 where id = run_id() returning 1",
        ),
        COMPACTING
        | {
            "fork": USING["fork"],
            "cancel": STREAMING["cancel"].replace("RUN", "run"),
            "complete": """
            select 1 from agentpg.complete_tool(
              tool_execution_id('toolu_1'), tool_lease('toolu_1'), '"done"', claim_next => true)
            """,
        },
    ),
    "its own summary": (
        (
            "update agentpg.sessions set context_tokens = 18000 where id = session_id() returning 1",
            "select given_run('run', 'Now?'), claim_one()",
        ),
        COMPACTING | USING | {name: each.replace("RUN", "run") for name, each in STREAMING.items()},
    ),
    "a summary apart": (
        (
            "select remember('run', 'apart', (agentpg.compact(session_id())).run_id)",
            "select claim_one()",
        ),
        COMPACTING | USING | {name: each.replace("RUN", "apart") for name, each in STREAMING.items()},
    ),
    "a summary apart beside a turn": (
        (
            "select remember('run', 'apart', (agentpg.compact(session_id())).run_id)",
            "select given_run('run', 'Now?')",
            "select claim_one() from generate_series(1, 2)",
        ),
        {
            "compact": COMPACTING["compact"],
            "apply": COMPACTING["apply"],
            "fork": USING["fork"],
            "interrupt": USING["interrupt"],
        }
        | {
            f"{name} apart": STREAMING[name].replace("RUN", "apart")
            for name in ("answer", "failure", "cancel")
        }
        | {
            name: STREAMING[name].replace("RUN", "run")
            for name in ("answer", "stop short", "full window", "cancel")
        },
    ),
}
HOLDS = {
    "session": "select from agentpg.sessions where id = session_id() for update",
    "run": "select from agentpg.runs where finalized_at is null for update",
}
# What a caller may be told when the other came first; all else is a defect, 40P01 before all.
TOLD = {"AP117", "AP202", "AP210", "AP220", "AP222", "AP224", "AP241", "AP242", "AP243"}


def pairs(scene: str, hold: str) -> Iterator[tuple[str, str]]:
    """Those that touch a compaction; behind a held run only one that needs it too makes a difference."""
    for first, second in combinations_with_replacement(SCENES[scene][1], 2):
        compacts = {first, second} & COMPACTING.keys()
        works = {first, second} - COMPACTING.keys() - USING.keys()
        if (compacts and works) if hold == "run" else (compacts or (works and "summary" in scene)):
            yield first, second


@pytest.fixture(scope="module")
def shared_stage(shared_database: Database) -> Iterator[Stage]:
    with stage_on(shared_database) as stage:
        stage.ask("select given_agent(tools => '{lookup}')")
        stage.ask(CONFIG)
        yield stage


@pytest.fixture(scope="module")
def actors(shared_stage: Stage) -> tuple[Actor, ...]:
    return tuple(shared_stage.actor() for _ in range(3))


def set_the_scene(stage: Stage, scene: str, expired: bool) -> None:
    """Three turns, of which the first is summarized already."""
    stage.ask("delete from agentpg_test.known where kind <> 'agent' returning 1")
    stage.ask("select given_instance('{lookup}')")
    stage.ask("select given_session(), given_turns(3, 12000)")
    stage.ask("""select agentpg.apply_compaction(session_id(), '{"cut_seq": 2, "summary": "First."}')""")
    for statement in SCENES[scene][0]:
        stage.ask(statement.replace("RUN", "run"))
    if expired:
        past = "agentpg.now() - interval '1 hour'"
        stage.rows(
            f"update agentpg.runs set lease_expires_at = {past}, watch_at = {past}"
            " where lease_token is not null returning 1"
        )


def clear_the_scene(stage: Stage) -> None:
    stage.rows(
        "select agentpg.cancel_run(r.id) from agentpg.runs r where r.finalized_at is null order by r.id desc"
    )
    stage.rows("select agentpg.deregister_instance(i.id) from agentpg.instances i")
    stage.empty()
    stage.rows(
        "update agentpg.queues set paused_until = null, spread_until = null, next_claim_at = null returning 1"
    )


def faults(stage: Stage) -> list[str]:
    found = [str(row) for row in stage.rows("select rule, detail from agentpg.invariant_violations")]
    found += [str(row) for row in stage.rows(ASTRAY)]
    for (request,) in stage.rows(
        "select agentpg._build_request(r) from agentpg.runs r"
        " where r.state in ('pending', 'streaming') and not r.blocked"
    ):
        try:
            check_request(request)
        except AssertionError as error:
            found.append(str(error))
    return found


@pytest.mark.timeout(180)
@pytest.mark.parametrize(
    ("scene", "hold"),
    [(scene, hold) for scene in SCENES for hold in HOLDS if (scene, hold) != ("idle", "run")],
)
def test_no_pair_deadlocks_and_every_context_is_valid(
    shared_stage: Stage, actors: tuple[Actor, ...], scene: str, hold: str
) -> None:
    wrong: list[str] = []
    for first, second in pairs(scene, hold):
        wrong += meet(shared_stage, actors, scene, first, second, hold)
    assert wrong == []


def meet(
    stage: Stage, actors: tuple[Actor, ...], scene: str, first: str, second: str, hold: str
) -> list[str]:
    holder, one, two = actors
    functions = SCENES[scene][1]
    set_the_scene(stage, scene, expired="run_maintenance" in (first, second))
    holder.begin()
    holder.do(HOLDS[hold])
    one.start(functions[first])
    one.settle()
    two.start(functions[second])
    two.settle()
    holder.commit()
    wrong: list[str] = []
    for actor, name in ((one, first), (two, second)):
        try:
            actor.result()
        except psycopg.Error as error:
            if error.sqlstate not in TOLD:
                wrong.append(f"{name}: {error.sqlstate} {error}")
    wrong += faults(stage)
    clear_the_scene(stage)
    return [f"{scene}: {first} and {second}, held at the {hold}: {each}" for each in wrong]
