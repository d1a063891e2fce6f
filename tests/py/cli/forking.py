"""Runs commands quickly: a process that has imported everything forks one for each that is asked for.

What differs from `python -m agentpg_executor.cli` is the start of the interpreter and the imports. A request
is JSON, {"words": [...], "environment": {...}, "folder": path}, and four files: stdin, stdout, stderr, and
the socket that is told the pid and, in the end, the exit status.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import pkgutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_LARGEST = 1 << 17


class Forks:
    """The process that forks, for as long as the tests run."""

    def __init__(self) -> None:
        self._door, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, __file__, str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "LANG": "C.UTF-8"},
            )

    def run(
        self, words: tuple[str, ...], environment: Mapping[str, str], folder: Path, stdin: str, timeout: float
    ) -> tuple[int, str, str]:
        """The exit code, stdout and stderr of the command."""
        request = json.dumps({"words": words, "environment": dict(environment), "folder": str(folder)})
        mine, theirs = socket.socketpair()
        ends = [os.pipe(), os.pipe(), os.pipe()]
        given = [ends[0][0], ends[1][1], ends[2][1]]
        kept = [ends[0][1], ends[1][0], ends[2][0]]
        socket.send_fds(self._door, [request.encode()], [*given, theirs.fileno()])
        theirs.close()
        for number in given:
            os.close(number)
        said = ["", ""]
        threads = [
            threading.Thread(target=_read, args=(kept[place + 1], said, place), daemon=True)
            for place in (0, 1)
        ]
        for thread in threads:
            thread.start()
        with contextlib.suppress(BrokenPipeError), os.fdopen(kept[0], "w") as pipe:
            pipe.write(stdin)
        with mine, mine.makefile() as told:
            pid = int(told.readline())
            mine.settimeout(timeout)
            try:
                status = int(told.readline())
            except TimeoutError:
                os.kill(pid, signal.SIGKILL)
                raise
        for thread in threads:
            thread.join()
        return status, *said

    def close(self) -> None:
        self._door.close()
        self._process.wait(10)


def _read(number: int, said: list[str], place: int) -> None:
    with os.fdopen(number, encoding="utf-8") as pipe:
        said[place] = pipe.read()


def _serve(door: socket.socket) -> dict[str, Any] | None:
    """Returns in each child with what it shall do, and with None in the end."""
    while True:
        message, files, _, _ = socket.recv_fds(door, _LARGEST, 4)
        if not message:
            return None
        if os.fork() == 0:
            break
        for number in files:
            os.close(number)
    # A keeper between the two, so that nobody waits for another command's end.
    door.close()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    pid = os.fork()
    if pid != 0:
        for number in files[:3]:
            os.close(number)
        with socket.socket(fileno=files[3]) as told:
            told.sendall(f"{pid}\n".encode())
            _, status = os.waitpid(pid, 0)
            told.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())
        os._exit(0)
    for number, target in zip(files, (0, 1, 2), strict=False):
        os.dup2(number, target)
    for number in files:
        os.close(number)
    order: dict[str, Any] = json.loads(message)
    return order


def _become(order: dict[str, Any]) -> int:
    # The streams of the interpreter know what stood behind their numbers before.
    sys.stdin = sys.__stdin__ = open(0, encoding="utf-8", errors="surrogateescape")  # noqa: SIM115
    sys.stdout = sys.__stdout__ = open(1, "w", encoding="utf-8", errors="surrogateescape")  # noqa: SIM115
    sys.stderr = sys.__stderr__ = open(2, "w", buffering=1, encoding="utf-8", errors="backslashreplace")  # noqa: SIM115
    os.environ.clear()
    os.environ.update(order["environment"])
    time.tzset()
    os.chdir(order["folder"])
    cli = importlib.import_module("agentpg_executor.cli")
    sys.path[0] = order["folder"]
    sys.argv = [str(Path(str(cli.__file__)).with_name("__main__.py")), *order["words"]]
    return int(cli.main() or 0)


def _import_all() -> None:
    cli = importlib.import_module("agentpg_executor.cli")
    for module in pkgutil.iter_modules(cli.__path__):
        if module.name != "__main__":
            importlib.import_module(f"agentpg_executor.cli.{module.name}")
    for name in ("executor", "testing", "embedded"):
        importlib.import_module(f"agentpg_executor.{name}")
    importlib.import_module("anthropic")


if __name__ == "__main__":
    sys.path[0] = ""
    _import_all()
    assert threading.active_count() == 1
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with socket.socket(fileno=int(sys.argv[1])) as served:
        todo = _serve(served)
    if todo is not None:
        sys.exit(_become(todo))
