"""A network that goes silent without closing: no reset, no error, nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from agentpg_executor.testing import Gate, held
from executor.conftest import Workplace, eventually
from fixtures.databases import Database
from psycopg.conninfo import conninfo_to_dict, make_conninfo


class Wire:
    """A TCP proxy to the test server. `freeze` silences the connections that exist; new ones work."""

    def __init__(self, socket_path: str) -> None:
        self._socket_path = socket_path
        self._open: list[asyncio.Event] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0

    async def start(self) -> asyncio.Server:
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        return server

    def freeze(self) -> None:
        for flowing in self._open:
            flowing.clear()

    def stop(self) -> None:
        for task in self._tasks:
            task.cancel()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back_reader, back_writer = await asyncio.open_unix_connection(self._socket_path)
        flowing = asyncio.Event()
        flowing.set()
        self._open.append(flowing)
        for source, target in ((reader, back_writer), (back_reader, writer)):
            task = asyncio.create_task(self._pump(source, target, flowing))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _pump(
        self, source: asyncio.StreamReader, target: asyncio.StreamWriter, flowing: asyncio.Event
    ) -> None:
        try:
            while data := await source.read(65536):
                await flowing.wait()
                target.write(data)
                await target.drain()
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            target.close()


@pytest.fixture
async def wire(work: Workplace, database: Database) -> AsyncIterator[Wire]:
    with database.connect() as conn:
        made = Wire(f"{conn.info.host}/.s.PGSQL.{conn.info.port}")
    server = await made.start()
    parts = conninfo_to_dict(database) | {"host": "127.0.0.1", "port": made.port, "sslmode": "disable"}
    parts["gssencmode"] = "disable"
    work.dsn = make_conninfo("", **parts)
    yield made
    made.stop()
    server.close()


async def test_a_paid_answer_is_recorded_over_a_new_connection(work: Workplace, wire: Wire):
    work.configure(lease_ttl="1 second", heartbeat_interval="400 milliseconds", poll_interval="1 second")
    with Gate() as gate:
        work.fake.script([held("Paid for.", gate)])
        executor = await work.started()
        run_id = await work.run(await work.agent())
        await gate.wait_reached()
        wire.freeze()
        gate.open()
        assert (await work.end(run_id)).text == "Paid for."
        await eventually(lambda: executor.stats.database_retries > 0, "the silence was noticed")
    assert len(work.fake.journal.messages) == 1
    assert executor.stats.unexpected_errors == 0


async def test_stopping_does_not_wait_for_a_silent_database(work: Workplace, wire: Wire):
    executor = await work.started()
    wire.freeze()
    wire.freeze()
    async with asyncio.timeout(20):
        await executor.stop(grace=0)
