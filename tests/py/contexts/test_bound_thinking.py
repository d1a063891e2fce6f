"""Thinking that a model binds to what came before it, in sessions where that changes."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from agentpg import Response
from agentpg_executor.testing import call, redacted_thinking, reply, thinking
from contexts.conftest import Conversations

pytestmark = pytest.mark.asyncio(loop_scope="module")

BINDING = "claude-opus-5-5"
THOUGHT = ("thinking", "redacted_thinking")


async def think(work: Conversations, session_id: UUID, agent_id: UUID, **options: Any) -> Response:
    """A run with thinking before a tool call and after it."""
    work.results["x"] = "Snow."
    work.fake.script(
        [
            reply(thinking("First."), call("give", key="x")),
            reply(redacted_thinking(), thinking("So."), "Yes."),
        ]
    )
    return await work.ask(session_id, agent_id, "Is there snow?", **options)


def thoughts(body: dict[str, Any]) -> int:
    return sum(block["type"] in THOUGHT for message in body["messages"] for block in message["content"])


async def test_it_is_sent_back_as_long_as_nothing_changes(work: Conversations) -> None:
    session_id, agent_id = await work.client.new_session(), await work.agent_like(BINDING)
    for _ in range(3):
        assert (await think(work, session_id, agent_id)).state == "completed"
    assert [thoughts(body) for body in work.sent()] == [0, 1, 3, 4, 6, 7]


@pytest.mark.parametrize(
    "change",
    [
        {"system_prompt": "Be long."},
        {"system_prompt": "Be brief.", "tools": ()},
        {"model": "claude-fable-5-1"},
        {"model": "claude-haiku-5-5"},
        {"model": "claude-opus-4-8"},
    ],
    ids=lambda change: "-".join(change),
)
async def test_another_agent_may_go_on_with_the_session_and_the_first_again(
    work: Conversations, change: dict[str, Any]
) -> None:
    session_id = await work.client.new_session()
    one = await work.agent_like(BINDING, system_prompt="Be brief.")
    other = await work.agent_like(**({"model": BINDING, "system_prompt": "Be brief."} | change))
    for agent_id in (one, other, one):
        if agent_id == other and change.get("tools") == ():
            work.fake.script([reply(thinking("Hm."), "Yes.")])
            response = await work.ask(session_id, agent_id, "Sure?")
        else:
            response = await think(work, session_id, agent_id)
        assert response.state == "completed", response.error_message


async def test_other_instructions_for_one_run_do_not_break_the_session(work: Conversations) -> None:
    session_id, agent_id = await work.client.new_session(), await work.agent_like(BINDING)
    await think(work, session_id, agent_id)
    for options in (
        {"override_instructions": "Be long."},
        {},
        {"append_instructions": "Now."},
        {"tools": ["give"]},
    ):
        assert (await think(work, session_id, agent_id, options=options)).state == "completed", options


async def test_an_agent_that_was_edited_goes_on(work: Conversations) -> None:
    session_id, agent_id = await work.client.new_session(), await work.agent_like(BINDING)
    await think(work, session_id, agent_id)
    await work.client.update_agent(agent_id, {"system_prompt": "Be long."})
    assert (await think(work, session_id, agent_id)).state == "completed"


async def test_another_effort_keeps_what_was_thought(work: Conversations) -> None:
    session_id, agent_id = await work.client.new_session(), await work.agent_like(BINDING)
    await think(work, session_id, agent_id)
    options = {"request": {"output_config": {"effort": "low"}}}
    assert (await think(work, session_id, agent_id, options=options)).state == "completed"
    assert [thoughts(body) for body in work.sent()] == [0, 1, 3, 4]
