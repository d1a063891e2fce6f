"""Runs in batch mode from creation to result: the real SDK, and a fake whose batches take a second.

The provider's second and the polls are in the time; the costs of Postgres and executor are what it is about.
"""

from __future__ import annotations

import asyncio
import json

import psycopg
from agentpg_executor.executor import Executor

from bench.fake import API_KEY, Fake
from bench.noop_model import TEXT
from bench.product import check_completed, create_runs, make_agent
from bench.subject import Subject

SETTINGS = {
    "batch_max_wait": "0 seconds",
    "batch_poll_interval": "1 second",
    "batch_max_poll_interval": "1 second",
    "batch_max_requests": "100000",
}
UNFINISHED = "select count(*) from agentpg.runs where finalized_at is null"


async def work(subject: Subject, fake: Fake, runs: int) -> None:
    executor = Executor(subject.dsn, api_key=API_KEY, base_url=fake.base_url)
    async with await psycopg.AsyncConnection.connect(subject.dsn, autocommit=True) as conn:
        subject.start({"fake": fake.pid})
        async with executor:
            while row := await (await conn.execute(UNFINISHED)).fetchone():
                if not row[0]:
                    break
                await asyncio.sleep(0.1)
            subject.end(runs)


def main() -> None:
    subject = Subject.from_arguments()
    runs = subject.number("runs")
    agent_id = make_agent(subject.dsn, tools="{}")
    with psycopg.connect(subject.dsn, autocommit=True) as conn:
        conn.execute("select agentpg.configure(%s)", [json.dumps(SETTINGS)])
    create_runs(subject.dsn, agent_id, runs, mode="batch")
    turns = {"scripts": [{"turns": [TEXT], "per_conversation": True, "repeat": True}]}
    with Fake(turns, "--batch-seconds", "1") as fake:
        asyncio.run(work(subject, fake, runs))
    check_completed(subject.dsn, runs)


if __name__ == "__main__":
    main()
