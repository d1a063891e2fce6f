"""The code of docs/howto/run-in-batches.md runs."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from agentpg import AsyncClient, RunOptions
from agentpg_executor import Executor
from agentpg_executor.testing import FakeClaude
from fixtures.databases import Database

from .test_howtos import marked_blocks

PAGE = Path(__file__).parents[3] / "docs" / "howto" / "run-in-batches.md"


async def test_the_page(database: Database, fake_claude: FakeClaude, monkeypatch: pytest.MonkeyPatch) -> None:
    blocks = [(language, text) for language, text, _ in marked_blocks(PAGE)]
    assert [language for language, _ in blocks] == ["python", "sql", "python"]
    start, look, options = (text for _, text in blocks)
    monkeypatch.setenv("DATABASE_URL", database.dsn)
    fake_claude.batches.seconds = 0.2
    fake_claude.script(["Positive."])
    names: dict[str, Any] = {"texts": ["I like it."]}
    async with AsyncClient(database.dsn) as client:
        await client.configure(
            {"batch_max_wait": "0", "batch_poll_interval": "100 ms", "batch_max_poll_interval": "100 ms"}
        )
        async with Executor(
            database.dsn, api_key=fake_claude.api_key, base_url=fake_claude.base_url, poll_interval=0.1
        ):
            await asyncio.to_thread(exec, start, names)
        assert names["answers"] == ["Positive."]
        with database.connect() as conn:
            (row,) = conn.execute(look.encode()).fetchall()
        assert (row["state"], row["settled"]) == ("ingested", 1)
        exec(options, names)
        agent = await client.get_agent_by_name("labeller")
        given = RunOptions(stream_after_turns=1)
        run_id = await client.run(await client.new_session(), agent.id, "Hm.", options=given)
        assert (await client.get_run(run_id)).options == {"stream_after_turns": 1}
