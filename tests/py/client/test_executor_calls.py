"""The typed calls of an executor, against the real schema."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from agentpg import AsyncClient, RunMode, RunState, errors
from agentpg.claims import RegisteredInstance, RunClaim
from agentpg.executor_calls import ExecutorCalls
from psycopg_pool import AsyncConnectionPool

from .conftest import MODEL, Talk

Json = dict[str, Any]


@pytest.fixture
async def calls(database: str) -> AsyncIterator[ExecutorCalls]:
    async with AsyncConnectionPool(
        database, min_size=1, max_size=4, open=False, kwargs={"autocommit": True}
    ) as pool:
        yield ExecutorCalls(pool)


@pytest.fixture
async def instance(calls: ExecutorCalls) -> RegisteredInstance:
    return await calls.register_instance(name="executor", hostname="here", pid=7, version="1")


def answer(stop_reason: str, *content: Json) -> Json:
    usage = {"input_tokens": 1, "output_tokens": 1}
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": MODEL,
        "content": list(content),
        "stop_reason": stop_reason,
        "stop_sequence": None,
        "usage": usage,
    }


def tool_use(number: int) -> Json:
    return {"type": "tool_use", "id": f"toolu_{number}", "name": "add", "input": {"a": number, "big": 2**60}}


async def claim_one(calls: ExecutorCalls, instance: RegisteredInstance) -> RunClaim:
    (claim,) = await calls.claim_runs(instance.instance_id)
    return claim


@pytest.fixture
async def tool_run(client: AsyncClient, calls: ExecutorCalls, instance: RegisteredInstance) -> RunClaim:
    """The claimed model call of a run whose agent has the tool `add`."""
    schema = {"type": "object", "properties": {"a": {"type": "integer"}}}
    tools = [{"name": "add", "description": "Adds.", "input_schema": schema}]
    assert await calls.register_tools(instance.instance_id, tools) == 1
    agent = await client.create_agent("adder", model=MODEL, tools=["add"])
    await client.run_fast(await client.new_session(), agent.id, "Add.", variables={"n": 2**60})
    return await claim_one(calls, instance)


async def test_registering_gives_an_id_and_the_rhythm(instance: RegisteredInstance) -> None:
    assert instance.lease_ttl > instance.heartbeat_interval > timedelta(0)
    assert instance.poll_interval > timedelta(0)


async def test_a_claim_is_a_request_ready_to_send(
    client: AsyncClient, talk: Talk, calls: ExecutorCalls, instance: RegisteredInstance
) -> None:
    assert await calls.claim_runs(instance.instance_id) == []
    run_id = await client.run_fast(*talk, "Grüße, 世界")
    claim = await claim_one(calls, instance)
    assert (claim.run_id, claim.session_id, claim.attempt) == (run_id, talk.session_id, 1)
    assert claim.request["model"] == MODEL
    assert "Grüße, 世界" in str(claim.request["messages"])
    assert claim.lease_expires_at.tzinfo is not None
    with pytest.raises(errors.NotSupported):
        await calls.claim_runs(instance.instance_id, mode=RunMode.BATCH)
    assert (
        await calls.record_response(
            claim.iteration_id, claim.lease_token, answer("end_turn", {"type": "text", "text": "Hi."})
        )
        == []
    )
    assert (await client.get_response(run_id)).text == "Hi."


async def test_claims_can_be_narrowed_to_given_runs(
    client: AsyncClient, talk: Talk, calls: ExecutorCalls, instance: RegisteredInstance
) -> None:
    await client.run_fast(*talk, "One")
    second = await client.run_fast(await client.new_session(), talk.agent_id, "Two")
    claims = await calls.claim_runs(instance.instance_id, max_count=5, run_ids=[second])
    assert [claim.run_id for claim in claims] == [second]


async def test_a_tool_iteration_is_two_calls(
    calls: ExecutorCalls, tool_run: RunClaim, client: AsyncClient
) -> None:
    (tool,) = await calls.record_response(
        tool_run.iteration_id, tool_run.lease_token, answer("tool_use", tool_use(1)), request_id="req_1"
    )
    assert (tool.tool_name, tool.input, tool.variables) == ("add", {"a": 1, "big": 2**60}, {"n": 2**60})
    assert (tool.run_id, tool.tool_use_id, tool.attempt) == (tool_run.run_id, "toolu_1", 1)
    claim = await calls.complete_tool(tool.tool_execution_id, tool.lease_token, "Fünf", claim_next=True)
    assert claim is not None
    assert claim.run_id == tool_run.run_id
    assert "Fünf" in str(claim.request["messages"])
    (iteration,) = await client.run_iterations(tool_run.run_id)
    assert iteration.request_id == "req_1"


@pytest.mark.parametrize("output", ["text", {"json": 1}, [{"type": "text", "text": "block"}], 7, None, True])
async def test_any_json_is_an_output(calls: ExecutorCalls, tool_run: RunClaim, output: object) -> None:
    (tool,) = await calls.record_response(
        tool_run.iteration_id, tool_run.lease_token, answer("tool_use", tool_use(1))
    )
    assert await calls.complete_tool(tool.tool_execution_id, tool.lease_token, output) is None


async def test_tools_can_be_claimed_failed_snoozed_and_released(
    calls: ExecutorCalls, tool_run: RunClaim, instance: RegisteredInstance, client: AsyncClient
) -> None:
    uses = [tool_use(number) for number in range(3)]
    claimed = await calls.record_response(
        tool_run.iteration_id, tool_run.lease_token, answer("tool_use", *uses), claim_tools=False
    )
    assert claimed == []
    tools = await calls.claim_tool_executions(instance.instance_id, max_count=3)
    assert {tool.tool_use_id for tool in tools} == {"toolu_0", "toolu_1", "toolu_2"}
    assert await calls.snooze_tool(tools[0].tool_execution_id, tools[0].lease_token, timedelta(hours=1))
    assert (
        await calls.fail_tool(tools[1].tool_execution_id, tools[1].lease_token, "no", outcome="discard")
        is None
    )
    assert await calls.release_tools(instance.instance_id) == 1
    (again,) = await calls.claim_tool_executions(instance.instance_id, run_ids=[tool_run.run_id])
    assert (again.tool_execution_id, again.attempt) == (tools[2].tool_execution_id, 1)
    states = {call.tool_use_id: call.state.value for call in await client.get_run_tool_calls(tool_run.run_id)}
    assert states[tools[0].tool_use_id] == "pending"
    assert states[tools[1].tool_use_id] == "failed"
    assert states[tools[2].tool_use_id] == "running"


async def test_a_heartbeat_tells_what_is_lost(
    client: AsyncClient, talk: Talk, calls: ExecutorCalls, instance: RegisteredInstance
) -> None:
    run_id = await client.run_fast(*talk, "Hello")
    claim = await claim_one(calls, instance)
    beat = await calls.heartbeat(instance.instance_id, runs=[claim])
    assert beat.lost == ()
    assert (beat.heartbeat_interval, beat.lease_ttl) == (instance.heartbeat_interval, instance.lease_ttl)
    await client.cancel_run(run_id)
    (lost,) = (await calls.heartbeat(instance.instance_id, runs=[claim])).lost
    assert (lost.run_id, lost.lease_token, lost.reason) == (run_id, claim.lease_token, "cancelled")
    assert lost.tool_execution_id is None


async def test_a_stale_lease_is_refused_by_its_own_error(
    client: AsyncClient, talk: Talk, calls: ExecutorCalls, instance: RegisteredInstance
) -> None:
    await client.run_fast(*talk, "Hello")
    claim = await claim_one(calls, instance)
    assert await calls.release_runs(instance.instance_id, [claim.iteration_id]) == 1
    with pytest.raises(errors.LeaseLost) as caught:
        await calls.record_response(
            claim.iteration_id, claim.lease_token, answer("end_turn", {"type": "text", "text": "Hi."})
        )
    assert caught.value.code == "AP210"


async def test_a_failure_is_retried_when_the_database_says_so(
    client: AsyncClient, talk: Talk, calls: ExecutorCalls, instance: RegisteredInstance
) -> None:
    await client.run_fast(*talk, "Hello")
    claim = await claim_one(calls, instance)
    error = {"type": "overloaded_error", "status": 529, "message": "busy"}
    outcome = await calls.record_failure(
        claim.iteration_id, claim.lease_token, error, retry_after=timedelta(seconds=30)
    )
    assert (outcome.state, outcome.attempt) == (RunState.PENDING, 1)
    assert outcome.retry_at is not None


async def test_an_instance_that_left_must_register_again(
    calls: ExecutorCalls, instance: RegisteredInstance
) -> None:
    assert isinstance(await calls.run_maintenance(instance.instance_id), dict)
    await calls.deregister_instance(instance.instance_id)
    with pytest.raises(errors.InstanceNotFound) as caught:
        await calls.heartbeat(instance.instance_id)
    assert caught.value.instance_id == instance.instance_id


async def test_many_claims_at_once_never_share_a_run(
    client: AsyncClient, talk: Talk, calls: ExecutorCalls, instance: RegisteredInstance
) -> None:
    run_ids = {await client.run_fast(await client.new_session(), talk.agent_id, "Hello") for _ in range(8)}
    claims = await asyncio.gather(*(calls.claim_runs(instance.instance_id, max_count=3) for _ in range(8)))
    taken = [claim.run_id for batch in claims for claim in batch]
    assert len(taken) == len(set(taken))
    assert set(taken) <= run_ids
