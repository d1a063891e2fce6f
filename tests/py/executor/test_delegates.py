"""Agents that give tasks to agents, served by real executors."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from uuid import UUID

from agentpg import RunState
from agentpg_executor import events
from agentpg_executor.testing import FakeRequest, Gate, Turn, call, fault, held, reply, text
from agentpg_executor.tools import tool
from executor.conftest import MODEL, Workplace


@tool
def add(a: int, b: int) -> int:
    return a + b


def boss(request: FakeRequest) -> Turn:
    """Two tasks at once, then an answer that names what came back."""
    if request.position == 0:
        return reply(call("worker", task="1 and 2"), call("worker", task="3 and 4"))
    return text(" ".join(sorted(result.text for result in request.tool_results)))


def hand(request: FakeRequest) -> Turn:
    if request.position == 0:
        a, _, b = request.prompt.split()
        return reply(call("add", a=int(a), b=int(b)))
    return text(f"It is {request.tool_results[0].text}.")


async def two_levels(work: Workplace, below: Turn | Callable[[FakeRequest], Turn] = hand) -> UUID:
    """A manager with a delegate that answers as `below` says."""
    worker_id = await work.agent(add, name="worker")
    manager = await work.client.create_agent("manager", model=MODEL, agents=[worker_id])
    work.fake.script([boss], match=lambda request: request.tools == ["worker"], repeat=True)
    work.fake.script([below], match=lambda request: request.tools == ["add"], repeat=True)
    return manager.id


async def test_an_executor_serves_a_tree_like_any_other_runs(work: Workplace):
    manager_id = await two_levels(work)
    executor = await work.started(add)
    run_id = await work.run(manager_id)
    response = await work.end(run_id)
    assert response.text == "It is 3. It is 7."
    assert [one.child_run_id is not None for one in response.tool_calls] == [True, True]
    tree = await work.client.run_tree(run_id)
    assert [(node.path, node.agent_name, node.state) for node in tree] == [
        ("1", "manager", RunState.COMPLETED),
        ("1.1", "worker", RunState.COMPLETED),
        ("1.2", "worker", RunState.COMPLETED),
    ]
    # It runs no tool for a delegate: only the bodies of `add`.
    assert [event.name for event in work.of(events.ToolStarted)] == ["add", "add"]
    assert {event.run_id for event in work.of(events.ModelCallStarted)} == {node.run_id for node in tree}
    assert executor.stats.unexpected_errors == 0


async def test_an_executor_restricted_to_a_run_serves_the_runs_below_it(work: Workplace):
    manager_id = await two_levels(work)
    other = await work.run(manager_id)
    run_id = await work.run(manager_id)
    await work.started(add, only_runs=[run_id])
    assert (await work.end(run_id)).text == "It is 3. It is 7."
    assert (await work.client.get_run(other)).state == RunState.PENDING


async def test_a_restricted_executor_hears_of_delegates_and_need_not_poll(work: Workplace):
    manager_id = await two_levels(work)
    run_id = await work.run(manager_id)
    await work.started(add, only_runs=[run_id], poll_interval=3600)
    assert (await work.end(run_id)).text == "It is 3. It is 7."


async def test_one_who_waits_for_the_first_run_is_not_woken_by_those_below(work: Workplace):
    gate = Gate()
    ended: list[UUID] = []

    def top(request: FakeRequest) -> Turn:
        return boss(request) if request.position == 0 else held(boss(request), gate)

    worker_id = await work.agent(add, name="worker")
    manager = await work.client.create_agent("manager", model=MODEL, agents=[worker_id])
    work.fake.script([top], match=lambda request: request.tools == ["worker"], repeat=True)
    work.fake.script([hand], match=lambda request: request.tools == ["add"], repeat=True)
    await work.started(add)
    run_id = await work.run(manager.id)
    waiting = asyncio.create_task(work.end(run_id))
    waiting.add_done_callback(lambda _: ended.append(run_id))
    await gate.wait_reached()
    assert [node.state for node in await work.client.run_tree(run_id)][1:] == [RunState.COMPLETED] * 2
    assert ended == []
    gate.open()
    assert (await waiting).run_id == run_id


async def test_cancelling_the_first_run_aborts_the_calls_of_those_below(work: Workplace):
    gate = Gate()
    manager_id = await two_levels(work, held(text("Never."), gate))
    executor = await work.started(add)
    run_id = await work.run(manager_id)
    await gate.wait_reached(2)
    assert await work.client.cancel_run(run_id)
    await executor.stop()
    assert executor.stats.released == 0
    tree = await work.client.run_tree(run_id)
    assert [node.state for node in tree] == [RunState.CANCELLED] * 3


async def test_a_delegate_that_fails_is_told_to_the_run_above(work: Workplace):
    manager_id = await two_levels(work, fault(400, message="no such thing"))
    await work.started(add)
    response = await work.end(await work.run(manager_id))
    assert response.state == RunState.COMPLETED
    assert response.text.count("The agent failed: invalid_request_error: no such thing.") == 2
