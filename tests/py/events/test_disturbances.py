"""What streams survive: killed workers, lost connections, writers side by side, open transactions."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from agentpg import AsyncClient, events
from agentpg_executor import _publisher
from agentpg_executor._publisher import MOST_CHARACTERS, _Buffer
from agentpg_executor.testing import Gate, held
from events.conftest import Workplace, names, said
from executor.conftest import eventually
from fixtures.clock import Clock
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

WORKER = Path(__file__).parents[1] / "executor" / "worker.py"
Conn = psycopg.Connection[dict[str, Any]]


class Reader:
    """Follows a run in the background, and says when it has seen something."""

    def __init__(self, client: AsyncClient, run_id: UUID) -> None:
        self.seen: list[events.Event] = []
        self._grown = asyncio.Event()
        self._task = asyncio.create_task(self._follow(client, run_id))

    async def _follow(self, client: AsyncClient, run_id: UUID) -> None:
        async for event in client.stream(run_id):
            self.seen.append(event)
            self._grown.set()

    async def saw(self, kind: type[events.RunEvent]) -> None:
        async with asyncio.timeout(60):
            while not any(isinstance(event, kind) for event in self.seen):
                self._grown.clear()
                await self._grown.wait()

    async def ended(self) -> list[events.Event]:
        await asyncio.wait_for(self._task, 60)
        return self.seen


async def test_what_a_killed_worker_said_is_superseded_and_the_final_text_is_right(
    work: Workplace, clock: Clock, tmp_path: Path
) -> None:
    environment = {
        **os.environ,
        **work.fake.environment,
        "DATABASE_URL": work.dsn,
        "RELEASE_FILE": str(tmp_path / "release"),
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    with Gate() as gate:
        work.fake.script([held("I was never heard of again.", gate, after=4), "It is said in full."])
        run_id = await work.run(await work.agent())
        reader = Reader(work.client, run_id)
        process = await asyncio.create_subprocess_exec(sys.executable, str(WORKER), "0", env=environment)
        try:
            await reader.saw(events.TextDelta)
        finally:
            process.kill()
            await process.wait()
        await work.started()
        clock.advance(60)
        seen = await reader.ended()
    assert names(seen) == ["Superseded", "ModelCallFinished", "RunEnded"]
    (superseded,) = [event for event in seen if isinstance(event, events.Superseded)]
    assert (superseded.reason, superseded.attempt) == ("worker_lost", 1)
    assert seen.index(superseded) > 0, "something had been said before"
    end = seen[-1]
    assert isinstance(end, events.RunEnded)
    assert end.text == "It is said in full."
    said(seen)


async def test_a_reader_whose_connections_are_cut_goes_on_at_its_cursor(work: Workplace) -> None:
    with Gate() as gate:
        work.fake.script([held("One two three four five.", gate, after=4)])
        await work.started()
        async with AsyncClient(work.dsn, name="reader") as client:
            run_id = await work.run(await work.agent())
            reader = Reader(client, run_id)
            await reader.saw(events.TextDelta)
            cut = work.rows(
                "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'reader'"
            )
            assert len(cut) >= 2
            gate.open()
            seen = await reader.ended()
    assert [event.seq for event in seen] == list(range(1, len(seen) + 1))
    assert names(seen) == ["ModelCallFinished", "RunEnded"]


async def test_a_hundred_followers_of_one_run_see_the_same(work: Workplace) -> None:
    work.fake.script(["Hello, all of you."])
    run_id = await work.run(await work.agent())
    readers = [Reader(work.client, run_id) for _ in range(100)]
    await work.started()
    seen = await asyncio.gather(*(reader.ended() for reader in readers))
    assert all(each == seen[0] for each in seen)
    assert names(seen[0]) == ["ModelCallFinished", "RunEnded"]


def held_run(conn: Conn, tools: int) -> list[dict[str, Any]]:
    """A run whose model called so many tools, and their claims."""
    instance = one(conn, "select instance_id from agentpg.register_instance()")["instance_id"]
    definition = Jsonb([{"name": "dig", "input_schema": {"type": "object"}}])
    one(conn, "select agentpg.register_tools(%s, %s)", instance, definition)
    agent = one(
        conn, "select id from agentpg.get_or_create_agent('d', 'claude-sonnet-5-5', tools => '{dig}')"
    )
    one(conn, "select agentpg.create_run(agentpg.create_session(), %s, 'Dig.')", agent["id"])
    claim = one(conn, "select * from agentpg.claim_runs(%s)", instance)
    calls = [{"type": "tool_use", "id": f"t{n}", "name": "dig", "input": {}} for n in range(tools)]
    message = Jsonb({"role": "assistant", "stop_reason": "tool_use", "content": calls})
    query = "select * from agentpg.record_response(%s, %s, %s)"
    return conn.execute(query, (claim["iteration_id"], claim["lease_token"], message)).fetchall()


def one(conn: Conn, query: str, *values: object) -> dict[str, Any]:
    row = conn.execute(query.encode(), values).fetchone()
    assert row is not None
    return row


def publish(conn: Conn, claim: dict[str, Any], message: str) -> dict[str, Any]:
    told = {
        "tool_execution_id": str(claim["tool_execution_id"]),
        "lease_token": str(claim["lease_token"]),
        "kind": "tool_progress",
        "data": {"message": message},
    }
    outcome: dict[str, Any] = one(conn, "select agentpg.publish_events(%s) as told", Jsonb([told]))["told"]
    return outcome


def test_a_cursor_passes_no_event_of_writers_side_by_side(database: str, conn: Conn) -> None:
    claims = held_run(conn, 2)
    start = threading.Barrier(3)

    def write(claim: dict[str, Any]) -> None:
        with psycopg.connect(database, autocommit=True, row_factory=dict_row) as mine:
            start.wait()
            for number in range(100):
                while publish(mine, claim, str(number))["busy"]:
                    pass

    writers = [threading.Thread(target=write, args=(claim,)) for claim in claims]
    for writer in writers:
        writer.start()
    start.wait()
    seen: list[dict[str, Any]] = []
    query = "select seq, kind, data, tool_execution_id from agentpg.read_events(%s, %s, 7)"
    while len(seen) < 203:
        alive = any(writer.is_alive() for writer in writers)
        rows = conn.execute(query, (claims[0]["run_id"], seen[-1]["seq"] if seen else 0)).fetchall()
        seen += rows
        assert rows or alive, "an event was passed over"
    for writer in writers:
        writer.join()
    assert [row["seq"] for row in seen] == list(range(1, 204))
    for claim in claims:
        told = [row["data"]["message"] for row in seen if row["kind"] == "tool_progress"
                and row["tool_execution_id"] == claim["tool_execution_id"]]  # fmt: skip
        assert told == [str(number) for number in range(100)]


def test_an_open_transaction_holds_up_its_own_stream_and_no_other(database: str, conn: Conn) -> None:
    (one_claim,) = held_run(conn, 1)
    (other,) = held_run(conn, 1)
    with psycopg.connect(database, row_factory=dict_row) as slow:
        slow.execute("select agentpg.cancel_run(%s)", (one_claim["run_id"],))
        told = {
            "lease_token": str(one_claim["lease_token"]),
            "tool_execution_id": str(one_claim["tool_execution_id"]),
            "kind": "tool_progress",
        }
        both = [told, {**told, "lease_token": str(other["lease_token"]),
                       "tool_execution_id": str(other["tool_execution_id"])}]  # fmt: skip
        conn.execute("set statement_timeout = '5s'")
        outcome = one(conn, "select agentpg.publish_events(%s) as told", Jsonb(both))["told"]
        assert outcome == {"published": 1, "stale": 0, "busy": [0]}
        slow.rollback()
    assert publish(conn, one_claim, "free again")["published"] == 1


async def test_what_waits_goes_with_the_answer_in_its_transaction(work: Workplace) -> None:
    answers = [f"Answer {number}, which is short." for number in range(20)]
    work.fake.script(answers)
    await work.started()
    agent_id = await work.agent()
    for run_id in [await work.run(agent_id) for _ in answers]:
        seen = await Reader(work.client, run_id).ended()
        (finished,) = [event for event in seen if isinstance(event, events.ModelCallFinished)]
        assert finished.text in answers
        assert said(seen[: seen.index(finished)]) == finished.text
    apart = """
        select from agentpg.run_events f
        where f.kind = 'model_call_finished' and f.xmin <> (
          select e.xmin from agentpg.run_events e
          where e.root_run_id = f.root_run_id and e.kind = 'text' order by e.seq desc limit 1
        )
    """
    assert work.rows(apart) == []


@pytest.mark.parametrize("patience", [30.0, 0.01])
async def test_an_answer_whose_text_is_under_way_has_it_whole_or_its_beginning(
    work: Workplace, monkeypatch: pytest.MonkeyPatch, patience: float
) -> None:
    monkeypatch.setattr(_publisher, "PATIENCE", 30.0)
    monkeypatch.setattr(_publisher, "LAST_PATIENCE", patience)
    with Gate() as gate:
        work.fake.script([held("One two three four five.", gate, after=4)])
        run_id = await work.run(await work.agent())
        reader = Reader(work.client, run_id)
        with psycopg.connect(work.dsn) as holder:
            # Whoever publishes waits; readers do not.
            holder.execute("lock table agentpg.run_events in exclusive mode")
            await work.started()
            await eventually(lambda: under_way(work, "publish_events"), "a piece is under way")
            gate.open()
            if patience < 1:
                await eventually(lambda: under_way(work, "record_response"), "the answer is under way")
            else:
                await asyncio.sleep(0.2)
        seen = await reader.ended()
    spoken, whole = said(seen[:-2]), "One two three four five."
    assert spoken, "what was under way is published"
    assert (spoken == whole) if patience > 1 else whole.startswith(spoken)
    assert names(seen) == ["ModelCallFinished", "RunEnded"]


def under_way(work: Workplace, function: str) -> bool:
    """Whether a statement with it waits for a lock."""
    query = "select from pg_stat_activity where wait_event_type = 'Lock' and position(%s in query) > 0"
    return bool(work.rows(query, function))


def test_what_cannot_be_kept_becomes_a_gap() -> None:
    buffer = _Buffer({"iteration_id": "i", "lease_token": "t"})
    buffer.add_text("text", "a" * MOST_CHARACTERS)
    buffer.add_text("thinking", "b" * 10)
    buffer.add_text("text", "c" * 5)
    first = buffer.take()
    assert [(event["kind"], event["data"].get("dropped")) for event in first] == [("text", None), ("gap", 15)]
    buffer.add_text("text", "late")
    buffer.put_back(first)
    again = buffer.take()
    assert [event["kind"] for event in again] == ["text", "gap"]
    assert again[1]["data"]["dropped"] == 19, "what comes late has no room either"
    assert buffer.take() == []
