"""Two executors as processes of their own, for the demo to kill. None outlives the `with` block."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from types import TracebackType
from typing import IO, Self

from agentpg import AsyncClient

from ._failure import CliError, one_line
from .exit_codes import ExitCode

NAMES = ("executor-A", "executor-B")
_LOOK_SECONDS = 0.05
_START_SECONDS = 30.0
_GRACE_SECONDS = 1


class Workers:
    """Each leads a process group of its own, so that Ctrl-C is for the demo alone, which then ends them.

    Should the demo itself be killed, the pipe that is their stdin closes, and they stop by themselves.
    """

    def __init__(self, url: str, environment: Mapping[str, str]) -> None:
        self._environment = {**os.environ, **environment, "DATABASE_URL": url}
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._logs: dict[str, IO[bytes]] = {}
        self._files = contextlib.ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Killed, not drained: the names of workers that sign off are gone from the timeline.
        for name in self._processes:
            self.kill(name)
        self._files.close()

    def load(self) -> None:
        """Starts both processes, which load what they need and then wait to be let go."""
        for name in NAMES:
            log = self._files.enter_context(tempfile.TemporaryFile())  # noqa: SIM115
            self._logs[name] = log
            self._processes[name] = subprocess.Popen(
                [
                    *(sys.executable, "-m", "agentpg_executor.cli", "worker", "--start-on-stdin"),
                    *("--name", name, "--tools", "agentpg_executor.cli._crash_tools"),
                    *("--stop-with-stdin", "--grace", str(_GRACE_SECONDS), "--log", "text"),
                ],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                env=self._environment,
                start_new_session=True,
            )

    def pid(self, name: str) -> int:
        return self._processes[name].pid

    def kill(self, name: str) -> None:
        """SIGKILL to the whole process group, and waits for its end. Once is enough, twice is harmless."""
        process = self._processes[name]
        if process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        if process.stdin is not None:
            process.stdin.close()

    async def start(self, client: AsyncClient) -> None:
        """Lets both go, and returns once they are registered with their tool."""
        for process in self._processes.values():
            assert process.stdin is not None
            with contextlib.suppress(BrokenPipeError):  # it ended, which is found out below
                process.stdin.write(b"\n")
                process.stdin.flush()
        deadline = time.monotonic() + _START_SECONDS
        while True:
            there = {instance.pid for instance in await client.list_instances() if instance.tools}
            if all(self.pid(name) in there for name in NAMES):
                return
            for name in NAMES:
                self._check(name, late=time.monotonic() > deadline)
            await asyncio.sleep(_LOOK_SECONDS)

    def _check(self, name: str, *, late: bool) -> None:
        code = self._processes[name].poll()
        if code is None and not late:
            return
        log = self._logs[name]
        log.seek(0)
        said = one_line(log.read().decode(errors="replace"))[-500:]
        raise CliError(
            ExitCode.NOT_READY,
            f"{name} of the demo did not start",
            why=said or (f"its exit code was {code}" if code is not None else "it took too long"),
            next="agentpg demo --no-crash",
        )
