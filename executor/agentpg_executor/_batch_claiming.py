"""Asks for batches to look at, to cancel and to send: on the poll, and whenever a slot becomes free."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

from agentpg._backoff import jittered
from agentpg.errors import AgentPGError, InstanceFenced, InstanceNotFound

from ._batch_step import BULK_SECONDS, AnyBatch
from ._batch_work import BatchWork
from ._bounded import bounded
from ._host import Host
from ._instance import Instance

Claim: TypeAlias = Callable[[int], Awaitable[Sequence[AnyBatch]]]


class BatchClaiming:
    """The loop for batches. Any executor does any step of any batch; the database hands each out once."""

    def __init__(self, host: Host, instance: Instance, work: BatchWork) -> None:
        self._host = host
        self._instance = instance
        self._work = work
        self._kinds: list[Claim] = [self._polls, self._cancellations, self._gathered]
        self._outages = 0

    async def run(self) -> None:
        """Until the executor drains."""
        host = self._host
        while True:
            await host.batches_wake.wait(jittered(self._instance.batch_poll_seconds))
            if host.draining:
                return
            try:
                while host.batch_slots.free > 0 and await self._ask():
                    pass
                self._outages = 0
            except InstanceNotFound as error:
                await self._instance.register_again(error)
                host.batches_wake.set()
            except InstanceFenced as error:
                self._instance.fence(error)
                return
            except AgentPGError as error:
                await self._recover(error)
            except Exception as error:
                host.stats.unexpected_errors += 1
                host.log.exception("claiming batches failed")
                await self._recover(error)

    async def _ask(self) -> bool:
        """Asks for each kind of work once. True if there was any."""
        found = False
        # No kind may starve the others while there is more of it than slots.
        self._kinds.append(self._kinds.pop(0))
        for claim in list(self._kinds):
            free = self._host.batch_slots.free
            if free < 1 or self._host.draining:
                break
            found = await self._claim(claim, free) or found
        return found

    async def _claim(self, claim: Claim, free: int) -> bool:
        host = self._host
        host.stats.batch_queries += 1
        claims = await claim(free)
        if host.draining and claims:
            host.stats.released += len(claims)
            await host.calls.release_batches(host.instance_id, [claim.batch_id for claim in claims])
            return False
        for claimed in claims:
            host.batch_slots.take_beyond()
            self._work.start(claimed)
        return bool(claims)

    async def _polls(self, free: int) -> Sequence[AnyBatch]:
        host = self._host
        return await bounded(
            lambda: host.calls.claim_batch_polls(host.instance_id, max_count=free), host.patience
        )

    async def _cancellations(self, free: int) -> Sequence[AnyBatch]:
        host = self._host
        return await bounded(
            lambda: host.calls.claim_batch_cancellations(host.instance_id, max_count=free), host.patience
        )

    async def _gathered(self, free: int) -> Sequence[AnyBatch]:
        host = self._host
        batch = await bounded(
            lambda: host.calls.claim_batch(host.instance_id), max(host.patience, BULK_SECONDS)
        )
        if batch is None:
            return ()
        host.log.debug("batch %s: gathered %d requests", batch.batch_id, len(batch.requests))
        return (batch,)

    async def _recover(self, error: Exception) -> None:
        host = self._host
        log = host.log.warning if self._outages == 0 else host.log.debug
        log("cannot claim batches, will try again: %s", error)
        await host.before_retry(self._outages)
        self._outages += 1
        host.batches_wake.set()
