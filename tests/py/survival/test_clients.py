"""Clients come back by themselves after Postgres was away, and soon."""

from __future__ import annotations

import asyncio
import time

from agentpg import AsyncClient, Client
from fixtures.crowding import Crowding
from fixtures.databases import Databases
from survival.servers import MortalServer

# A pool that doubles its delay without a bound tries again 7 s and then 15 s after it lost its connections.
AWAY = 8.0
SOON = 4.0


async def test_calls_that_wait_for_postgres_are_answered_soon_after_it_is_back(
    mortals: Databases, mortal: MortalServer
):
    database = mortals.deployed()
    async with AsyncClient(database.dsn) as client:
        with Client(database.dsn) as synchronous:
            assert await client.list_runs() == []
            assert await asyncio.to_thread(synchronous.list_runs) == []
            await mortal.stop_immediately()
            waiting = asyncio.gather(client.list_runs(), asyncio.to_thread(synchronous.list_runs))
            # The outage itself takes this long; nothing is waited for.
            await asyncio.sleep(AWAY)
            assert not waiting.done()
            await mortal.come_back()
            with Crowding() as crowding:
                begun = time.monotonic()
                assert await waiting == [[], []]
                took = time.monotonic() - begun
            assert took < SOON * crowding.factor
    mortals.drop(database)
