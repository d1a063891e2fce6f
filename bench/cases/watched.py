"""Loops with and without somebody who watches their event streams, in a process of its own."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from typing import Any

import psycopg
from agentpg import AsyncClient

from bench.noop_model import NoopModel
from bench.product import check_completed, create_runs, make_agent, until_ended, worker
from bench.subject import Subject


async def watch(dsn: str) -> None:
    """Follows each run to its end."""
    async with AsyncClient(dsn) as client:

        async def follow(run_id: str) -> int:
            return len([event async for event in client.stream(run_id)])

        print("ready", flush=True)
        run_ids = json.loads(sys.stdin.readline())
        followed = asyncio.gather(*(follow(run_id) for run_id in run_ids))
        await asyncio.sleep(1.0)
        print("watching", flush=True)
        print(sum(await followed), flush=True)


def start_watching(dsn: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "bench.cases.watched", "watch", dsn]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdout.readline()
    with psycopg.connect(dsn, autocommit=True) as conn:
        run_ids = [str(run_id) for (run_id,) in conn.execute("select id from agentpg.runs")]
    process.stdin.write(json.dumps(run_ids) + "\n")
    process.stdin.flush()
    process.stdout.readline()
    return process


async def work(subject: Subject, runs: int, iterations: int, watcher: subprocess.Popen[str] | None) -> None:
    model = NoopModel(iterations, tool="noop")
    executor = worker(subject.dsn, model)
    figures: dict[str, float] = {}
    subject.start({} if watcher is None else {"watcher": watcher.pid})
    async with executor:
        await until_ended(executor, model, runs)
        if watcher is not None:
            assert watcher.stdout is not None
            told = await asyncio.to_thread(watcher.stdout.readline)
            figures["events heard of a run"] = int(told) / runs
        subject.end(runs * iterations * 2, figures=figures)


def main() -> None:
    subject = Subject.from_arguments()
    runs, iterations = subject.number("runs"), subject.number("iterations")
    how: Any = subject.parameters["events"]
    agent_id = make_agent(subject.dsn)
    create_runs(subject.dsn, agent_id, runs, json.dumps({"events": how != "off"}))
    watcher = start_watching(subject.dsn) if how == "watched" else None
    asyncio.run(work(subject, runs, iterations, watcher))
    if watcher is not None:
        watcher.wait()
    check_completed(subject.dsn, runs)


if __name__ == "__main__":
    if sys.argv[1] == "watch":
        asyncio.run(watch(sys.argv[2]))
    else:
        main()
