"""Provider batches: what waits for one, what they do, and giving one up."""

from __future__ import annotations

from agentpg._arguments import Id, optional_uuid_of, uuid_of
from agentpg._async.base import AsyncMethods
from agentpg._async.calls import AnyAsyncConnection
from agentpg._rows import build
from agentpg.batches import BatchProgress, BatchQueue
from agentpg.errors import BatchNotFound, InvalidLimit


class AsyncBatchMethods(AsyncMethods):
    """Every method takes `conn` to join the caller's own transaction."""

    async def list_batches(
        self,
        *,
        max_count: int = 50,
        before: Id | None = None,
        open_only: bool = False,
        conn: AnyAsyncConnection | None = None,
    ) -> list[BatchProgress]:
        """Batches, newest first; `before` is the last id already seen.

        `open_only` leaves out those that are over.
        """
        if max_count < 1:
            raise InvalidLimit("max_count must be positive")
        rows = await self._calls.rows(
            """
            select * from agentpg.batch_progress p
            where (%(before)s::uuid is null or p.batch_id < %(before)s::uuid)
              and (not %(open_only)s or p.closed_at is null)
            order by p.batch_id desc
            limit %(max_count)s::int
            """,
            {
                "before": optional_uuid_of(before, "before"),
                "open_only": open_only,
                "max_count": max_count,
            },
            conn=conn,
            repeatable=True,
        )
        return [build(BatchProgress, row) for row in rows]

    async def get_batch(self, batch_id: Id, *, conn: AnyAsyncConnection | None = None) -> BatchProgress:
        """Where a batch stands; `BatchNotFound` if there is none with this id."""
        wanted = uuid_of(batch_id, "batch_id")
        rows = await self._calls.rows(
            "select * from agentpg.batch_progress p where p.batch_id = %(batch_id)s::uuid",
            {"batch_id": wanted},
            conn=conn,
            repeatable=True,
        )
        if not rows:
            raise BatchNotFound(
                f"no batch has id {wanted}",
                hint="list_batches() shows what there is",
                details={"batch_id": str(wanted)},
            )
        return build(BatchProgress, rows[0])

    async def batch_queue(self, *, conn: AnyAsyncConnection | None = None) -> list[BatchQueue]:
        """The runs in batch mode that no batch has gathered yet, by model."""
        rows = await self._calls.rows(
            "select * from agentpg.batch_queue q order by q.model", conn=conn, repeatable=True
        )
        return [build(BatchQueue, row) for row in rows]

    async def abandon_batch(self, batch_id: Id, *, conn: AnyAsyncConnection | None = None) -> bool:
        """Give up a batch that the provider will never answer: its runs wait for another one at once.

        Should it answer after all, both answers are paid for. False if the batch was over. Needs the access
        of an admin.
        """
        abandoned: bool = await self._calls.value(
            "select agentpg.abandon_batch(batch_id => %(batch_id)s::uuid)",
            {"batch_id": uuid_of(batch_id, "batch_id")},
            conn=conn,
        )
        return abandoned
