"""Long conversations from Python: sizes, compactions by call and by a function of one's own, restoring."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from agentpg import AsyncClient, Client, CompactionState, Message, RunOptions
from agentpg.errors import (
    CompactionConflict,
    InvalidCompaction,
    InvalidCompactionPlan,
    NothingToRestore,
    SessionBusy,
)
from agentpg_executor.executor import Executor
from agentpg_executor.testing import FakeClaude, call, reply, text
from agentpg_executor.tools import tool

SMALL = {
    "max_context_tokens": 20000,
    "target_tokens": 8000,
    "keep_last": 2,
    "protected_tokens": 2100,
    "summarizer_max_tokens": 500,
}


@tool
def look(page: int) -> str:
    """Read a page."""
    return f"page {page} " + "z" * 9000


async def talk(client: AsyncClient, agent_id: UUID, session_id: UUID, turns: int) -> None:
    for number in range(1, turns + 1):
        answer = await client.run_fast_sync(session_id, agent_id, f"p{number} " + "x" * 4000, timeout=30)
        assert answer.text.startswith("a")


async def test_a_context_is_measured_compacted_and_restored(database: Any) -> None:
    with FakeClaude.in_thread() as fake:
        fake.rules.add(lambda request: "Summarize" in str(request.body["messages"][-1]), text("What was said."))
        fake.script([text(f"a{number} " + "y" * 4000) for number in range(1, 7)])
        async with (
            AsyncClient(database) as client,
            Executor(str(database), base_url=fake.base_url, api_key=fake.api_key),
        ):
            agent = await client.create_agent("a", model="claude-sonnet-5-5")
            session_id = await client.new_session(compaction=SMALL)
            await talk(client, agent.id, session_id, 5)
            stats = await client.get_compaction_stats(session_id)
            assert (stats.messages, stats.context_messages, stats.counted) == (10, 10, True)
            assert stats.max_context_tokens == 20000
            assert stats.context_tokens > 5000
            assert not stats.needs_compaction
            assert await client.compact_if_needed(session_id) is None

            compaction = await client.compact(session_id)
            assert compaction is not None
            assert compaction.run_id is not None
            written = await client.wait_for_run(compaction.run_id, timeout=30)
            assert written.text == "What was said."
            (compaction,) = await client.list_compactions(session_id)
            assert compaction.state is CompactionState.APPLIED
            assert compaction.cut_seq == 8
            assert compaction.summary == "What was said."
            assert compaction.duration is not None
            assert (await client.get_compaction_stats(session_id)).context_messages == 3
            await client.run_fast_sync(session_id, agent.id, "And now?", timeout=30)
            shown = fake.journal.messages[-1].body["messages"]
            assert "What was said." in shown[0]["content"][0]["text"]
            assert len(shown) == 3

            undone = await client.restore_compaction(session_id)
            assert undone.id == compaction.id
            with pytest.raises(NothingToRestore):
                await client.restore_compaction(session_id)
            assert (await client.get_compaction_stats(session_id)).context_messages == 12
