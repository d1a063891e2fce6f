"""Agents that delegate, through the client."""

from __future__ import annotations

from uuid import UUID

import pytest
from agentpg import AsyncClient, Client, RunState, RunTreeNode
from agentpg.errors import CyclicDelegation, DelegateNotFound, InvalidArgument

from .conftest import MODEL, Answerer


def calls(*tasks: str) -> list[dict[str, object]]:
    return [
        {"type": "tool_use", "id": f"toolu_{task}", "name": "worker", "input": {"task": task}}
        for task in tasks
    ]


async def test_delegates_are_given_as_agents_or_ids(client: AsyncClient) -> None:
    one, two, three = [await client.create_agent(name, model=MODEL) for name in ("one", "two", "three")]
    manager = await client.create_agent(
        "manager", model=MODEL, agents=[one, str(two.id)], agent_ids=[three.id]
    )
    assert manager.agent_ids == (one.id, two.id, three.id)
    assert await client.get_or_create_agent("manager", model=MODEL, agents=[one]) == manager


async def test_delegates_that_cannot_be_have_their_own_errors(client: AsyncClient) -> None:
    one = await client.create_agent("one", model=MODEL)
    two = await client.create_agent("two", model=MODEL, agents=[one])
    with pytest.raises(DelegateNotFound) as unknown:
        await client.create_agent("x", model=MODEL, agents=[UUID(int=7)])
    assert unknown.value.details == {"agent_ids": [str(UUID(int=7))]}
    with pytest.raises(CyclicDelegation, match="allow_recursion"):
        await client.update_agent(one.id, {"agent_ids": [str(two.id)]})
    with pytest.raises(InvalidArgument, match="agents is not a UUID: 'one'"):
        await client.create_agent("x", model=MODEL, agents=["one"])


async def test_a_tree_and_its_calls_come_back_typed(client: AsyncClient, answerer: Answerer) -> None:
    worker = await client.create_agent("worker", model=MODEL)
    manager = await client.create_agent("manager", model=MODEL, agents=[worker])
    run_id = await client.run_fast(await client.new_session(), manager.id, "Go.")
    answerer.reply(answerer.claim(run_id), calls("a", "b"), "tool_use")
    first, second = await client.get_run_tool_calls(run_id)
    assert (first.is_agent_tool, first.agent_id, first.name) == (True, worker.id, "worker")
    assert first.child_run_id is not None
    assert second.child_run_id is not None
    answerer.reply(answerer.claim(second.child_run_id), [{"type": "text", "text": "B."}], "end_turn")
    nodes = await client.run_tree(run_id)
    assert all(isinstance(node, RunTreeNode) for node in nodes)
    assert [(node.path, node.run_id, node.state) for node in nodes] == [
        ("1", run_id, RunState.PENDING_TOOLS),
        ("1.1", first.child_run_id, RunState.PENDING),
        ("1.2", second.child_run_id, RunState.COMPLETED),
    ]
    assert (nodes[0].total_runs, nodes[0].total_output_tokens) == (3, 10)
    assert (nodes[2].prompt, nodes[2].response_text, nodes[2].parent_tool_execution_id) == (
        "b",
        "B.",
        second.tool_execution_id,
    )
    child = await client.get_run(first.child_run_id)
    assert (child.parent_run_id, child.root_run_id, child.depth) == (run_id, run_id, 1)
    assert (await client.get_run(run_id)).root_run_id == run_id
    assert (await client.get_session(child.session_id)).depth == 1
    response = await client.get_response(run_id)
    assert [one.child_run_id for one in response.tool_calls] == [first.child_run_id, second.child_run_id]
    assert await client.cancel_run(run_id)
    assert [node.state for node in await client.run_tree(run_id)] == [
        RunState.CANCELLED,
        RunState.CANCELLED,
        RunState.COMPLETED,
    ]


def test_the_sync_client_has_it_too(sync_client: Client) -> None:
    worker = sync_client.create_agent("worker", model=MODEL)
    manager = sync_client.create_agent("manager", model=MODEL, agents=[worker])
    run_id = sync_client.run_fast(sync_client.new_session(), manager.id, "Go.")
    assert [node.agent_name for node in sync_client.run_tree(run_id)] == ["manager"]
