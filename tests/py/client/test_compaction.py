"""Long conversations from Python: sizes, compactions by call and by a function of one's own, restoring."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest
from agentpg import AsyncClient, Client, CompactionState, Message, RunOptions, events
from agentpg.errors import (
    CompactionConflict,
    InvalidCompaction,
    InvalidCompactionPlan,
    NothingToRestore,
    SessionBusy,
)
from agentpg_executor.cli import main
from agentpg_executor.executor import Executor
from agentpg_executor.testing import FakeClaude

SMALL = {
    "max_context_tokens": 20000,
    "target_tokens": 8000,
    "keep_last": 2,
    "protected_tokens": 2100,
    "summarizer_max_tokens": 500,
}


def answer_by_turn(fake: FakeClaude) -> None:
    """Summaries are asked for in words of their own; every other turn is answered with 4,000 characters."""
    fake.script(["What was said."], match="Summarize the conversation", repeat=True)
    fake.script(["an answer " + "y" * 4000], repeat=True)


async def talk(client: AsyncClient, agent_id: UUID, session_id: UUID, turns: int) -> None:
    for number in range(1, turns + 1):
        await client.run_fast_sync(session_id, agent_id, f"p{number} " + "x" * 4000, timeout=60)


async def test_a_context_is_measured_compacted_and_restored(database: Any, fake_claude: FakeClaude) -> None:
    answer_by_turn(fake_claude)
    async with (
        AsyncClient(database) as client,
        Executor(str(database), base_url=fake_claude.base_url, api_key=fake_claude.api_key),
    ):
        agent = await client.create_agent("a", model="claude-sonnet-5-5")
        session_id = await client.new_session(compaction=SMALL)
        await talk(client, agent.id, session_id, 5)
        stats = await client.get_compaction_stats(session_id)
        assert (stats.messages, stats.context_messages, stats.counted) == (10, 10, True)
        assert stats.max_context_tokens == 20000
        assert stats.context_tokens > 5000
        assert not stats.needs_compaction
        assert not await client.needs_compaction(session_id)
        assert await client.compact_if_needed(session_id) is None

        begun = await client.compact(session_id)
        assert begun is not None
        assert begun.run_id is not None
        written = await client.wait_for_run(begun.run_id, timeout=60)
        assert written.text == "What was said."
        (done,) = await client.list_compactions(session_id)
        assert (done.id, done.state, done.cut_seq, done.summary) == (
            begun.id,
            CompactionState.APPLIED,
            8,
            "What was said.",
        )
        assert done.duration is not None
        assert (await client.get_compaction_stats(session_id)).context_messages == 3
        await client.run_fast_sync(session_id, agent.id, "And now?", timeout=60)
        shown = fake_claude.journal.messages[-1].body["messages"]
        assert "What was said." in shown[0]["content"][0]["text"]
        assert len(shown) == 3

        assert (await client.restore_compaction(session_id)).id == begun.id
        with pytest.raises(NothingToRestore):
            await client.restore_compaction(session_id)
        assert (await client.get_compaction_stats(session_id)).context_messages == 12


async def test_a_run_compacts_by_itself_and_says_so(database: Any, fake_claude: FakeClaude) -> None:
    answer_by_turn(fake_claude)
    async with (
        AsyncClient(database) as client,
        Executor(str(database), base_url=fake_claude.base_url, api_key=fake_claude.api_key),
    ):
        agent = await client.create_agent("a", model="claude-sonnet-5-5")
        session_id = await client.new_session(compaction={**SMALL, "trigger": 0.48})
        await talk(client, agent.id, session_id, 5)
        run_id = await client.run_fast(session_id, agent.id, "And now?")
        said = [event async for event in client.stream(run_id)]
        assert [
            type(event)
            for event in said
            if isinstance(event, events.CompactionStarted | events.CompactionFinished)
        ] == [
            events.CompactionStarted,
            events.CompactionFinished,
        ]
        told = "".join(event.text for event in said if isinstance(event, events.TextDelta))
        assert "What was said." not in told, "a summary is nothing the user is to see"
        (done,) = await client.list_compactions(session_id)
        assert (done.state, done.cause, done.run_id) == (CompactionState.APPLIED, "automatic", run_id)
        assert [one.trigger_type for one in await client.run_iterations(run_id)] == [
            "compaction",
            "user_prompt",
        ]


def test_a_strategy_of_ones_own_is_checked(database: Any, answerer: Any) -> None:
    with Client(database) as client:
        agent = client.create_agent("a", model="claude-sonnet-5-5")
        session_id = client.new_session()
        for number in range(3):
            answerer.finish(client.run_fast(session_id, agent.id, f"p{number}"), f"a{number}")

        def keep_last_turn(plan: Any, messages: list[Message]) -> dict[str, object]:
            assert plan is None, "nothing is near any limit"
            assert [message.seq for message in messages] == [1, 2, 3, 4, 5, 6]
            return {"cut_seq": messages[-3].seq, "summary": "p0 to a1"}

        done = client.compact_by(session_id, keep_last_turn)
        assert done is not None
        assert (done.state, done.messages_removed) == (CompactionState.APPLIED, 4)
        assert client.compact_by(session_id, lambda plan, messages: None) is None
        seen: list[int] = []
        client.compact_by(session_id, lambda plan, messages: seen.extend(m.seq for m in messages))
        assert seen == [5, 6]
        with pytest.raises(InvalidCompactionPlan):
            client.compact_by(session_id, lambda plan, messages: {"cut_seq": 5})
        with pytest.raises(CompactionConflict):
            client.apply_compaction(session_id, {"base_id": None, "cut_seq": 6, "summary": "S"})
        with pytest.raises(InvalidCompaction, match="trigger must be a share"):
            client.compact_with_config(session_id, {"trigger": 2})
        client.run_fast(session_id, agent.id, "p3", options=RunOptions(auto_compaction=False))
        with pytest.raises(SessionBusy):
            client.restore_compaction(session_id)


def test_the_command_line_shows_compacts_and_restores(
    database: Any, answerer: Any, capsys: Any, monkeypatch: Any, fake_claude: FakeClaude
) -> None:
    monkeypatch.setenv("DATABASE_URL", str(database))
    monkeypatch.setenv("ANTHROPIC_BASE_URL", fake_claude.base_url)
    monkeypatch.setenv("ANTHROPIC_API_KEY", fake_claude.api_key)
    with Client(database) as client:
        agent = client.create_agent("a", model="claude-sonnet-5-5")
        session_id = client.new_session(compaction=SMALL)
        for number in range(5):
            answerer.finish(client.run_fast(session_id, agent.id, "x" * 4000), f"a{number} " + "y" * 4000)
        assert main(["sessions", "context", str(session_id), "--count"]) == 0
        shown = capsys.readouterr().out
        counted = client.get_compaction_stats(session_id).context_tokens
        assert f"{counted:,} tokens" in shown
        assert counted > 9000, "the API counted all of it, our answerer said 20"
        assert fake_claude.journal.count("count_tokens") == 1

        assert main(["sessions", "compact", str(session_id), "--dry-run"]) == 0
        plan = json.loads(capsys.readouterr().out)["plan"]
        assert plan["cut_seq"] == 8
        assert client.list_compactions(session_id) == []
        client.apply_compaction(session_id, {**plan, "summary": "What was said."})
        assert main(["sessions", "context", str(session_id), "-o", "json"]) == 0
        said = json.loads(capsys.readouterr().out)
        assert said["context"]["context_messages"] == 3
        assert [one["state"] for one in said["compactions"]] == ["applied"]
        assert main(["sessions", "compact", str(session_id), "--if-needed"]) == 0
        assert "nothing to do" in capsys.readouterr().err
        assert main(["sessions", "restore", str(session_id)]) == 0
        assert main(["sessions", "restore", str(session_id)]) != 0
        assert "no compaction in force" in capsys.readouterr().err
        assert main(["sessions", "compact", str(session_id), "--config", '{"trigger": 7}']) == 2
        assert "trigger must be a share" in capsys.readouterr().err
        assert main(["sessions", "compact", str(session_id)]) == 0
        assert "summarizing" in capsys.readouterr().out
