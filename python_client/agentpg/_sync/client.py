# Generated from agentpg/_async/client.py by python_client/async_to_sync.py: do not edit.
# fmt: off
# ruff: noqa: I001, RUF100

"""Client: one class over the groups of methods, and its life from open to close."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from agentpg._sync.agents import AgentMethods
from agentpg._sync.approvals import ApprovalMethods
from agentpg._sync.batches import BatchMethods
from agentpg._sync.budgets import BudgetMethods
from agentpg._sync.bulk import BulkMethods
from agentpg._sync.calls import AnyPool, Calls
from agentpg._sync.compaction import CompactionMethods
from agentpg._sync.configuration import ConfigurationMethods
from agentpg._sync.costs import CostMethods
from agentpg._sync.documents import DocumentMethods
from agentpg._sync.inspection import InspectionMethods
from agentpg._sync.opening import check_pool, open_pool
from agentpg._sync.retention import RetentionMethods
from agentpg._sync.sessions import SessionMethods
from agentpg._sync.streaming import StreamMethods
from agentpg.config import ClientConfig, dsn_from_environment, dsn_of_pool
from agentpg.errors import ClientAlreadyStarted


class Client(
    AgentMethods,
    SessionMethods,
    DocumentMethods,
    InspectionMethods,
    ApprovalMethods,
    BatchMethods,
    BudgetMethods,
    BulkMethods,
    CompactionMethods,
    ConfigurationMethods,
    CostMethods,
    RetentionMethods,
    StreamMethods,
):
    """A client of AgentPG: each method is one SQL call.

        with Client() as client:
            agent = client.get_or_create_agent("assistant", model="claude-sonnet-5-5")
            session_id = client.new_session()
            response = client.run_fast_sync(session_id, agent.id, "Hello")
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
        pool: AnyPool | None = None,
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
        self._own_pool: AnyPool | None = None
        self._opening = False

    def open(self) -> Self:
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
                check_pool(pool)
            else:
                pool = self._own_pool = open_pool(self.config)
            self._open_calls = Calls(pool)
            self._start_waiting(self.config)
            self._start_streaming(self.config)
        finally:
            self._opening = False
        return self

    def close(self) -> None:
        """End all waits with `ClientStopping` and close the connections; harmless when nothing is open."""
        pool, self._own_pool = self._own_pool, None
        self._closed = self._closed or self._open_calls is not None
        self._open_calls = None
        try:
            self._stop_streaming()
            self._stop_waiting()
        finally:
            if pool is not None:
                pool.close()

    def __enter__(self) -> Self:
        return self.open()

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
