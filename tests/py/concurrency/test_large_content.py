"""Large strings are stored once, whoever stores, reads and deletes them at the same time."""

from __future__ import annotations

import pytest
from fixtures.actors import Actor, Stage

CREATE = """
select agentpg.create_run(
  session_id(%(session)s), agent_id(), content => jsonb_build_array(image_block(%(image)s))
) as id
"""
DROP = "select agentpg._drop_unreferenced_content(10) as dropped"
SHOWN = """
select count(*) from agentpg.messages m
where agentpg.whole_content(m.content) = jsonb_build_array(image_block(%(image)s))
"""


@pytest.fixture(autouse=True)
def two_sessions(stage: Stage) -> None:
    stage.ask("select given_session()")
    stage.ask("select given_session('other')")


def contents(stage: Stage) -> int:
    return int(stage.ask("select count(*) from agentpg.large_contents"))


def dropped_by(actor: Actor) -> int:
    return int(actor.do(DROP)[0]["dropped"])


def test_nobody_waits_for_who_stores_the_same_image(stage: Stage, one: Actor, two: Actor) -> None:
    """The transaction of a user may take long: another one keeps a copy of its own rather than wait."""
    one.begin()
    one.do(CREATE, session="session", image="cat")
    two.do(CREATE, session="other", image="cat")
    one.commit()
    assert contents(stage) == 1
    assert stage.ask(SHOWN, image="cat") == 2
    stage.assert_sound()


def test_two_that_store_the_same_images_in_another_order_do_not_deadlock(
    stage: Stage, one: Actor, two: Actor
) -> None:
    one.begin()
    two.begin()
    one.do(CREATE, session="session", image="cat")
    two.do(CREATE, session="other", image="dog")
    one.do(CREATE, session="session", image="dog")
    two.do(CREATE, session="other", image="cat")
    one.commit()
    two.commit()
    assert contents(stage) == 2
    stage.assert_sound()


def test_what_an_undone_transaction_stored_is_stored_by_the_next(
    stage: Stage, one: Actor, two: Actor
) -> None:
    one.begin()
    one.do(CREATE, session="session", image="cat")
    one.rollback()
    assert contents(stage) == 0
    two.do(CREATE, session="other", image="cat")
    assert contents(stage) == 1
    assert stage.ask(SHOWN, image="cat") == 1


def test_a_sweep_leaves_what_somebody_is_about_to_use(stage: Stage, one: Actor, two: Actor) -> None:
    one.do(CREATE, session="session", image="cat")
    stage.ask("delete from agentpg.content_uses returning 1")
    one.begin()
    one.do(CREATE, session="other", image="cat")
    assert dropped_by(two) == 0
    one.commit()
    assert dropped_by(two) == 0
    assert contents(stage) == 1
    assert stage.ask("select count(*) from agentpg.content_releases") == 0


def test_a_sweep_comes_back_for_what_was_not_used_after_all(stage: Stage, one: Actor, two: Actor) -> None:
    one.do(CREATE, session="session", image="cat")
    stage.ask("delete from agentpg.content_uses returning 1")
    one.begin()
    one.do(CREATE, session="other", image="cat")
    assert dropped_by(two) == 0
    one.rollback()
    assert dropped_by(two) == 1
    assert contents(stage) == 0


def test_who_comes_for_what_is_being_dropped_stores_it_anew(stage: Stage, one: Actor, two: Actor) -> None:
    one.do(CREATE, session="session", image="cat")
    stage.ask("delete from agentpg.content_uses returning 1")
    one.begin()
    assert dropped_by(one) == 1
    two.start(CREATE, session="other", image="cat")
    two.waits_for(one)
    one.commit()
    two.result()
    assert contents(stage) == 1
    assert stage.ask("select count(*) from agentpg.content_uses") == 1


def test_two_sweeps_beside_each_other_do_the_work_once(stage: Stage, one: Actor, two: Actor) -> None:
    one.do(CREATE, session="session", image="cat")
    one.do(CREATE, session="session", image="dog")
    stage.ask("delete from agentpg.content_uses returning 1")
    one.begin()
    two.begin()
    dropped = [dropped_by(one), dropped_by(two)]
    one.commit()
    two.commit()
    assert dropped == [2, 0]
    assert contents(stage) == 0
