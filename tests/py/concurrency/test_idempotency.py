"""create_run with one idempotency key from two connections at once makes one run."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from fixtures.actors import Actor, Stage
from psycopg import errors

CREATE = """
select agentpg.create_run(
  session_id(%(session)s), agent_id(), %(prompt)s, idempotency_key => 'key'
) as id
"""


def here(**changes: object) -> dict[str, Any]:
    return {"session": "session", "prompt": "Hello?", **changes}


@pytest.fixture(autouse=True)
def two_sessions(stage: Stage) -> None:
    stage.ask("select given_session()")
    stage.ask("select given_session('other')")


@pytest.mark.parametrize("session", ["session", "other"])
def test_the_second_gets_the_run_of_the_first(stage: Stage, one: Actor, two: Actor, session: str) -> None:
    one.begin()
    first = one.do(CREATE, **here())
    two.start(CREATE, **here(session=session))
    two.waits_for(one)
    one.commit()
    assert two.result() == first
    assert stage.ask("select count(*) from agentpg.run_inputs") == 1
    assert stage.ask("select count(*) from agentpg.messages") == 1
    stage.assert_sound()


@pytest.mark.parametrize("session", ["session", "other"])
def test_when_the_first_is_undone_the_second_makes_its_own(
    stage: Stage, one: Actor, two: Actor, session: str
) -> None:
    one.begin()
    first = one.do(CREATE, **here())
    two.start(CREATE, **here(session=session))
    two.waits_for(one)
    one.rollback()
    assert two.result() != first
    assert stage.ask("select count(*) from agentpg.run_inputs") == 1
    stage.assert_sound()


@pytest.mark.parametrize("session", ["session", "other"])
def test_another_request_under_the_key_is_refused(stage: Stage, one: Actor, two: Actor, session: str) -> None:
    one.begin()
    one.do(CREATE, **here())
    two.start(CREATE, **here(session=session, prompt="Something else?"))
    two.waits_for(one)
    one.commit()
    with pytest.raises(psycopg.Error) as refusal:
        two.result()
    assert refusal.value.sqlstate == "AP011"
    assert stage.ask("select count(*) from agentpg.run_inputs") == 1
    stage.assert_sound()


@pytest.mark.parametrize("session", ["session", "other"])
def test_an_older_snapshot_is_told_to_try_again(stage: Stage, one: Actor, two: Actor, session: str) -> None:
    one.begin("repeatable read")
    one.do("select count(*) from agentpg.runs")
    first = two.do(CREATE, **here())
    with pytest.raises(errors.SerializationFailure):
        one.do(CREATE, **here(session=session))
    one.rollback()
    assert one.do(CREATE, **here(session=session)) == first
