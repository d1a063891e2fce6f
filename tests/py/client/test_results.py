"""Typed results of every method, against the real schema."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from agentpg import AsyncClient, Client, MessageRole, RunMode, RunOptions, RunState, ToolExecutionState, Usage

from .conftest import MODEL, Answerer, Talk


async def test_an_agent_comes_back_as_it_was_created(client: AsyncClient) -> None:
    agent = await client.create_agent(
        "assistant",
        model=MODEL,
        system_prompt="Sois bref, très bref.",
        tools=["add"],
        description="Helps.",
        max_tokens=1000,
        metadata={"tenant_id": "acme", "n": 2**60},
    )
    assert isinstance(agent.id, UUID)
    assert (agent.name, agent.model, agent.max_tokens) == ("assistant", MODEL, 1000)
    assert (agent.tools, agent.agent_ids) == (("add",), ())
    assert agent.metadata == {"tenant_id": "acme", "n": 2**60}
    assert (agent.tenant_id, agent.version, agent.deleted_at) == ("acme", 1, None)
    assert agent.created_at.tzinfo is not None
    assert await client.get_agent_by_id(agent.id) == agent
    assert await client.get_agent(str(agent.id)) == agent
    assert await client.get_agent_by_name("assistant", metadata={"tenant_id": "acme", "n": 2**60}) == agent


async def test_sampling_parameters_are_floats(client: AsyncClient) -> None:
    agent = await client.create_agent("warm", model="claude-3-haiku-20240307", temperature=0.25, top_k=5)
    assert (agent.temperature, agent.top_k, agent.top_p) == (0.25, 5, None)


async def test_an_existing_agent_is_returned_untouched(client: AsyncClient) -> None:
    first = await client.get_or_create_agent("assistant", model=MODEL, system_prompt="One.")
    second = await client.get_or_create_agent("assistant", model=MODEL, system_prompt="Two.")
    assert second == first
    other = await client.get_or_create_agent("assistant", model=MODEL, metadata={"tenant_id": "acme"})
    assert other.id != first.id


async def test_update_changes_what_is_named_and_nothing_else(client: AsyncClient) -> None:
    agent = await client.create_agent("assistant", model=MODEL, system_prompt="One.", max_tokens=100)
    changed = await client.update_agent(agent.id, {"system_prompt": "Two."})
    assert (changed.system_prompt, changed.max_tokens, changed.version) == ("Two.", 100, 2)


async def test_list_agents_gives_a_page_and_the_total(client: AsyncClient) -> None:
    for number in range(5):
        await client.create_agent(f"agent-{number}", model=MODEL, metadata={"even": number % 2 == 0})
    page, total = await client.list_agents(max_count=2, skip=2)
    assert [agent.name for agent in page] == ["agent-2", "agent-3"]
    assert total == 5
    even, total = await client.list_agents(metadata={"even": True})
    assert (len(even), total) == (3, 3)


async def test_sessions_are_paged_from_the_newest(client: AsyncClient) -> None:
    ids = [await client.new_session(metadata={"n": number}) for number in range(3)]
    session = await client.get_session(ids[0])
    assert (session.metadata, session.depth, session.parent_session_id) == ({"n": 0}, 0, None)
    child = await client.get_session(await client.new_session(parent_session_id=ids[0]))
    assert (child.parent_session_id, child.depth) == (ids[0], 1)
    newest = await client.list_sessions(max_count=2)
    rest = await client.list_sessions(before=newest[-1].id)
    assert [session.id for session in (*newest, *rest)] == [child.id, *reversed(ids)]
    assert [session.id for session in await client.list_sessions(metadata={"n": 1})] == [ids[1]]


async def test_a_run_comes_back_with_everything_it_was_given(client: AsyncClient, talk: Talk) -> None:
    later = datetime(2100, 1, 1, tzinfo=UTC)
    run_id = await client.run(
        *talk,
        [{"type": "text", "text": "Hello"}],
        options=RunOptions(append_instructions="In French.", max_iterations=3),
        variables={"order": 2**60},
        idempotency_key="key",
        priority=5,
        scheduled_at=later,
    )
    run = await client.get_run(run_id)
    assert (run.id, run.session_id, run.agent_id) == (run_id, talk.session_id, talk.agent_id)
    assert (run.state, run.run_mode, run.agent_name) == (RunState.PENDING, RunMode.BATCH, "assistant")
    assert run.content == [{"type": "text", "text": "Hello"}]
    assert run.variables == {"order": 2**60}
    assert run.options["append_instructions"] == "In French."
    assert (run.idempotency_key, run.priority, run.scheduled_at) == ("key", 5, later)
    assert run.usage == Usage()
    fast = await client.get_run(await client.run_fast(*talk, "Hello"))
    assert (fast.run_mode, fast.prompt, fast.blocked) == (RunMode.STREAMING, "Hello", True)


async def test_runs_are_listed_from_the_newest_and_by_what_is_asked(client: AsyncClient, talk: Talk) -> None:
    ids = [await client.run_fast(*talk, f"Number {number}") for number in range(3)]
    assert await client.cancel_run(ids[0], reason="not needed") is True
    assert await client.cancel_run(ids[0]) is False
    assert [run.id for run in await client.list_runs(session_id=talk.session_id)] == ids[::-1]
    assert [run.id for run in await client.list_runs(state=RunState.CANCELLED)] == ids[:1]
    assert [run.id for run in await client.list_runs(before=ids[2], max_count=1)] == [ids[1]]
    assert await client.list_runs(agent_id=talk.session_id) == []


async def test_a_finished_run_tells_its_whole_story(client: AsyncClient, answerer: Answerer) -> None:
    answerer.offer("add")
    agent = await client.create_agent("adder", model=MODEL, tools=["add"])
    session_id = await client.new_session()
    run_id = await client.run_fast(session_id, agent.id, "2 + 3?")
    answerer.call_tool(run_id, "add", {"a": 2, "b": 3, "big": 2**60}, "5")
    answerer.finish(run_id, "It is 5.")

    response = await client.wait_for_run(run_id, timeout=60)
    assert (response.run_id, response.session_id) == (run_id, session_id)
    assert (response.state, response.finished) == (RunState.COMPLETED, True)
    assert (response.text, response.stop_reason) == ("It is 5.", "end_turn")
    assert response.usage == Usage(20, 10, 6, 4)
    assert isinstance(response.cost_usd, Decimal)
    assert (response.iteration_count, response.tool_iterations) == (2, 1)
    assert response.message is not None
    assert response.message.role is MessageRole.ASSISTANT
    assert response.message.content == [{"type": "text", "text": "It is 5."}]
    (call,) = response.tool_calls
    assert (call.name, call.input, call.output) == ("add", {"a": 2, "b": 3, "big": 2**60}, "5")
    assert (call.state, call.is_error, call.iteration_number) == (ToolExecutionState.COMPLETED, False, 1)
    assert call.duration is not None
    assert call.duration >= timedelta(0)

    assert await client.get_run_tool_calls(run_id) == [call]
    first, second = await client.run_iterations(run_id)
    assert (first.iteration_number, first.stop_reason, first.usage) == (1, "tool_use", Usage(10, 5, 3, 2))
    assert (first.trigger_type, first.is_streaming, first.has_tool_use) == ("user_prompt", True, True)
    assert (second.iteration_number, second.stop_reason) == (2, "end_turn")
    assert (second.trigger_type, second.has_tool_use) == ("tool_results", False)
    assert await client.get_iteration_tool_calls(first.id) == [call]
    assert await client.get_iteration_tool_calls(second.id) == []

    run = await client.get_run(run_id)
    assert (run.response_text, run.usage, run.cost_usd) == ("It is 5.", response.usage, response.cost_usd)
    assert run.finalized_at is not None
    messages = await client.session_messages(session_id)
    assert [message.role.value for message in messages] == ["user", "assistant", "user", "assistant"]
    assert [message.seq for message in messages] == [1, 2, 3, 4]
    assert [
        message.seq for message in await client.session_messages(session_id, after_seq=2, max_count=1)
    ] == [3]
    timeline = await client.run_timeline(run_id)
    assert all(entry.event for entry in timeline)
    assert [entry.at for entry in timeline] == sorted(entry.at for entry in timeline)
    assert (await client.why_waiting(run_id)).reason == "finished"


async def test_a_waiting_run_says_what_for(client: AsyncClient, talk: Talk) -> None:
    run_id = await client.run_fast(*talk, "Hello")
    waiting = await client.why_waiting(run_id)
    assert waiting.reason
    assert waiting.reason != "finished"


async def test_settings_and_models_can_be_read_and_changed(client: AsyncClient) -> None:
    changed = await client.configure({"max_iterations": 7})
    assert changed["max_iterations"] == 7
    assert (await client.settings())["max_iterations"] == 7
    assert await client.upsert_models([]) == 0


def test_the_synchronous_client_gives_the_same_types(
    sync_client: Client, sync_talk: Talk, answerer: Answerer
) -> None:
    run_id = sync_client.run_fast(*sync_talk, "Hello")
    answerer.finish(run_id, "Hi.")
    response = sync_client.wait_for_run(run_id, timeout=60)
    assert (response.text, response.state) == ("Hi.", RunState.COMPLETED)
    assert sync_client.get_run(run_id).response_text == "Hi."
    assert [run.id for run in sync_client.list_runs()] == [run_id]
