"""Slots, wake-ups and leases by themselves."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from uuid import uuid4

from agentpg.claims import RunClaim
from agentpg_executor._leases import Leases
from agentpg_executor._slots import Slots
from agentpg_executor._wake import Wake


def a_claim() -> RunClaim:
    return RunClaim(uuid4(), uuid4(), uuid4(), uuid4(), datetime.now(UTC), 1, {})


def test_slots_are_taken_while_there_are_any_and_each_that_is_freed_is_told():
    freed: list[int] = []
    slots = Slots(1, lambda: freed.append(slots.free))
    assert slots.take()
    assert not slots.take()
    slots.take_beyond()
    assert (slots.used, slots.free) == (2, -1)
    slots.release()
    assert not slots.take()
    slots.release()
    assert (slots.used, slots.free, freed) == (0, 1, [0, 1])
    assert slots.take()


async def test_many_hints_are_one_wake_up():
    wake = Wake()
    for _ in range(10):
        wake.set()
    assert await wake.wait(5)
    assert not await wake.wait(0.01)


async def test_a_timer_wakes_and_too_late_ones_are_left_to_the_poll():
    wake = Wake()
    wake.set_in(0.01)
    assert await wake.wait(5)
    wake.set_in(100_000)
    wake.set_in(0)
    assert await wake.wait(5)
    wake.close()


async def test_an_abort_stops_work_once_and_never_a_recording():
    leases = Leases()
    lease = leases.hold_run(a_claim())
    ended: list[str] = []

    async def work() -> None:
        lease.carried_by_this_task()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            assert lease.absorb_cancellation()
            ended.append(lease.abort_reason or "")
        await asyncio.sleep(0)
        ended.append("went on")

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    assert leases.find(lease.claim.lease_token) is lease
    assert lease.abort("cancelled")
    assert not lease.abort("lease_lost")
    await task
    assert ended == ["cancelled", "went on"]
    settling = leases.hold_run(a_claim())
    settling.settling = True
    assert not settling.abort("cancelled")


async def test_an_abort_before_the_work_began_stops_it_at_its_first_step():
    lease = Leases().hold_run(a_claim())
    assert lease.abort("cancelled")

    async def work() -> str:
        lease.carried_by_this_task()
        try:
            await asyncio.sleep(0)
        except asyncio.CancelledError:
            return "stopped" if lease.absorb_cancellation() else "lost"
        return "ran"

    assert await asyncio.create_task(work()) == "stopped"


def test_leases_are_known_until_they_are_dropped():
    leases = Leases()
    claim = a_claim()
    lease = leases.hold_run(claim)
    assert leases.runs == [claim]
    assert leases.of_run(claim.run_id) == [lease]
    leases.drop(lease)
    assert (len(leases), leases.find(claim.lease_token)) == (0, None)
