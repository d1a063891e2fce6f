"""One-step runs, created before, in a database with many that have ended."""

from __future__ import annotations

import asyncio

from bench.multiply import multiply
from bench.noop_model import NoopModel
from bench.product import check_completed, create_runs, make_agent, until_ended, worker
from bench.subject import Subject

ORIGINALS = 100


async def drain(subject: Subject, runs: int) -> None:
    model = NoopModel()
    executor = worker(subject.dsn, model)
    subject.start()
    async with executor:
        await until_ended(executor, model, runs)
        subject.end(runs)


async def make_history(subject: Subject, count: int) -> None:
    """A few runs that went their way, and copies of them."""
    model = NoopModel()
    async with worker(subject.dsn, model) as executor:
        await until_ended(executor, model, min(count, ORIGINALS))
    multiply(subject.dsn, count)


def main() -> None:
    subject = Subject.from_arguments()
    history, runs = subject.number("history"), subject.number("runs")
    agent_id = make_agent(subject.dsn)
    if history:
        create_runs(subject.dsn, agent_id, min(history, ORIGINALS))
        asyncio.run(make_history(subject, history))
    create_runs(subject.dsn, agent_id, runs)
    asyncio.run(drain(subject, runs))
    check_completed(subject.dsn, history + runs)


if __name__ == "__main__":
    main()
