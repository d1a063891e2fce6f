"""Workers as processes of their own, started, stopped, frozen and killed by their pid."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

import psutil
from survival.polling import HANGING, eventually


class Nursery:
    """Forks workers; see nursery.py. One for the whole session."""

    def __init__(self) -> None:
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "survival.nursery"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        self._changed = threading.Condition()
        self._started: list[int] = []
        self._ended: dict[int, int] = {}
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            word, pid, *status = line.split()
            with self._changed:
                if word == "started":
                    self._started.append(int(pid))
                else:
                    self._ended[int(pid)] = int(status[0])
                self._changed.notify_all()

    def start(self, arguments: list[str], environment: Mapping[str, str], log: Path) -> int:
        """Forks a worker and returns its pid."""
        assert self._process.stdin is not None
        order = {"arguments": arguments, "environment": dict(environment), "log": str(log)}
        with self._changed:
            count = len(self._started)
            self._process.stdin.write(json.dumps(order) + "\n")
            self._process.stdin.flush()
            if not self._changed.wait_for(lambda: len(self._started) > count, 30):
                raise TimeoutError("the nursery does not answer")
            return self._started[-1]

    def exit_status(self, pid: int) -> int | None:
        """The exit code, below 0 the signal that ended it; None while it lives."""
        return self._ended.get(pid)

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join(10)
        if self._process.stdout is not None:
            self._process.stdout.close()


class Worker:
    """One `agentpg worker`."""

    def __init__(self, nursery: Nursery, pid: int, log: Path) -> None:
        self._nursery = nursery
        self.pid = pid
        self._log = log

    @property
    def log(self) -> str:
        return self._log.read_text(encoding="utf-8") if self._log.exists() else ""

    @property
    def exit_status(self) -> int | None:
        return self._nursery.exit_status(self.pid)

    def send(self, number: signal.Signals) -> None:
        if self.exit_status is None:
            os.kill(self.pid, number)

    async def kill(self) -> None:
        """SIGKILL, and it is gone when this returns."""
        self.send(signal.SIGKILL)
        await self.ended()

    async def freeze(self) -> None:
        """SIGSTOP, and it stands still when this returns."""
        self.send(signal.SIGSTOP)
        await eventually(self._stands_still, "it is stopped")

    def _stands_still(self) -> bool:
        # psutil, as there is no /proc on every system.
        return psutil.Process(self.pid).status() == psutil.STATUS_STOPPED

    def thaw(self) -> None:
        self.send(signal.SIGCONT)

    async def ended(self, within: float = HANGING) -> int:
        """Its exit code, once it has ended."""
        await eventually(lambda: self.exit_status is not None, f"worker {self.pid} ended", within)
        status = self.exit_status
        assert status is not None
        return status

    async def says(self, text: str, within: float = HANGING) -> None:
        """Until its log contains the text."""
        what = f"worker {self.pid} says {text!r}"
        await eventually(lambda: text in self.log, what, within, lambda: self.log)


class Fleet:
    """The workers of one test."""

    def __init__(self, nursery: Nursery, folder: Path, environment: Mapping[str, str]) -> None:
        self._nursery = nursery
        self._folder = folder
        self._environment = dict(environment)
        self._numbers = itertools.count(1)
        self.workers: list[Worker] = []

    def launch(self, dsn: str, *arguments: str, tools: bool = True, **environment: str) -> Worker:
        """A worker on its way up."""
        number = next(self._numbers)
        log = self._folder / f"worker-{number}.log"
        words = ["worker", "--name", f"worker {number}", "--grace", "20", "--log", "text", "--no-color", "-v"]
        words += ["--tools", "survival.tools"] if tools else []
        wanted = {**self._environment, "DATABASE_URL": dsn, **environment}
        worker = Worker(self._nursery, self._nursery.start([*words, *arguments], wanted, log), log)
        self.workers.append(worker)
        return worker

    async def start(self, dsn: str, *arguments: str, tools: bool = True, **environment: str) -> Worker:
        """A worker that has registered and claims."""
        worker = self.launch(dsn, *arguments, tools=tools, **environment)
        await worker.says(" started: ")
        return worker

    async def stop(self) -> None:
        for worker in self.workers:
            worker.send(signal.SIGKILL)
        with contextlib.suppress(AssertionError):
            await asyncio.gather(*(worker.ended() for worker in self.workers))
