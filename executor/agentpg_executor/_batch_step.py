"""What the steps of a batch have in common: a lease, and how to tell the database what came of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias, TypeVar
from uuid import UUID

from agentpg.claims import BatchClaim, BatchTask

from ._host import Host
from ._leases import Lease
from .model import BatchCaller, Failure

T = TypeVar("T")

AnyBatch: TypeAlias = BatchClaim | BatchTask

# Steps that touch thousands of runs in one transaction.
BULK_SECONDS = 120.0


class BatchStep:
    """One claimed batch in the hands of one task."""

    def __init__(self, host: Host, caller: BatchCaller, lease: Lease[AnyBatch]) -> None:
        self.host = host
        self.calls = host.calls
        self.caller = caller
        self.lease = lease

    @property
    def batch_id(self) -> UUID:
        return self.lease.claim.batch_id

    @property
    def token(self) -> UUID:
        return self.lease.claim.lease_token

    async def record(self, what: str, call: Callable[[], Awaitable[T]]) -> T:
        """Repeats a repeatable call until the database has answered."""
        return await self.host.insist(what, call, max(self.host.patience, BULK_SECONDS))

    async def last_record(self, what: str, call: Callable[[], Awaitable[T]]) -> T:
        """A record that may end the lease: nobody aborts it, the database itself says what counts."""
        self.lease.settling = True
        return await self.record(what, call)

    async def failed(self, doing: str, failure: Failure) -> None:
        """Reports that this step failed. The database decides what follows and when."""
        host = self.host
        host.stats.batch_failures += 1
        outcome = await self.last_record(
            "record_batch_error",
            lambda: self.calls.record_batch_error(
                self.batch_id, self.token, failure.error, retry_after=failure.retry_after
            ),
        )
        until = None if outcome.retry_at is None else host.seconds_until(outcome.retry_at)
        host.log.warning(
            "batch %s: %s failed, it is %s now%s: %s: %s",
            self.batch_id,
            doing,
            outcome.state,
            "" if until is None else f" and is looked at again in {max(0.0, until):.0f} s",
            failure.error.get("type"),
            failure.error.get("message"),
        )
        if until is not None:
            host.batches_wake.set_in(until)
