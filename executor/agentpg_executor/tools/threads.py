"""Daemon threads for synchronous tool bodies.

A body that outlives its timeout cannot be stopped. Its thread is abandoned: it no longer counts as busy
for its caller, its late result is dropped, and it returns to the pool if it ever ends. The pool grows to
replace it, up to a cap, so that a few hung bodies do not stop the others and many cannot eat the machine.
"""

from __future__ import annotations

import asyncio
import contextvars
import logging
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

R = TypeVar("R")

logger = logging.getLogger("agentpg.tools")


class NoThreadFree(RuntimeError):
    """Every thread of the pool is busy or abandoned."""


@dataclass(eq=False)
class Job:
    """One body on a thread. `future` gets the value; it is cancelled when the caller stops waiting."""

    call: Callable[[], Any]
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]
    label: str
    abandoned: bool = False
    finished: bool = False


class ThreadPool:
    """At most `max_threads` daemon threads, started on demand and kept. They never hold up process exit."""

    def __init__(self, max_threads: int, name: str = "agentpg-tool") -> None:
        self._max = max(1, max_threads)
        self._name = name
        self._lock = threading.Lock()
        self._idle = 0
        self._threads = 0
        self._abandoned = 0
        self._quiet = threading.Event()
        self._quiet.set()
        self._started = 0
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()

    @property
    def abandoned(self) -> int:
        """Bodies that still run although nobody waits for them."""
        return self._abandoned

    @property
    def threads(self) -> int:
        return self._threads

    def submit(self, call: Callable[[], R], label: str) -> tuple[Job, asyncio.Future[R]]:
        """Starts `call` on a thread, in a copy of the caller's context. Raises `NoThreadFree` at the cap."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[R] = loop.create_future()
        context = contextvars.copy_context()
        job = Job(lambda: context.run(call), loop, future, label)
        with self._lock:
            if self._idle > 0:
                self._idle -= 1
            elif self._threads < self._max:
                self._threads += 1
                self._started += 1
                threading.Thread(target=self._work, name=f"{self._name}-{self._started}", daemon=True).start()
            else:
                logger.error(
                    "no thread for tool %s: all %d are in use, %d by calls that outlived their timeout; "
                    "make those tools end, or restart this executor",
                    label,
                    self._max,
                    self._abandoned,
                )
                raise NoThreadFree(
                    f"all {self._max} tool threads of this executor are in use "
                    f"({self._abandoned} by calls that outlived their timeout)"
                )
            self._jobs.put(job)
        return job, future

    def abandon(self, job: Job) -> None:
        """Stop waiting for `job`. Its late result is dropped."""
        with self._lock:
            if job.abandoned or job.finished:
                return
            job.abandoned = True
            self._abandoned += 1
            self._quiet.clear()
        job.future.cancel()
        logger.warning("tool %s still runs after it was given up; its late result will be dropped", job.label)

    async def drained(self) -> None:
        """Returns once no abandoned body runs any more."""
        await asyncio.to_thread(self._quiet.wait)

    def close(self) -> None:
        """Lets idle threads end. Threads inside a body end when the body does, or with the process."""
        with self._lock:
            idle, self._idle = self._idle, 0
            self._max = 0
        for _ in range(idle):
            self._jobs.put(None)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            value: Any = None
            error: BaseException | None = None
            try:
                value = job.call()
            except BaseException as raised:
                error = raised
            with self._lock:
                job.finished = True
                late = job.abandoned
                if late:
                    self._abandoned -= 1
                    if self._abandoned == 0:
                        self._quiet.set()
                keep = self._threads <= self._max
                if keep:
                    self._idle += 1
                else:
                    self._threads -= 1
            if late:
                logger.warning("tool %s ended long after it was given up; its result was dropped", job.label)
            else:
                _deliver(job, value, error)
            del job, value, error
            if not keep:
                return
        with self._lock:
            self._threads -= 1


def _deliver(job: Job, value: Any, error: BaseException | None) -> None:
    def settle() -> None:
        if job.future.done():
            return
        if error is None:
            job.future.set_result(value)
        else:
            # Wrapped: a SystemExit or StopIteration must not reach the event loop as itself.
            failure = RuntimeError(f"the thread of tool {job.label} failed")
            failure.__cause__ = error
            job.future.set_exception(failure)

    try:
        job.loop.call_soon_threadsafe(settle)
    except RuntimeError:
        logger.debug("the event loop closed before tool %s ended", job.label)
