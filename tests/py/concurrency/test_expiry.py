"""Retention beside those who work: it waits for nobody, and nobody loses what he has just begun."""

from __future__ import annotations

import psycopg
import pytest
from fixtures.actors import Actor, Stage

APPLY = "select coalesce(sum(count), 0)::int as gone from agentpg.apply_retention() where kind <> 'events'"


@pytest.fixture
def old(stage: Stage) -> None:
    """A session with two ended runs, and policies that keep neither."""
    for run in ("run", "second"):
        stage.ask("select given_run(%(run)s)", run=run)
        stage.ask("select claim_one()")
        stage.ask("select answer(reply_text('Done.'), %(run)s)", run=run)
    stage.ask("select advance('31 days')")
    stage.rows("select agentpg.set_retention('runs', '7 days')")


@pytest.mark.usefixtures("old")
@pytest.mark.parametrize(
    "hold",
    [
        "select from agentpg.sessions where id = session_id() for key share",
        'select agentpg.update_session(session_id(), \'{"on_busy": "reject"}\')',
        "select agentpg.create_run(session_id(), agent_id(), 'And?')",
        "select agentpg.fork_session(session_id())",
    ],
)
def test_a_session_that_somebody_holds_is_left_for_the_next_time(
    stage: Stage, one: Actor, two: Actor, hold: str
) -> None:
    stage.rows("select agentpg.set_retention('sessions', '7 days')")
    stage.rows("select agentpg.set_retention('runs', null)")
    one.begin()
    one.do(hold)
    assert two.do(APPLY) == [{"gone": 0}]
    one.rollback()
    assert two.do(APPLY) == [{"gone": 1}]
    stage.assert_sound()


@pytest.mark.usefixtures("old")
@pytest.mark.parametrize(
    "hold",
    [
        "select from agentpg.sessions where id = session_id() for no key update",
        "select from agentpg.runs where id = run_id() for no key update",
        "select from agentpg.run_streams where root_run_id = run_id() for no key update",
    ],
)
def test_a_run_that_somebody_holds_is_left_for_the_next_time(
    stage: Stage, one: Actor, two: Actor, hold: str
) -> None:
    one.begin()
    one.do(hold)
    assert two.do(APPLY) == [{"gone": 0}]
    one.rollback()
    assert two.do(APPLY) == [{"gone": 1}]
    assert stage.ask("select count(*)::int from agentpg.runs") == 1
    stage.assert_sound()


@pytest.mark.usefixtures("old")
def test_two_at_once_share_no_policy(stage: Stage, one: Actor, two: Actor) -> None:
    one.begin()
    assert one.do(APPLY) == [{"gone": 1}]
    assert two.do(APPLY) == [{"gone": 0}]
    one.commit()
    assert two.do(APPLY) == [{"gone": 0}]
    stage.assert_sound()


@pytest.mark.usefixtures("old")
def test_a_run_created_meanwhile_finds_its_session_or_is_told(stage: Stage, one: Actor, two: Actor) -> None:
    stage.rows("select agentpg.set_retention('sessions', '7 days')")
    one.begin()
    one.do(APPLY)
    two.start("select agentpg.create_run(session_id(), agent_id(), 'And?')")
    two.waits_for(one)
    one.commit()
    with pytest.raises(psycopg.Error) as caught:
        two.result()
    assert caught.value.sqlstate == "AP002"
    stage.assert_sound()
