"""An executor with many runs in flight, each waiting for the fake by the real SDK: what memory it has."""

from __future__ import annotations

import asyncio
import os

from agentpg_executor.executor import Executor

from bench.fake import API_KEY, Fake
from bench.noop_model import TEXT
from bench.processes import memory
from bench.product import create_runs, make_agent, noop
from bench.subject import Subject

MB = 1024 * 1024


async def fly(subject: Subject, fake: Fake, runs: int) -> None:
    executor = Executor(
        subject.dsn, tools=[noop], api_key=API_KEY, base_url=fake.base_url, max_concurrent_runs=runs
    )
    before = memory(os.getpid())
    subject.start({"fake": fake.pid})
    async with executor:
        while executor.stats.model_calls < runs:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        # The requests are on their way; connections and answers that have begun take memory too.
        await asyncio.sleep(subject.parameters["settle"])
        during = memory(os.getpid())
        flying = executor.stats.active_runs
        if flying < runs:
            raise SystemExit(f"only {flying} of {runs} runs were in flight")
        subject.end(
            flying,
            figures={
                "MB in flight": during / MB,
                "MB before": before / MB,
                "KB a run": (during - before) / 1024 / runs,
            },
        )
        await executor.stop(0)


def main() -> None:
    subject = Subject.from_arguments()
    runs = subject.number("runs")
    create_runs(subject.dsn, make_agent(subject.dsn), runs)
    answer = {"text": TEXT, "delay": subject.parameters["delay"]}
    turns = {"scripts": [{"turns": [answer], "per_conversation": True, "repeat": True}]}
    with Fake(turns) as fake:
        asyncio.run(fly(subject, fake, runs))


if __name__ == "__main__":
    main()
