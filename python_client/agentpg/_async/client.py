"""AsyncClient: one class over the groups of methods, and its life from open to close."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from agentpg._async.agents import AsyncAgentMethods
from agentpg._async.approvals import AsyncApprovalMethods
from agentpg._async.batches import AsyncBatchMethods
from agentpg._async.budgets import AsyncBudgetMethods
from agentpg._async.bulk import AsyncBulkMethods
from agentpg._async.calls import AnyAsyncPool, AsyncCalls
from agentpg._async.compaction import AsyncCompactionMethods
from agentpg._async.configuration import AsyncConfigurationMethods
from agentpg._async.costs import AsyncCostMethods
from agentpg._async.documents import AsyncDocumentMethods
from agentpg._async.inspection import AsyncInspectionMethods
from agentpg._async.opening import check_pool, open_pool
from agentpg._async.retention import AsyncRetentionMethods
from agentpg._async.sessions import AsyncSessionMethods
from agentpg._async.streaming import AsyncStreamMethods
from agentpg.config import ClientConfig, dsn_from_environment, dsn_of_pool
from agentpg.errors import ClientAlreadyStarted


class AsyncClient(
    AsyncAgentMethods,
    AsyncSessionMethods,
    AsyncDocumentMethods,
    AsyncInspectionMethods,
    AsyncApprovalMethods,
    AsyncBatchMethods,
    AsyncBudgetMethods,
    AsyncBulkMethods,
    AsyncCompactionMethods,
    AsyncConfigurationMethods,
    AsyncCostMethods,
    AsyncRetentionMethods,
    AsyncStreamMethods,
):
    """A client of AgentPG: each method is one SQL call.

        async with AsyncClient() as client:
            agent = await client.get_or_create_agent("assistant", model="claude-sonnet-5-5")
            session_id = await client.new_session()
            response = await client.run_fast_sync(session_id, agent.id, "Hello")
            print(response.text)

    The database is `dsn`, else the environment variable DATABASE_URL. Give `pool` to use a pool of your
    own, which you open before and close after; the client then opens no connection besides the one it
    listens with. `pooled`, `listen_dsn`, `listen`, `name`, the sizes of the pool and the timeouts (in
    seconds) are those of `ClientConfig`.
    """

    def __init__(
        self,
        dsn: str | None = None,
        *,
        pool: AnyAsyncPool | None = None,
        min_size: int = 1,
        max_size: int = 10,
        pooled: bool = False,
        listen: bool = True,
        listen_dsn: str | None = None,
        name: str = "agentpg",
        connect_timeout: float = 10.0,
        pool_timeout: float = 30.0,
    ) -> None:
        super().__init__()
        if pool is None:
            dsn = dsn_from_environment(dsn)
        elif dsn is None:
            dsn = dsn_of_pool(pool.conninfo, pool.kwargs)
        self.config = ClientConfig(
            dsn=dsn,
            listen_dsn=listen_dsn,
            pooled=pooled,
            listen=listen,
            name=name,
            min_size=min_size,
            max_size=max_size,
            connect_timeout=connect_timeout,
            pool_timeout=pool_timeout,
        )
        self._given_pool = pool
        self._own_pool: AnyAsyncPool | None = None
        self._opening = False

    async def open(self) -> Self:
        """Connect and check the schema.

        Raises `SchemaOutOfDate` if the schema is missing or does not fit this library, `StorageError` if
        the database cannot be reached.
        """
        if self._opening or self._open_calls is not None:
            raise ClientAlreadyStarted(
                "the client is open already", hint="call open() once, or use `with` alone"
            )
        self._opening = True
        try:
            if self._given_pool is not None:
                pool = self._given_pool
                await check_pool(pool)
            else:
                pool = self._own_pool = await open_pool(self.config)
            self._open_calls = AsyncCalls(pool)
            self._start_waiting(self.config)
            self._start_streaming(self.config)
        finally:
            self._opening = False
        return self

    async def close(self) -> None:
        """End all waits with `ClientStopping` and close the connections; harmless when nothing is open."""
        pool, self._own_pool = self._own_pool, None
        self._closed = self._closed or self._open_calls is not None
        self._open_calls = None
        try:
            await self._stop_streaming()
            await self._stop_waiting()
        finally:
            if pool is not None:
                await pool.close()

    async def __aenter__(self) -> Self:
        return await self.open()

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()
