"""Tool loops in sessions that have a long past: what the length of the transcript costs a step.

Before the clock runs each session gets one loop of `messages` messages, by the same worker.
"""

from __future__ import annotations

import asyncio

import psycopg

from bench.noop_model import NoopModel
from bench.product import check_completed, create_runs, make_agent, until_ended, worker
from bench.subject import Subject

NO_LIMITS = '{"max_iterations": 65535, "auto_compaction": false}'
AGAIN = (
    "select agentpg.create_run(id, %s, 'Go.', options => %s)"
    " from (select id from agentpg.sessions order by id) as s"
)


async def loops(subject: Subject, agent_id: str, sessions: int, messages: int, iterations: int) -> None:
    past = NoopModel(messages // 2, tool="noop")
    async with worker(subject.dsn, past) as executor:
        await until_ended(executor, past, sessions)
    with psycopg.connect(subject.dsn, autocommit=True) as conn:
        conn.execute(AGAIN.encode(), [agent_id, NO_LIMITS])
        conn.execute("vacuum analyze")
    # It tells an iteration by the messages of the request: those of the past, and the answer that ended it.
    model = NoopModel(messages // 2 + 1 + iterations, tool="noop")
    executor = worker(subject.dsn, model)
    subject.start()
    async with executor:
        await until_ended(executor, model, sessions)
        subject.end(sessions * iterations * 2)


def main() -> None:
    subject = Subject.from_arguments()
    sessions, iterations = subject.number("sessions"), subject.number("iterations")
    agent_id = make_agent(subject.dsn)
    create_runs(subject.dsn, agent_id, sessions, NO_LIMITS)
    asyncio.run(loops(subject, agent_id, sessions, subject.number("messages"), iterations))
    check_completed(subject.dsn, 2 * sessions)


if __name__ == "__main__":
    main()
