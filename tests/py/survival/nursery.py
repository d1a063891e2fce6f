"""Starts workers quickly: a process that has imported everything forks one for each line of its input.

A line is JSON: {"arguments": [...], "environment": {...}, "log": path}. It answers `started PID`, later
`ended PID STATUS`. What a child runs is `agentpg worker`, the whole command.
"""

from __future__ import annotations

import json
import os
import signal
import sys

import agentpg_executor.cli._logs
import agentpg_executor.cli.worker
import agentpg_executor.executor  # noqa: F401
from agentpg_executor.cli import main
from survival import tools  # noqa: F401

_children: set[int] = set()


def _say(line: str) -> None:
    os.write(1, f"{line}\n".encode())


def _reap(*_: object) -> None:
    while _children:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        _children.discard(pid)
        _say(f"ended {pid} {os.waitstatus_to_exitcode(status)}")


def _start(order: dict[str, object]) -> None:
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    pid = os.fork()
    if pid == 0:
        _become(order)
    _children.add(pid)
    _say(f"started {pid}")
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})


def _become(order: dict[str, object]) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
    log = os.open(str(order["log"]), os.O_CREAT | os.O_APPEND | os.O_WRONLY)
    for number, target in ((0, os.open(os.devnull, os.O_RDONLY)), (1, log), (2, log)):
        os.dup2(target, number)
    os.environ.update(order["environment"])  # type: ignore[call-overload]
    code = 1
    try:
        code = main(order["arguments"])  # type: ignore[arg-type]
    finally:
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    signal.signal(signal.SIGCHLD, _reap)
    for line in sys.stdin:
        _start(json.loads(line))
    for child in list(_children):
        os.kill(child, signal.SIGKILL)
