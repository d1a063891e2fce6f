"""create_runs: many runs in one call."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
import pytest
from agentpg import AsyncClient, Client, NewRun, RunMode, RunOptions, errors

from .conftest import Talk


async def test_runs_come_back_in_the_order_they_were_given(client: AsyncClient, talk: Talk) -> None:
    made = await client.create_runs(talk.agent_id, ["one", NewRun(prompt="two"), "three"])
    assert [run.item for run in made] == [1, 2, 3]
    assert all(run.created for run in made)
    assert len({run.session_id for run in made}) == 3
    assert [(await client.get_run(run.run_id)).prompt for run in made] == ["one", "two", "three"]


async def test_what_an_item_says_goes_over_what_the_call_says(client: AsyncClient, talk: Talk) -> None:
    at = datetime.now(UTC) + timedelta(days=1)
    plain, special, queued = await client.create_runs(
        talk.agent_id,
        [
            "plain",
            NewRun(
                prompt=[{"type": "text", "text": "special"}],
                variables={"b": 2},
                metadata={"tenant_id": "acme"},
                priority=-2,
                scheduled_at=at,
            ),
            NewRun(prompt="queued", session_id=talk.session_id),
        ],
        mode=RunMode.BATCH,
        options=RunOptions(max_iterations=7),
        variables={"a": 1},
        metadata={"kind": "nightly"},
        priority=5,
    )
    run = await client.get_run(plain.run_id)
    assert (run.run_mode, run.priority, run.variables, run.scheduled_at) == ("batch", 5, {"a": 1}, None)
    assert (await client.get_session(plain.session_id)).metadata == {"kind": "nightly"}
    run = await client.get_run(special.run_id)
    assert (run.priority, run.variables, run.scheduled_at, run.tenant_id) == (
        -2,
        {"a": 1, "b": 2},
        at,
        "acme",
    )
    assert (await client.get_session(special.session_id)).metadata == {"kind": "nightly", "tenant_id": "acme"}
    assert queued.session_id == UUID(str(talk.session_id))


async def test_a_repeated_key_finds_its_run(client: AsyncClient, talk: Talk) -> None:
    items = [NewRun(prompt=f"{n}", idempotency_key=f"key-{n}") for n in range(3)]
    first = await client.create_runs(talk.agent_id, items)
    again = await client.create_runs(talk.agent_id, items)
    assert [run.run_id for run in again] == [run.run_id for run in first]
    assert not any(run.created for run in again)
    with pytest.raises(errors.IdempotencyConflict) as caught:
        await client.create_runs(talk.agent_id, ["new", NewRun(prompt="other", idempotency_key="key-1")])
    assert caught.value.details["item"] == 2


async def test_one_bad_item_and_nothing_is_written(client: AsyncClient, talk: Talk) -> None:
    with pytest.raises(errors.EmptyPrompt, match="item 2: ") as caught:
        await client.create_runs(talk.agent_id, ["good", " ", "good"])
    assert caught.value.details["item"] == 2
    assert await client.list_runs() == []


async def test_callbacks_are_refused(client: AsyncClient, talk: Talk) -> None:
    with pytest.raises(errors.InvalidArgument, match="callbacks"):
        await client.create_runs(talk.agent_id, ["x"], options=RunOptions(on_tool_start=print))


def test_runs_of_a_transaction_that_rolls_back_never_were(database: str) -> None:
    with Client(database) as client, psycopg.connect(database) as conn:
        agent = client.create_agent("assistant", model="claude-sonnet-5-5")
        assert len(client.create_runs(agent.id, ["a", "b"], conn=conn)) == 2
        conn.rollback()
        assert client.list_runs() == []
