"""One-step runs, created before, while a snapshot is held: no dead row can be removed. Is claiming slower?

`figures` has the rate of the first and of the last tenth. With creation, a run makes three transitions.
"""

from __future__ import annotations

import asyncio
import time

import psycopg

from bench.noop_model import NoopModel
from bench.product import check_completed, make_agent, make_backlog, until_ended, worker
from bench.subject import Subject

TENTHS = 10


async def drain(subject: Subject, runs: int) -> None:
    model = NoopModel()
    executor = worker(subject.dsn, model)
    at: list[float] = []
    subject.start()
    begun = time.perf_counter()
    async with executor:
        for tenth in range(1, TENTHS + 1):
            await until_ended(executor, model, tenth * runs // TENTHS)
            at.append(time.perf_counter() - begun)
        first, last = at[0], at[-1] - at[-2]
        figures = {
            "first tenth/s": runs / TENTHS / first,
            "last tenth/s": runs / TENTHS / last,
            "slower by": last / first,
        }
        subject.end(runs, figures=figures)


def main() -> None:
    subject = Subject.from_arguments()
    runs = subject.number("runs")
    make_backlog(subject.dsn, make_agent(subject.dsn), runs)
    with psycopg.connect(subject.dsn) as holder:
        if subject.parameters["held"]:
            holder.execute("set transaction isolation level repeatable read")
            holder.execute("select count(*) from agentpg.runs")
        asyncio.run(drain(subject, runs))
    check_completed(subject.dsn, runs)


if __name__ == "__main__":
    main()
