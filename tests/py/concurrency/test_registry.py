"""Agents, tools and settings changed from two connections at once: no deadlock, and no stale prefix."""

from __future__ import annotations

import pytest
from fixtures.actors import Actor, Stage

REGISTER = """
select agentpg.register_tools(instance_id(), (
  select jsonb_agg(jsonb_build_object(
    'name', n, 'description', %(words)s::text, 'input_schema', '{"type": "object"}'::jsonb
  ))
  from unnest(%(names)s::text[]) n
))
"""
UPDATE = "select agentpg.update_agent(agent_id(), jsonb_build_object('description', %(words)s::text))"
CREATE = "select agentpg.create_agent(name => %(name)s, model => 'm', tools => %(tools)s::text[])"
GET_OR_CREATE = (
    "select id from agentpg.get_or_create_agent(name => 'shared', model => 'm', tools => '{lookup}')"
)
STALE = """
select a.name from agentpg.agents a
join agentpg.prompt_prefixes p on p.id = a.prefix_id
where exists (
  select from jsonb_array_elements(p.body -> 'tools') d join agentpg.tools t on t.name = d ->> 'name'
  where t.definition <> d
)
"""


def test_tools_registered_in_opposite_orders_do_not_deadlock(stage: Stage, one: Actor, two: Actor) -> None:
    one.begin()
    one.do(REGISTER, names=["b", "a", "c"], words="one")
    two.start(REGISTER, names=["c", "b", "a"], words="two")
    two.waits_for(one)
    one.do(REGISTER, names=["c", "a"], words="again")
    one.commit()
    two.result()
    assert stage.rows(
        "select distinct definition ->> 'description' from agentpg.tools where name <> 'lookup'"
    ) == [("two",)]
    assert stage.rows(STALE) == []


def test_two_tools_of_one_agent_registered_at_once_both_reach_its_prefix(
    stage: Stage, one: Actor, two: Actor
) -> None:
    stage.ask("select given_agent('both', tools => '{x,y}')")
    one.begin()
    one.do(REGISTER, names=["x"], words="new x")
    two.start(REGISTER, names=["y"], words="new y")
    two.waits_for(one)
    one.commit()
    two.result()
    assert stage.rows(STALE) == []


@pytest.mark.parametrize("first", ["register", "update"])
def test_an_agent_changed_while_its_tool_is_registered(
    stage: Stage, one: Actor, two: Actor, first: str
) -> None:
    register = (REGISTER, {"names": ["lookup"], "words": "new"})
    update = (UPDATE, {"words": "new"})
    (statement, values), (other, more) = (register, update) if first == "register" else (update, register)
    one.begin()
    one.do(statement, **values)
    two.start(other, **more)
    two.waits_for(one)
    one.commit()
    two.result()
    assert stage.rows(STALE) == []


def test_an_agent_and_its_tool_changed_at_once_do_not_deadlock(stage: Stage, one: Actor, two: Actor) -> None:
    """Both take the tools before the agent: held at the tool, held at the agent, both orders."""
    three = stage.actor()
    for held in ("agentpg.tools where name = 'lookup'", "agentpg.agents where name = 'assistant'"):
        for order in (1, -1):
            three.begin()
            three.do(f"select from {held} for no key update")
            work = [
                (one, REGISTER, {"names": ["lookup"], "words": f"{held} {order}"}),
                (two, UPDATE, {"words": f"{held} {order}"}),
            ][::order]
            for actor, statement, values in work:
                actor.start(statement, **values)
                actor.settle()
            three.commit()
            one.result()
            two.result()
            assert stage.rows(STALE) == []


def test_an_agent_created_while_its_tool_changes_gets_the_new_definition(
    stage: Stage, one: Actor, two: Actor
) -> None:
    one.begin()
    one.do(REGISTER, names=["lookup"], words="new")
    two.start(CREATE, name="fresh", tools=["lookup"])
    two.waits_for(one)
    one.commit()
    two.result()
    assert stage.rows(STALE) == []


def test_a_tool_that_changes_while_an_agent_is_created_waits_for_it(
    stage: Stage, one: Actor, two: Actor
) -> None:
    one.begin()
    one.do(CREATE, name="fresh", tools=["lookup"])
    two.start(REGISTER, names=["lookup"], words="new")
    two.waits_for(one)
    one.commit()
    two.result()
    assert stage.rows(STALE) == []


def test_get_or_create_agent_from_two_places_makes_one(stage: Stage, one: Actor, two: Actor) -> None:
    one.begin()
    first = one.do(GET_OR_CREATE)
    two.start(GET_OR_CREATE)
    two.waits_for(one)
    one.commit()
    assert two.result() == first


def test_a_new_default_and_a_registration_do_not_deadlock(stage: Stage, one: Actor, two: Actor) -> None:
    one.begin()
    one.do("select agentpg.configure('{\"default_max_tokens\": 5000}')")
    two.start(REGISTER, names=["lookup"], words="new")
    two.waits_for(one)
    one.commit()
    two.result()
    assert stage.rows(STALE) == []
    assert stage.rows(
        "select distinct p.body ->> 'max_tokens' from agentpg.agents a"
        " join agentpg.prompt_prefixes p on p.id = a.prefix_id"
    ) == [("5000",)]


def test_two_first_runs_of_a_new_model_make_one_queue(stage: Stage, one: Actor, two: Actor) -> None:
    stage.ask("select given_session('s1')")
    stage.ask("select given_session('s2')")
    create = """
    select agentpg.create_run(
      session_id(%(name)s), agent_id(), 'Hello?', options => '{"model": "new"}'
    )
    """
    one.begin()
    one.do(create, name="s1")
    two.start(create, name="s2")
    two.waits_for(one)
    one.commit()
    two.result()
    assert stage.ask("select count(*) from agentpg.queues where model = 'new'") == 1
    assert stage.ask("select count(distinct queue_id) from agentpg.runs") == 1
