"""One step of a batch in one slot: send it, look at it, take its results over, look for it, cancel it."""

from __future__ import annotations

import asyncio

from agentpg.claims import BatchClaim
from agentpg.errors import AgentPGError, LeaseLost, NotFound

from ._batch_poll import cancel, poll
from ._batch_reconcile import reconcile
from ._batch_step import AnyBatch, BatchStep
from ._batch_submit import submit
from ._host import Host
from ._leases import Lease
from .model import BatchCaller, Failure, failure_of


class BatchWork:
    """Carries claimed batches. What cannot be finished here is finished by whoever comes next."""

    def __init__(self, host: Host, caller: BatchCaller) -> None:
        self._host = host
        self._caller = caller

    def start(self, claim: AnyBatch) -> None:
        """Begins with a claim in a slot that was taken for it; the slot is freed at the end."""
        lease = self._host.leases.hold_batch(claim)
        self._host.stats.batches_claimed += 1
        self._host.spawn(self._carry(lease), f"batch {claim.batch_id}")

    async def _carry(self, lease: Lease[AnyBatch]) -> None:
        host = self._host
        step = BatchStep(host, self._caller, lease)
        try:
            lease.carried_by_this_task()
            await self._do(step, lease.claim)
        except asyncio.CancelledError:
            if not lease.absorb_cancellation():
                raise
            # Whatever was on its way: the database finds out, and nothing is done twice.
            host.log.info("batch %s: dropped (%s)", step.batch_id, lease.abort_reason)
        except (LeaseLost, NotFound) as error:
            host.stats.leases_lost += 1
            host.log.info("batch %s: dropped: %s", step.batch_id, error.message)
        except Exception as error:
            host.stats.unexpected_errors += 1
            host.log.exception("batch %s: a step of it could not be done", step.batch_id)
            await self._give_up(step, error)
        finally:
            host.leases.drop(lease)
            host.batch_slots.release()

    async def _do(self, step: BatchStep, claim: AnyBatch) -> None:
        if isinstance(claim, BatchClaim):
            await submit(step, claim)
        elif claim.task == "reconcile":
            await reconcile(step, claim)
        elif claim.task == "cancel":
            await cancel(step, claim)
        else:
            await poll(step, claim)

    async def _give_up(self, step: BatchStep, error: Exception) -> None:
        """The same step would fail the same way at once: it waits, and others may try."""
        try:
            await step.failed("this step", Failure(failure_of(error).error))
        except AgentPGError as refused:
            self._host.log.info("batch %s: dropped: %s", step.batch_id, refused.message)
