"""AgentPG, this checkout.

One executor with 256 runs at once, its defaults otherwise; the model is a stand-in for the SDK's client in
its process (bench/noop_model.py). Runs are created by SQL, session and run in one statement.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import time
from multiprocessing.connection import Connection

from agentpg import Client
from agentpg.migrate import migrate

from bench.noop_model import NoopModel
from bench.product import (
    Enqueuer,
    check_completed,
    create_runs,
    make_agent,
    make_backlog,
    until_ended,
    worker,
)
from bench.subject import Subject


async def one_step_runs(subject: Subject) -> None:
    count = subject.number("runs")
    enqueuer = Enqueuer(subject.dsn, make_agent(subject.dsn), count, subject.number("callers"))
    model = NoopModel()
    async with worker(subject.dsn, model) as executor:
        await until_ended(executor, model, 1)
        subject.start()
        enqueuer.go()
        await until_ended(executor, model, count)
        subject.end(count)
    enqueuer.wait()
    check_completed(subject.dsn, count)


async def drain(subject: Subject, pending: int, count: int) -> None:
    make_backlog(subject.dsn, make_agent(subject.dsn), pending)
    model = NoopModel()
    executor = worker(subject.dsn, model)
    subject.start()
    async with executor:
        await until_ended(executor, model, count)
        subject.end(count)
        await executor.stop(0)
    check_completed(subject.dsn, count)


async def loop(subject: Subject) -> None:
    runs, iterations = subject.number("runs"), subject.number("iterations")
    create_runs(subject.dsn, make_agent(subject.dsn), runs)
    model = NoopModel(iterations, tool="noop")
    executor = worker(subject.dsn, model)
    subject.start()
    async with executor:
        await until_ended(executor, model, runs)
        subject.end(runs * iterations * 2, note="its closing model step, which is stored too, is not counted")
    check_completed(subject.dsn, runs)


def work(dsn: str, pipe: Connection) -> None:
    """The worker's process: says when each model call begins, until it hears something."""

    async def serve() -> None:
        async with worker(dsn, NoopModel(told=pipe.send)):
            pipe.send(0.0)
            await asyncio.to_thread(pipe.recv)

    asyncio.run(serve())


def latency(subject: Subject) -> None:
    calls = subject.number("calls")
    agent_id = make_agent(subject.dsn)
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=work, args=(subject.dsn, there))
    process.start()
    here.recv()
    begun: list[float] = []
    ended: list[float] = []
    with Client(subject.dsn) as client:
        subject.start()
        for number in range(-1, calls):
            session_id = client.new_session()
            time.sleep(0.02)
            created = time.time()
            client.wait_for_run(client.run_fast(session_id, agent_id, "Go."))
            finished = time.time()
            at = here.recv()
            if number >= 0:
                begun.append((at - created) * 1000)
                ended.append((finished - created) * 1000)
        subject.end(
            calls,
            latencies_ms={"start": begun, "result": ended},
            note="it hears of work by notification: there is nothing to tune",
        )
    here.send("end")
    process.join()


def main() -> None:
    subject = Subject.from_arguments()
    match subject.case:
        case "setup":
            migrate(subject.dsn)
        case "runs":
            asyncio.run(one_step_runs(subject))
        case "drain":
            asyncio.run(drain(subject, subject.number("runs"), subject.number("runs")))
        case "backlog":
            asyncio.run(drain(subject, subject.number("pending"), subject.number("drain")))
        case "loop":
            asyncio.run(loop(subject))
        case "latency":
            latency(subject)
        case other:
            subject.cannot(f"no case {other}")


if __name__ == "__main__":
    main()
