"""What this process believes it holds, for the heartbeat and for whoever must abort it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Generic, TypeAlias, TypeVar
from uuid import UUID

from agentpg.claims import BatchClaim, BatchTask, RunClaim, ToolClaim

C = TypeVar("C", RunClaim, ToolClaim, BatchClaim | BatchTask)


class Lease(Generic[C]):
    """One claim in the hands of one task.

    While the work is under way it can be aborted. Once its result is being recorded (`settling`) it cannot:
    the database itself then says whether the lease still counts.
    """

    def __init__(self, claim: C) -> None:
        self.claim: C = claim
        self.settling = False
        self.abort_reason: str | None = None
        self._task: asyncio.Task[object] | None = None

    def carried_by_this_task(self) -> None:
        self._task = asyncio.current_task()
        if self.abort_reason is not None and self._task is not None:
            self._task.cancel()

    def abort(self, reason: str) -> bool:
        """Cancels the work; False if it is too late or was done already."""
        if self.settling or self.abort_reason is not None:
            return False
        self.abort_reason = reason
        if self._task is not None:
            self._task.cancel()
        return True

    def absorb_cancellation(self) -> bool:
        """After a CancelledError: True if it came from `abort`, and the task goes on as if nothing was."""
        if self.abort_reason is None:
            return False
        task = asyncio.current_task()
        if task is not None:
            task.uncancel()
        return True


AnyLease: TypeAlias = Lease[RunClaim] | Lease[ToolClaim] | Lease[BatchClaim | BatchTask]


class Leases:
    """All leases of the process, by token."""

    def __init__(self) -> None:
        self._runs: dict[UUID, Lease[RunClaim]] = {}
        self._tools: dict[UUID, Lease[ToolClaim]] = {}
        self._batches: dict[UUID, Lease[BatchClaim | BatchTask]] = {}

    def hold_run(self, claim: RunClaim) -> Lease[RunClaim]:
        lease = self._runs[claim.lease_token] = Lease(claim)
        return lease

    def hold_tool(self, claim: ToolClaim) -> Lease[ToolClaim]:
        lease = self._tools[claim.lease_token] = Lease(claim)
        return lease

    def hold_batch(self, claim: BatchClaim | BatchTask) -> Lease[BatchClaim | BatchTask]:
        lease = self._batches[claim.lease_token] = Lease[BatchClaim | BatchTask](claim)
        return lease

    def drop(self, lease: AnyLease) -> None:
        self._runs.pop(lease.claim.lease_token, None)
        self._tools.pop(lease.claim.lease_token, None)
        self._batches.pop(lease.claim.lease_token, None)

    @property
    def runs(self) -> list[RunClaim]:
        return [lease.claim for lease in self._runs.values()]

    @property
    def tools(self) -> list[ToolClaim]:
        return [lease.claim for lease in self._tools.values()]

    @property
    def batches(self) -> list[BatchClaim | BatchTask]:
        return [lease.claim for lease in self._batches.values()]

    def find(self, lease_token: UUID) -> AnyLease | None:
        return self._runs.get(lease_token) or self._tools.get(lease_token) or self._batches.get(lease_token)

    def of_run(self, run_id: UUID) -> list[Lease[RunClaim] | Lease[ToolClaim]]:
        """Those of the run alone: a batch outlives any of its runs."""
        own: list[Lease[RunClaim] | Lease[ToolClaim]] = [*self._runs.values(), *self._tools.values()]
        return [lease for lease in own if lease.claim.run_id == run_id]

    def __iter__(self) -> Iterator[AnyLease]:
        return iter([*self._runs.values(), *self._tools.values(), *self._batches.values()])

    def __len__(self) -> int:
        return len(self._runs) + len(self._tools) + len(self._batches)
