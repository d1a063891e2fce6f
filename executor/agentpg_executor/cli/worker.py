"""`agentpg worker`: an executor as a process, until a signal drains it."""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import signal
import sys
import threading

from ._claude import can_call_claude, check_key, no_key
from ._database import checked_url, database_url
from ._packages import EXECUTOR, need
from ._parser import Commands, command, not_negative, positive
from ._screen import Screen
from ._secret import add_secret, secrets_of
from ._tools import HELP, load_tools
from .exit_codes import ExitCode

_DESCRIPTION = """\
Runs agents and tools of the database until it is told to stop. SIGTERM and Ctrl-C drain: nothing new is
claimed, work under way may finish within --grace, the rest is given back unharmed, and the exit code is 0.
A second signal stops at once, and the exit code is 130 (Ctrl-C) or 143 (SIGTERM). The log goes to stderr:
sentences on a terminal, JSON lines elsewhere."""


def add(commands: Commands) -> None:
    parser = command(
        commands, "worker", run, "run agents and tools until told to stop", description=_DESCRIPTION
    )
    parser.add_argument("--tools", metavar="MODULE", action="append", default=[], help=HELP)
    parser.add_argument(
        "--concurrency", metavar="N", type=positive(int), default=10, help="model calls at once (default: 10)"
    )
    parser.add_argument(
        "--tool-concurrency",
        metavar="N",
        type=positive(int),
        default=50,
        help="tool calls at once (default: 50)",
    )
    parser.add_argument(
        "--max-batches",
        metavar="N",
        type=_whole,
        default=2,
        help="batches to send, poll or read at once; 0: none (default: 2)",
    )
    parser.add_argument("--tools-only", action="store_true", help="make no model calls; needs no API key")
    parser.add_argument(
        "--poll-interval",
        metavar="SECONDS",
        type=positive(float),
        help="between polls (default: as the database says)",
    )
    parser.add_argument(
        "--listen-database-url", metavar="URL", help="a direct connection for notifications, beside a pooler"
    )
    parser.add_argument(
        "--pooled", action="store_true", help="the database is behind PgBouncer in transaction mode"
    )
    parser.add_argument("--name", help="how the fleet knows this worker (default: the host's name)")
    parser.add_argument(
        "--exclusive", action="store_true", help="one worker of this --name at a time: an older one stops"
    )
    parser.add_argument(
        "--grace", metavar="SECONDS", type=not_negative, default=30.0, help="for work under way (default: 30)"
    )
    add_secret(parser)
    parser.add_argument("--log", choices=["text", "json"], help="format of the log")
    parser.add_argument("-v", "--verbose", action="store_true", help="log more")
    parser.add_argument("--stop-with-stdin", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--start-on-stdin", action="store_true", help=argparse.SUPPRESS)


def run(arguments: argparse.Namespace, screen: Screen) -> int:
    need("worker", *EXECUTOR)
    url = checked_url(database_url(arguments))
    tools = load_tools(arguments.tools)
    secrets = secrets_of(arguments.secret)
    if not arguments.tools_only and not can_call_claude():
        raise no_key("agentpg worker --tools-only")
    from ..executor import Executor
    from ._logs import EventLog, start_logging

    json_lines = None if arguments.log is None else arguments.log == "json"
    log = start_logging(screen.err, json_lines=json_lines, verbose=arguments.verbose)

    async def work() -> signal.Signals | None:
        if not arguments.tools_only:
            await check_key()
        executor = Executor(
            url,
            tools=tools,
            name=arguments.name,
            exclusive=arguments.exclusive,
            max_concurrent_runs=arguments.concurrency,
            max_concurrent_tools=arguments.tool_concurrency,
            max_concurrent_batches=arguments.max_batches,
            poll_interval=arguments.poll_interval,
            grace_period=arguments.grace,
            listen_dsn=arguments.listen_database_url,
            pooled=arguments.pooled,
            tools_only=arguments.tools_only,
            secrets=secrets,
            on_event=EventLog(log).on_event,
            logger=log,
        )
        # What was imported stays to the end: Python need not look through it again and again for garbage.
        gc.freeze()
        return await executor.run()

    if arguments.start_on_stdin and not os.read(sys.stdin.fileno(), 1):
        return ExitCode.DONE  # whoever was to start it is gone
    if arguments.stop_with_stdin:
        threading.Thread(target=_stop_with_stdin, name="agentpg stdin", daemon=True).start()
    second = asyncio.run(work())
    return ExitCode.DONE if second is None else ExitCode(128 + second)


def _whole(text: str) -> int:
    value = not_negative(text)
    if value != int(value):
        raise argparse.ArgumentTypeError(f"{text} is not a whole number")
    return int(value)


def _stop_with_stdin() -> None:
    """Whoever started this worker holds the other end of its stdin: when that closes, the owner is gone."""
    os.read(sys.stdin.fileno(), 1)
    os.kill(os.getpid(), signal.SIGTERM)
