"""The API's own compaction and context editing, chosen by an agent: sessions over real sockets."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from agentpg_executor.testing import call, compaction, reply, thinking, validate_request
from contexts.conftest import Conversations

pytestmark = pytest.mark.asyncio(loop_scope="module")

Json = dict[str, Any]
MODEL = "claude-opus-5-5"
BETAS = ["compact-2026-01-12", "context-management-2025-06-27"]
COMPACT: Json = {"type": "compact_20260112", "trigger": {"type": "input_tokens", "value": 50_000}}
LONG = "x" * 200_000


def choosing(*edits: Json) -> Json:
    return {"request": {"context_management": {"edits": list(edits)}, "betas": BETAS}}


async def compacting(work: Conversations, **more: Any) -> UUID:
    return await work.agent_like(MODEL, config=choosing({**COMPACT, **more}))


def kinds(content: list[Json]) -> list[str]:
    return [block["type"] for block in content]


def check_replayed(work: Conversations, session_id: UUID) -> None:
    """Every answer is stored as it came, and every request holds the ones before it as they came."""
    answers = [
        entry.response["content"] for entry in work.fake.journal.messages if entry.response is not None
    ]
    assert [content for role, content in work.stored(session_id) if role == "assistant"] == answers
    seen: list[Json] = []
    for entry, answer in zip(work.fake.journal.messages, answers, strict=True):
        sent = [b for m in entry.body["messages"] if m["role"] == "assistant" for b in m["content"]]
        assert sent == seen
        seen += answer


async def test_the_summary_is_stored_and_sent_back_like_any_block(work: Conversations) -> None:
    session_id, agent_id = await work.client.new_session(), await compacting(work)
    work.fake.script(["Yes.", "Snow.", "Sure."])
    response = await work.ask(session_id, agent_id, LONG)
    assert (response.text, response.state) == ("Yes.", "completed")
    assert kinds(work.stored(session_id)[1][1]) == ["compaction", "text"]
    for answer in ("Snow.", "Sure."):
        assert (await work.ask(session_id, agent_id, "And now?")).text == answer
    check_replayed(work, session_id)
    usages = [entry.response["usage"] for entry in work.fake.journal.messages if entry.response]
    assert ["iterations" in usage for usage in usages] == [True, False, False]
    assert usages[2]["cache_read_input_tokens"] + usages[2]["input_tokens"] < 1000


async def test_in_a_tool_loop_it_happens_where_the_results_grow_too_long(work: Conversations) -> None:
    session_id, agent_id = await work.client.new_session(), await compacting(work)
    work.results.update(long=LONG, short="Snow.")
    work.fake.script(
        [
            reply(thinking("First."), call("give", key="long")),
            reply(thinking("Then."), call("give", key="short")),
            reply(thinking("So."), "Snow."),
        ]
    )
    response = await work.ask(session_id, agent_id, "Look.")
    assert (response.text, response.tool_iterations) == ("Snow.", 2)
    contents = [kinds(content) for role, content in work.stored(session_id) if role == "assistant"]
    assert contents == [
        ["thinking", "tool_use"],
        ["compaction", "thinking", "tool_use"],
        ["thinking", "text"],
    ]
    check_replayed(work, session_id)


async def test_a_run_that_pauses_behind_the_summary_goes_on_by_itself(work: Conversations) -> None:
    session_id, agent_id = (
        await work.client.new_session(),
        await compacting(work, pause_after_compaction=True),
    )
    work.fake.script([compaction("They spoke of x."), reply(thinking("Hm."), "Yes."), "Snow."])
    response = await work.ask(session_id, agent_id, LONG)
    assert (response.text, response.stop_reason, response.iteration_count) == ("Yes.", "end_turn", 2)
    contents = [content for role, content in work.stored(session_id) if role == "assistant"]
    assert [kinds(content) for content in contents] == [["compaction"], ["thinking", "text"]]
    assert contents[0][0]["content"] == "They spoke of x."
    assert (await work.ask(session_id, agent_id, "And now?")).text == "Snow."
    check_replayed(work, session_id)
    paused, *_ = work.rows("select stop_reason from agentpg.run_iterations(%s)", response.run_id)
    assert paused["stop_reason"] == "compaction"


async def test_each_step_is_paid_for_and_none_twice(work: Conversations) -> None:
    session_id, agent_id = await work.client.new_session(), await compacting(work)
    response = await work.ask(session_id, agent_id, LONG)
    (entry,) = work.fake.journal.messages
    assert entry.response is not None
    summary, answer = entry.response["usage"]["iterations"]
    prices = {
        "input_tokens": 4,
        "output_tokens": 20,
        "cache_read_input_tokens": 0.2,
        "cache_creation_input_tokens": 5,
    }
    paid = sum(step[name] * price for step in (summary, answer) for name, price in prices.items()) / 1_000_000
    assert float(response.cost_usd or 0) == pytest.approx(paid)
    assert answer["input_tokens"] < 1000
    assert response.usage.total_input > 50_000


async def test_in_a_batch_it_is_the_same(work: Conversations) -> None:
    session_id, agent_id = await work.client.new_session(), await compacting(work)
    work.fake.script([reply(compaction("They spoke of x."), thinking("Hm."), "Yes."), "Snow."])
    assert (await work.ask(session_id, agent_id, LONG, batch=True)).text == "Yes."
    assert (await work.ask(session_id, agent_id, "And now?", batch=True)).text == "Snow."
    (_, first), (_, answer), *_ = work.stored(session_id)
    assert kinds(answer) == ["compaction", "thinking", "text"]
    assert [message["content"] for message in work.sent()[1]["messages"][:2]] == [first, answer]


async def test_edits_clear_what_the_model_reads_and_nothing_that_is_stored(work: Conversations) -> None:
    keep_none = {"keep": {"type": "tool_uses", "value": 0}, "trigger": {"type": "tool_uses", "value": 1}}
    edits = [{"type": "clear_thinking_20251015"}, {"type": "clear_tool_uses_20250919", **keep_none}]
    session_id = await work.client.new_session()
    agent_id = await work.agent_like(MODEL, config=choosing(*edits))
    work.results["x"] = "Snow " * 1000
    for _ in range(2):
        work.fake.script([reply(thinking("Hm. " * 100), call("give", key="x")), "Snow."])
        assert (await work.ask(session_id, agent_id, "Look.")).state == "completed"
    answers = [entry.response for entry in work.fake.journal.messages if entry.response]
    applied = [[each["type"] for each in answer["context_management"]["applied_edits"]] for answer in answers]
    tools, thoughts = "clear_tool_uses_20250919", "clear_thinking_20251015"
    assert applied == [[], [tools], [tools], [thoughts, tools]]
    check_replayed(work, session_id)
    results = [b for role, content in work.stored(session_id) if role == "user" for b in content]
    assert [b["content"] for b in results if b["type"] == "tool_result"] == [work.results["x"]] * 2


async def test_an_agent_that_sends_the_beta_alone_may_go_on_with_the_session(work: Conversations) -> None:
    session_id, agent_id = await work.client.new_session(), await compacting(work)
    work.fake.script([reply(thinking("Hm."), "Yes."), "Snow.", "Sure."])
    await work.ask(session_id, agent_id, LONG)
    other = await work.agent_like(MODEL, config={"request": {"betas": BETAS}})
    for one in (other, agent_id):
        response = await work.ask(session_id, one, "And now?")
        assert response.state == "completed", response.error_message


async def test_the_request_is_valid_without_what_came_before_the_summary(work: Conversations) -> None:
    """The API ignores it; sending it costs bytes alone."""
    session_id, agent_id = await work.client.new_session(), await compacting(work)
    work.fake.script([reply(thinking("Hm."), "Yes."), "Snow."])
    await work.ask(session_id, agent_id, LONG)
    await work.ask(session_id, agent_id, "And now?")
    body = work.sent()[-1]
    assert validate_request(body, BETAS) is None
    assert validate_request({**body, "messages": body["messages"][1:]}, BETAS) is None
