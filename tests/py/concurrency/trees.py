"""A tree of runs at work: `run` called `left` and `right`, and `left` called `leaf`, whose tool runs."""

from __future__ import annotations

from fixtures.actors import Actor, Stage

RESULTS = """
select count(*) from agentpg.tool_executions e
where e.completed_at is not null and 1 <> (
  select count(*) from agentpg.messages m cross join lateral jsonb_array_elements(m.content) as b(block)
  where m.iteration_id = e.iteration_id and b.block ->> 'tool_use_id' = e.tool_use_id and m.role = 'user'
)
"""


def make_agents(stage: Stage) -> None:
    stage.ask("select given_agent('worker', '{lookup}')")
    stage.ask("select given_manager('lead')")
    stage.ask("select given_manager('manager', '{lead}')")


def grow(stage: Stage) -> None:
    """All of them are held by instance `executor`."""
    stage.ask("select given_run(agent => 'manager')")
    stage.ask("select claim_one()")
    stage.ask(
        "select answer(reply_tool_uses(task_for('lead', 'toolu_left'), task_for('lead', 'toolu_right')))"
    )
    for side in ("left", "right"):
        stage.ask("select child_of(%(call)s, %(run)s)", call=f"toolu_{side}", run=side)
    stage.ask("select claim_one() from generate_series(1, 2)")
    stage.ask("select claim_one()")
    stage.ask("select answer(reply_tool_uses(task_for('worker', 'toolu_leaf')), 'left')")
    stage.ask("select child_of('toolu_leaf', 'leaf')")
    stage.ask("select claim_one()")
    stage.ask("select answer(reply_tool_use('toolu_tool', 'lookup'), 'leaf')")


def assert_told_once(stage: Stage) -> None:
    """Each call that has ended has one result, and nothing is that may never be."""
    assert stage.ask(RESULTS) == 0
    stage.assert_sound()


def meet(first: Actor, statement: str, second: Actor, other: str) -> None:
    """The second waits for the first, which commits."""
    first.begin()
    first.do(statement)
    second.start(other)
    second.waits_for(first)
    first.commit()
