"""create_runs from two connections at once."""

from __future__ import annotations

import json
from typing import Any

import psycopg
import pytest
from fixtures.actors import Actor, Row, Stage

CREATE = "select r.run_id from agentpg.create_runs(agent_id(), %(items)s) r order by r.item"


def ids(rows: list[Row]) -> list[Any]:
    return [row["run_id"] for row in rows]


def items(*keys: str, prompt: str = "Hello?") -> dict[str, str]:
    return {"items": json.dumps([{"prompt": prompt, "idempotency_key": key} for key in keys])}


def test_the_second_call_gets_the_runs_of_the_first(stage: Stage, one: Actor, two: Actor) -> None:
    one.begin()
    a, b = ids(one.do(CREATE, **items("a", "b")))
    two.start(CREATE, **items("c", "b", "a"))
    two.waits_for(one)
    one.commit()
    c, again_b, again_a = ids(two.result())
    assert (again_a, again_b) == (a, b)
    assert stage.ask("select count(*) from agentpg.run_inputs") == 3
    assert stage.ask("select count(*) from agentpg.sessions") == 3
    assert stage.ask("select count(*) from agentpg.runs where id = %(id)s", id=c) == 1
    stage.assert_sound()


def test_when_the_first_is_undone_the_second_makes_its_own(stage: Stage, one: Actor, two: Actor) -> None:
    one.begin()
    first = ids(one.do(CREATE, **items("a", "b")))
    two.start(CREATE, **items("b", "a"))
    two.waits_for(one)
    one.rollback()
    assert not set(ids(two.result())) & set(first)
    assert stage.ask("select count(*) from agentpg.run_inputs") == 2
    stage.assert_sound()


def test_another_request_under_a_key_is_refused_and_nothing_stays(
    stage: Stage, one: Actor, two: Actor
) -> None:
    one.begin()
    one.do(CREATE, **items("a"))
    two.start(CREATE, **items("b", "a", prompt="Something else?"))
    two.waits_for(one)
    one.commit()
    with pytest.raises(psycopg.Error) as refusal:
        two.result()
    assert refusal.value.sqlstate == "AP011"
    assert "item 2" in str(refusal.value)
    assert stage.ask("select count(*) from agentpg.run_inputs") == 1
    assert stage.ask("select count(*) from agentpg.sessions") == 1
    stage.assert_sound()


def test_a_snapshot_that_cannot_see_the_other_run_is_told_to_repeat(
    stage: Stage, one: Actor, two: Actor
) -> None:
    two.begin("repeatable read")
    two.do("select count(*) from agentpg.runs")
    one.do(CREATE, **items("a"))
    with pytest.raises(psycopg.errors.SerializationFailure):
        two.do(CREATE, **items("a"))
    two.rollback()
    stage.assert_sound()


def test_two_calls_for_the_same_sessions_do_not_deadlock(stage: Stage, one: Actor, two: Actor) -> None:
    stage.ask("select given_session('s')")
    stage.ask("select given_session('t')")

    def talk(*names: str) -> dict[str, str]:
        ids = [str(stage.ask("select session_id(%(name)s)", name=name)) for name in names]
        return {"items": json.dumps([{"prompt": "Hello?", "session_id": each} for each in ids])}

    there, back = talk("s", "t"), talk("t", "s")
    one.begin()
    one.do(CREATE, **there)
    two.start(CREATE, **back)
    two.waits_for(one)
    one.commit()
    assert len(two.result()) == 2
    assert stage.ask("select count(*) from agentpg.runs where blocked") == 2
    stage.assert_sound()
