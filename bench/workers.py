"""Executors in processes of their own, which say how many runs they have ended."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
from typing import Any

from .noop_model import NoopModel
from .product import worker


class Workers:
    """So many processes with one executor each; they connect and begin with `go`."""

    def __init__(self, dsn: str, count: int, **options: Any) -> None:
        self._ended = [0] * count
        self._heard = threading.Condition()
        command = [sys.executable, "-m", "bench.workers", dsn, json.dumps(options)]
        self._processes = [
            subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            for _ in range(count)
        ]
        for number, process in enumerate(self._processes):
            assert process.stdout is not None
            if process.stdout.readline() != "ready\n":
                raise SystemExit("a worker did not start")
            threading.Thread(target=self._listen, args=(number,), daemon=True).start()

    def go(self) -> None:
        for process in self._processes:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()

    def until_ended(self, runs: int) -> None:
        """Until all of them together have ended so many runs."""
        with self._heard:
            self._heard.wait_for(lambda: sum(self._ended) >= runs)

    def stop(self) -> None:
        for process in self._processes:
            process.communicate("stop\n")

    def _listen(self, number: int) -> None:
        stream = self._processes[number].stdout
        assert stream is not None
        for line in stream:
            with self._heard:
                self._ended[number] = int(line)
                self._heard.notify_all()


async def _work(dsn: str, options: dict[str, Any]) -> None:
    iterations = options.pop("iterations", 0)
    model = NoopModel(iterations, tool="noop")
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    async with worker(dsn, model, **options) as executor:
        stopped = asyncio.create_task(asyncio.to_thread(sys.stdin.readline))
        told = 0
        while not stopped.done():
            # An answer that is being recorded belongs to a run that has not ended.
            ended = model.ends - executor.stats.active_runs if executor.stats.active_runs else model.ends
            if ended > told:
                told = ended
                print(told, flush=True)
            await asyncio.sleep(0.01)


if __name__ == "__main__":
    asyncio.run(_work(sys.argv[1], json.loads(sys.argv[2])))
