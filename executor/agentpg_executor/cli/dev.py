"""`agentpg dev`: a database that stays, its schema, and an executor that follows your changes."""

from __future__ import annotations

import argparse
import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from ._claude import can_call_claude
from ._packages import FAKE, need
from ._parser import Commands, command, positive
from ._screen import Screen
from ._steps import step
from ._tools import HELP
from ._words import count
from .exit_codes import ExitCode

if TYPE_CHECKING:
    from ..embedded import EmbeddedPostgres
    from ..testing import FakeClaude

_DESCRIPTION = """\
Starts a Postgres of your own in a folder that stays, brings its schema up to date, and runs an executor with
your tools, until Ctrl-C. Prints the line that lets other commands use it. For development, not production."""


def add(commands: Commands) -> None:
    parser = command(
        commands,
        "dev",
        run,
        "a database and an executor for development",
        description=_DESCRIPTION,
        database=False,
    )
    parser.add_argument("--tools", metavar="MODULE", action="append", default=[], help=HELP)
    parser.add_argument(
        "--reload", action="store_true", help="restart the executor when the tools' files change"
    )
    parser.add_argument(
        "--data", metavar="FOLDER", default=".agentpg", help="the folder (default: ./.agentpg)"
    )
    parser.add_argument(
        "--port", metavar="N", type=positive(int), help="on 127.0.0.1 (default: the same as last time)"
    )
    parser.add_argument("--pace", metavar="SECONDS", type=float, default=0.02, help=argparse.SUPPRESS)


def run(arguments: argparse.Namespace, screen: Screen) -> int:
    need("dev", *FAKE)
    from ._supervisor import Supervisor

    folder = Path(arguments.data).absolute()
    with contextlib.ExitStack() as stack:
        server = _start_postgres(folder, arguments.port, screen, stack)
        server.createdb("agentpg", exist_ok=True)
        url = server.dsn("agentpg", tcp=True)
        _migrate(url, screen)
        environment = dict(os.environ)
        fake = None if can_call_claude() else stack.enter_context(_fake_claude(arguments.pace))
        if fake is not None:
            environment |= fake.environment
        _banner(screen, url, server, fake=fake is not None)
        supervisor = Supervisor(url, arguments.tools, screen, environment, reload=arguments.reload)
        with contextlib.suppress(KeyboardInterrupt):
            return supervisor.run(alive=lambda: server.running)
        screen.note("\nstopping; the data stay")
    return ExitCode.DONE


def _start_postgres(
    folder: Path, port: int | None, screen: Screen, stack: contextlib.ExitStack
) -> EmbeddedPostgres:
    from ..embedded import EmbeddedPostgres, EmbeddedPostgresError

    remembered = folder / "port"
    wanted = port
    if wanted is None:
        with contextlib.suppress(OSError, ValueError):
            wanted = int(remembered.read_text())
    with step(screen.err, f"Starting Postgres in {_short(folder)}") as started:
        try:
            server = EmbeddedPostgres(folder, tcp=True, port=wanted).start()
        except EmbeddedPostgresError as error:
            # Last time's port may be somebody else's now; a port that was asked for is not replaced.
            if port is not None or wanted is None or "use" not in str(error):
                raise
            server = EmbeddedPostgres(folder, tcp=True).start()
        stack.callback(server.stop)
        started.done = f"Postgres {server.version} in {_short(folder)}, port {server.port}"
    remembered.write_text(f"{server.port}\n")
    ignore = folder / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n")
    return server


def _short(folder: Path) -> str:
    with contextlib.suppress(ValueError):
        return f"./{folder.relative_to(Path.cwd())}"
    return str(folder)


def _migrate(url: str, screen: Screen) -> None:
    from agentpg.migrate import migrate

    with step(screen.err, "Deploying the schema") as deployed:
        done = migrate(url).changes
        deployed.done = (
            f"Schema agentpg: {count(len(done), 'change')} deployed" if done else "Schema up to date"
        )


def _fake_claude(pace: float) -> contextlib.AbstractContextManager[FakeClaude]:
    from ..testing import FakeClaude

    return FakeClaude.in_thread(pace=pace, allow_unknown_models=True, keep_bodies=False)


def _banner(screen: Screen, url: str, server: EmbeddedPostgres, *, fake: bool) -> None:
    err = screen.err
    if fake:
        err.write()
        err.write(
            err.paint(
                "  No API key: a FAKE Claude answers, and only repeats what it is told.", "yellow", "bold"
            )
        )
        err.write(
            err.paint("  For real answers: export ANTHROPIC_API_KEY=sk-ant-... and start again.", "yellow")
        )
    err.write()
    screen.data(f"export DATABASE_URL='{url}'")
    err.write()
    screen.hint("  Paste that line into another terminal, then:")
    screen.hint("    agentpg agents create helper --model claude-sonnet-5-5")
    screen.hint('    agentpg run helper "hello" --fleet')
    screen.hint(f"  psql: {server.psql_command('agentpg')}")
    screen.hint("  Ctrl-C stops everything; the data stay.")
    err.write()
