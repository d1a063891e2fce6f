"""The cases for a product that keeps its work in a queue: what each asks of it, and how it is measured.

One worker process does the work; whoever creates runs while it works, or waits for them, is a second process.
"""

from __future__ import annotations

import asyncio
import random
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, suppress
from functools import partial
from typing import Any

from bench.subject import Subject
from bench.subjects._companion import Companion
from bench.subjects._progress import Progress
from bench.subjects._serve import Cases, result_of, started

CHAINED = "No steps: a run is a chain of jobs, each carries its result to the next."


class Queue(ABC):
    """One product: how its schema is made, how a run is created and waited for, and how a worker works."""

    settings = ""
    """What is set to other than its default, unless the case wants the defaults."""
    bulk = ""
    """How runs are created where they are all there before the work begins."""
    has_steps = True

    def __init__(self, subject: Subject) -> None:
        self.dsn = subject.dsn
        self.tuned = subject.parameters.get("settings") != "default"
        self.result = result_of(subject)
        self.callers: int = subject.parameters.get("callers", 1)
        self.progress = Progress()

    @abstractmethod
    async def install(self) -> None:
        """Makes the schema and the queue."""

    @abstractmethod
    def client(self) -> AbstractAsyncContextManager[None]:
        """Runs can be created, waited for and counted."""

    @abstractmethod
    def worker(self) -> AbstractAsyncContextManager[None]:
        """Runs are worked on, and `progress` is told of it."""

    @abstractmethod
    async def create(self, run: int, steps: int) -> Any:
        """Creates a run; returns what `wait_for` takes."""

    @abstractmethod
    async def wait_for(self, created: Any) -> None:
        """Waits for a run's result as the product's clients do."""

    @abstractmethod
    async def unfinished(self) -> int:
        """How many runs the database holds as not finished."""

    async def create_many(self, runs: int, steps: int) -> None:
        for run in range(runs):
            await self.create(run, steps)

    async def fill(self, runs: int) -> None:
        """Makes a backlog of one-step runs, by `create_many` unless that takes minutes."""
        await self.create_many(runs, 1)

    async def finished(self, runs: int) -> None:
        """So many runs have ended, and the database says that none is open."""
        await self.progress.reaches(runs)
        while await self.unfinished():  # noqa: ASYNC110 - the worker writes, and tells nobody
            await asyncio.sleep(0.002)

    def note(self, case: str) -> str:
        chained = CHAINED if case == "loop" and not self.has_steps else ""
        bulk = self.bulk if case in ("drain", "loop", "backlog") else ""
        return " ".join(filter(None, [chained, self.settings if self.tuned else "", bulk]))


async def _setup(queue: Queue, subject: Subject) -> None:
    await queue.install()


async def _runs(queue: Queue, subject: Subject) -> None:
    companion = await Companion.of(subject)
    async with queue.client(), queue.worker():
        await started(subject)
        await companion.work()
        await queue.finished(subject.number("runs"))
        subject.end(subject.number("runs"), note=queue.note("runs"))


async def _worked_off(queue: Queue, subject: Subject, items: int, done: Callable[[], Any]) -> None:
    """The worker comes up after the start, as it begins at once; the time that takes is left out."""
    await started(subject)
    async with queue.client():
        async with queue.worker():
            up_at = time.time()
            await done()
            ended_at = time.time()
            began_at = min(up_at, *queue.progress.begun_at.values())
            subject.end(items, seconds=ended_at - began_at, note=queue.note(subject.case))


async def _drain(queue: Queue, subject: Subject) -> None:
    runs = subject.number("runs")
    async with queue.client():
        await queue.create_many(runs, 1)
    await _worked_off(queue, subject, runs, lambda: queue.finished(runs))


async def _loop(queue: Queue, subject: Subject) -> None:
    runs, steps = subject.number("runs"), 2 * subject.number("iterations")
    async with queue.client():
        await queue.create_many(runs, steps)
    await _worked_off(queue, subject, runs * steps, lambda: queue.finished(runs))


async def _backlog(queue: Queue, subject: Subject) -> None:
    drain = subject.number("drain")
    async with queue.client():
        await queue.fill(subject.number("pending"))
    await _worked_off(queue, subject, drain, lambda: queue.progress.reaches(drain))


async def _latency(queue: Queue, subject: Subject) -> None:
    calls = subject.number("calls")
    companion = await Companion.of(subject)
    async with queue.client(), queue.worker():
        await started(subject)
        await companion.work()
        times = (await companion.worked())["latencies_ms"]
        begun = [1000 * queue.progress.begun_at[run] for run in range(calls)]
        subject.end(
            calls,
            latencies_ms={
                "start": [at - created for at, created in zip(begun, times["created"], strict=True)],
                "result": [
                    at - created for at, created in zip(times["waited"], times["created"], strict=True)
                ],
            },
            note=queue.note("latency"),
        )


async def _client(queue: Queue, subject: Subject) -> None:
    """The second process: its callers create runs one by one; in the case `latency` one waits for each."""
    waits = "calls" in subject.parameters
    runs = subject.number("calls" if waits else "runs")
    todo = iter(range(runs))
    created_at, waited_at = [], []

    async def caller() -> None:
        for run in todo:
            created_at.append(1000 * time.time())
            created = await queue.create(run, 1)
            if waits:
                await queue.wait_for(created)
                waited_at.append(1000 * time.time())
                # 20 ms, but whoever polls must not find every run at the same point of its sleep.
                await asyncio.sleep(random.uniform(0, 0.04))

    async with queue.client():
        await started(subject)
        await asyncio.gather(*(caller() for _ in range(queue.callers)))
        with suppress(SystemExit):  # The process that started it ends first.
            subject.end(runs, latencies_ms={"created": created_at, "waited": waited_at})


CASES = {
    "setup": _setup,
    "runs": _runs,
    "drain": _drain,
    "loop": _loop,
    "latency": _latency,
    "backlog": _backlog,
    "client": _client,
}


def cases_of(kind: Callable[[Subject], Queue]) -> Cases:
    """Every case, put to this product."""

    async def put(case: str, subject: Subject) -> None:
        await CASES[case](kind(subject), subject)

    return {case: partial(put, case) for case in CASES}
