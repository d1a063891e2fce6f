"""From the command line to a command, and from whatever it raised to an exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from agentpg._version import __version__

from ._failure import CliError
from ._parser import Commands, Parser
from ._screen import Screen
from ._signals import Terminated, raise_on_sigterm
from .exit_codes import ExitCode, table

_SHORT = """\
AgentPG {version}: durable Claude agents as rows of Postgres.

  agentpg demo                 see an agent run: no key, no Postgres, no Docker needed
  agentpg dev --tools MODULE   a database and an executor of your own, for development
  agentpg migrate              bring the schema of DATABASE_URL up to date
  agentpg worker --tools MOD   run agents and tools of DATABASE_URL
  agentpg run AGENT "prompt"   one run, streamed
  agentpg chat AGENT           a conversation
  agentpg tail RUN             follow a run, wherever it is worked on
  agentpg runs | approvals | batches | sessions | agents | models | costs | budgets | retention
                               look and act
  agentpg doctor               what is wrong, why, and the fix

All commands: agentpg --help    Exit codes: agentpg help exit-codes
Next: {next}"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    raise_on_sigterm()
    words = list(sys.argv[1:] if argv is None else argv)
    screen = Screen(color="--no-color" not in words)
    name = ""
    try:
        if not words:
            screen.data(_short_help())
            return ExitCode.DONE
        parser = build_parser()
        arguments = parser.parse_args(words)
        name = getattr(arguments, "command", "")
        handler = getattr(arguments, "handler", None)
        if handler is None:
            arguments.group.print_help(sys.stderr)
            return ExitCode.USAGE
        return int(handler(arguments, screen))
    except CliError as error:
        return _fail(screen, error)
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except Terminated:
        return ExitCode.TERMINATED
    except BrokenPipeError:
        _silence_stdout()
        return ExitCode.BROKEN_PIPE
    except Exception as error:
        from ._translate import explain

        return _fail(screen, explain(error, name))


def build_parser() -> Parser:
    """The whole command line; the commands import what they need when they run."""
    from . import (
        agents,
        approvals,
        batches,
        budgets,
        chat,
        costs,
        demo,
        dev,
        doctor,
        migrate,
        models,
        retention,
        run,
        runs,
        sessions,
        tail,
        worker,
    )

    parser = Parser(
        prog="agentpg",
        description="Durable Claude agents as rows of Postgres.",
        epilog="Data goes to stdout, everything else to stderr. Exit codes: agentpg help exit-codes",
    )
    parser.add_argument("--version", action="version", version=f"agentpg {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    for module in (
        demo, dev, migrate, worker, run, chat, tail, runs, approvals, batches, sessions, agents, models,
        costs, budgets, retention, doctor,
    ):  # fmt: skip
        module.add(commands)
    _add_help(commands, parser)
    parser.set_defaults(group=parser)
    return parser


def _add_help(commands: Commands, parser: Parser) -> None:
    about = commands.add_parser("help", help="this help, or: help exit-codes")
    about.add_argument("topic", nargs="?", choices=["exit-codes"])

    def show(arguments: object, screen: Screen) -> int:
        screen.data(table() if getattr(arguments, "topic", None) else parser.format_help().rstrip())
        return ExitCode.DONE

    about.set_defaults(handler=show, command="help")


def _short_help() -> str:
    next = "agentpg doctor" if os.environ.get("DATABASE_URL") else "agentpg demo"
    return _SHORT.format(version=__version__, next=next)


def _fail(screen: Screen, error: CliError) -> int:
    try:
        screen.error(error.what, error.why, error.next)
    except BrokenPipeError:
        _silence_stdout()
    return error.code


def _silence_stdout() -> None:
    """The reader is gone; the flush at exit must not complain about it."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(nowhere, stream.fileno())
