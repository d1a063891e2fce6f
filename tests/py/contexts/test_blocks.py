"""Every block comes back as it was given or said: in the transcript and in the next request on the wire."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from agentpg import Response
from agentpg_executor.testing import Turn
from contexts.blocks import ASKED, GIVEN, PROMPTED, RETURNED, SAID, Json, text
from contexts.conftest import Conversations

pytestmark = pytest.mark.asyncio(loop_scope="module")

MODEL = "claude-opus-5-5"
BETAS = [
    "compact-2026-01-12",
    "mcp-client-2025-11-20",
    "advisor-tool-2026-03-01",
    "server-side-fallback-2026-07-01",
]


async def opened(work: Conversations) -> tuple[UUID, UUID]:
    """A session, and an agent whose requests may hold every block."""
    work.conn.execute('select agentpg.configure(\'{"extra_block_names": ["hologram"]}\')')
    agent_id = await work.agent_like(MODEL, config={"request": {"betas": BETAS}})
    return await work.client.new_session(), agent_id


def check(response: Response) -> None:
    assert response.state == "completed", response.error_message


def messages(work: Conversations) -> list[tuple[str, list[Json]]]:
    """Those of the last request."""
    return [(message["role"], message["content"]) for message in work.sent()[-1]["messages"]]


@pytest.mark.parametrize("name", [*GIVEN, *PROMPTED])
async def test_in_a_prompt(name: str, work: Conversations) -> None:
    blocks = (GIVEN | PROMPTED)[name]
    session_id, agent_id = await opened(work)
    work.fake.own_types.add("hologram")
    check(await work.ask(session_id, agent_id, blocks))
    assert messages(work) == [("user", blocks)]
    check(await work.ask(session_id, agent_id, "Again."))
    assert messages(work)[0] == ("user", blocks)
    assert work.stored(session_id)[0] == ("user", blocks)


@pytest.mark.parametrize("name", [*GIVEN, *RETURNED])
async def test_in_a_tool_result(name: str, work: Conversations) -> None:
    blocks = (GIVEN | RETURNED)[name]
    session_id, agent_id = await opened(work)
    work.results["x"] = blocks
    work.fake.script([Turn(tuple(ASKED["call"])), "Done."])
    check(await work.ask(session_id, agent_id, "Go."))
    check(await work.ask(session_id, agent_id, "Again."))
    role, (result,) = messages(work)[2]
    assert (role, result["content"]) == ("user", blocks)
    assert work.stored(session_id)[2] == ("user", [result])


def said_by_fake(work: Conversations) -> list[list[Json]]:
    return [entry.response["content"] for entry in work.fake.journal.messages if entry.response]


@pytest.mark.parametrize("name", SAID)
async def test_in_a_reply(name: str, work: Conversations) -> None:
    session_id, agent_id = await opened(work)
    work.fake.script([Turn(tuple(SAID[name]), stop_reason="end_turn")])
    for _ in range(2):
        check(await work.ask(session_id, agent_id, "Go."))
    answer = said_by_fake(work)[0]
    assert [{key: got[key] for key in put} for got, put in zip(answer, SAID[name], strict=True)] == SAID[name]
    assert work.stored(session_id)[1] == ("assistant", answer)
    assert messages(work)[1] == ("assistant", answer)


@pytest.mark.parametrize("name", ASKED)
async def test_in_a_reply_that_calls_tools(name: str, work: Conversations) -> None:
    session_id, agent_id = await opened(work)
    work.results.update(x="Snow.", y={"deep": [1, None]})
    work.fake.script([Turn(tuple(ASKED[name])), "Done."])
    for _ in range(2):
        check(await work.ask(session_id, agent_id, "Go."))
    answer = said_by_fake(work)[0]
    assert work.stored(session_id)[1] == ("assistant", answer)
    assert messages(work)[1] == ("assistant", answer)


async def test_a_paused_turn_keeps_its_open_call(work: Conversations) -> None:
    session_id, agent_id = await opened(work)
    call: Json = {
        "type": "server_tool_use",
        "id": "srvtoolu_1",
        "name": "web_search",
        "input": {"query": "snow"},
    }
    result = {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": []}
    work.fake.script([Turn((call,), stop_reason="pause_turn"), Turn((result, text("None.")))])
    for _ in range(2):
        check(await work.ask(session_id, agent_id, "Go."))
    first, second, _ = said_by_fake(work)
    assert [content for _, content in work.stored(session_id)][1:3] == [first, second]
    assert messages(work)[1] == ("assistant", [*first, *second])


async def test_in_batches(work: Conversations) -> None:
    """All of them, one after the other, in one session."""
    session_id, agent_id = await opened(work)
    work.fake.own_types.add("hologram")
    marked = ("marked text",)
    prompt = [block for name, blocks in (GIVEN | PROMPTED).items() if name not in marked for block in blocks]
    summaries = ("summary", "failed summary")
    replies = [blocks for name, blocks in SAID.items() if name not in summaries]
    answer = [block for blocks in replies for block in _numbered(blocks, replies.index(blocks))]
    work.fake.script(
        [Turn(tuple(answer), stop_reason="end_turn"), "Done.", Turn(tuple(SAID["summary"])), "Done."]
    )
    check(await work.ask(session_id, agent_id, prompt, batch=True))
    check(await work.ask(session_id, agent_id, "Again.", batch=True))
    stored = work.stored(session_id)
    assert stored[0] == ("user", prompt)
    assert len(stored[1][1]) == len(answer)
    assert [{key: got[key] for key in put} for got, put in zip(stored[1][1], answer, strict=True)] == answer
    assert messages(work)[:2] == stored[:2]
    check(await work.ask(session_id, agent_id, "Sum up.", batch=True))
    check(await work.ask(session_id, agent_id, "Again.", batch=True))
    assert messages(work) == work.stored(session_id)[:-1]


def _numbered(blocks: list[Json], number: int) -> list[Json]:
    """The same blocks with ids of their own."""
    made: list[Any] = []
    for block in blocks:
        block = dict(block)
        for key in ("id", "tool_use_id"):
            if key in block:
                block[key] = f"{block[key]}_{number}"
        made.append(block)
    return made
