"""Notifications are hints: with the listener cut, or without any, everything still finishes."""

from __future__ import annotations

from datetime import timedelta

from survival.polling import eventually
from survival.world import QUICK, World

# An executor that listens polls every 2 s at the most often, give or take a fifth.
POLL_BOUND = timedelta(seconds=2 * 1.2)
SLACK = timedelta(seconds=1.5)
LISTENERS = (
    "select pid from pg_stat_activity where datname = current_database()"
    " and query ilike 'listen %%' and application_name like 'agentpg executor%%'"
)


async def test_without_any_notification_everything_finishes_within_the_poll_bound(world: World):
    await world.open(**QUICK, notifications="off")
    for _ in range(2):
        await world.fleet.start(world.dsn)
    world.fault_now()
    await world.start_runs(6)
    await world.all_ended()
    waited = await world.rows(
        "select min(i.started_at) - r.created_at as waited from agentpg.run_details r"
        " join agentpg.iterations i on i.run_id = r.id group by r.id, r.created_at"
    )
    assert max(row["waited"] for row in waited) <= POLL_BOUND + SLACK
    cost = await world.check("no notifications at all")
    assert (cost.sent, cost.wasted, cost.bodies) == (12, 0, 6)


async def test_a_listener_that_was_cut_comes_back_and_catches_up(world: World):
    await world.open(**QUICK)
    await world.fleet.start(world.dsn)
    (first,) = await world.rows(LISTENERS)
    world.fault_now()
    await world.rows("select pg_terminate_backend(%s)", first["pid"])
    # Created while nobody may be listening: found by the look after the reconnection, or by the poll.
    await world.start_runs(3)
    await world.all_ended()

    async def listens_again() -> bool:
        now = await world.rows(LISTENERS)
        return len(now) == 1 and now != [first]

    await eventually(listens_again, "a new listener")
    cost = await world.check("the listener's connection terminated")
    assert (cost.sent, cost.wasted, cost.bodies) == (6, 0, 3)
