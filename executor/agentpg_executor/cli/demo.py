"""`agentpg demo`: an agent with two tools, from nothing to its answer, before your eyes."""

from __future__ import annotations

import argparse
import contextlib
import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ._async import run_async
from ._database import checked_url, given_url, shown_url
from ._packages import FAKE, load_meanwhile, need
from ._parser import Commands, command, not_negative
from ._screen import Screen
from ._steps import step
from ._words import count

if TYPE_CHECKING:
    from ..embedded import EmbeddedPostgres

_DESCRIPTION = """\
An agent streams text, calls two tools side by side, and answers; then its timeline, read back with SQL.
After that the executor that runs a tool is killed, and another one takes over.

Without a database it starts a temporary Postgres, and without ANTHROPIC_API_KEY a fake Claude answers from a
script. With DATABASE_URL the demo runs in that database, in schema agentpg, and leaves one run there; nobody
is killed then, because that takes other settings, and yours stay as they are."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Where the demo plays."""

    url: str
    server: EmbeddedPostgres | None
    pace: float
    model: str | None


def add(commands: Commands) -> None:
    parser = command(
        commands,
        "demo",
        run,
        "see an agent run; needs no key, no Postgres, no Docker",
        description=_DESCRIPTION,
    )
    parser.add_argument(
        "--yes", action="store_true", help="do not ask before deploying to a database with data"
    )
    parser.add_argument("--no-crash", action="store_true", help="leave out the second act, the kill")
    parser.add_argument("--keep", action="store_true", help="keep the temporary Postgres until Ctrl-C")
    parser.add_argument(
        "--pace",
        metavar="FACTOR",
        type=not_negative,
        default=1.0,
        help="2 is half as fast, 0 as fast as it goes",
    )
    parser.add_argument("--model", help="another model than the demo's own")


def run(arguments: argparse.Namespace, screen: Screen) -> int:
    need("demo", *FAKE)
    load_meanwhile("agentpg_executor.cli._demo_show")
    _title(screen)
    given = given_url(arguments)
    with contextlib.ExitStack() as stack:
        server = None if given is not None else _start_postgres(screen, stack)
        url = checked_url(given) if given is not None else _url_of(server)
        _deploy(url, screen, server, yes=arguments.yes)
        from ._demo_show import show

        stage = Stage(url, server, arguments.pace, arguments.model)
        if server is None or arguments.no_crash:
            code = run_async(lambda: show(stage, screen))
        else:
            code = _two_acts(stage, screen)
        _look_yourself(screen, stage, keep=arguments.keep)
    return code


def _two_acts(stage: Stage, screen: Screen) -> int:
    from ._demo_crash import load_workers, show_crash
    from ._demo_show import show

    with contextlib.ExitStack() as stack:
        workers = load_workers(stage, stack)
        code = run_async(lambda: show(stage, screen))
        return code or run_async(lambda: show_crash(stage, workers, screen))


def _title(screen: Screen) -> None:
    from agentpg import __version__

    err = screen.err
    claude = "the real Claude API" if os.environ.get("ANTHROPIC_API_KEY") else "a fake Claude"
    err.write()
    err.write(f"  {err.paint('AgentPG', 'bold')} {__version__} {err.paint(f'demo, with {claude}', 'dim')}")
    err.write()


def _start_postgres(screen: Screen, stack: contextlib.ExitStack) -> EmbeddedPostgres:
    from ..embedded import EmbeddedPostgres

    with step(screen.err, "Starting a temporary Postgres") as started:
        # Its data end with it, so there is nothing to be had for waiting on the disk.
        server = stack.enter_context(EmbeddedPostgres(durable=False))
        started.done = f"Postgres {server.version}, temporary, in {server.socket_folder}"
    return server


def _url_of(server: EmbeddedPostgres | None) -> str:
    assert server is not None
    return server.dsn()


def _deploy(url: str, screen: Screen, server: EmbeddedPostgres | None, *, yes: bool) -> None:
    from agentpg.migrate import migrate, status

    from .migrate import confirm

    before = status(url)
    where = "" if server is not None else f" in {shown_url(url)}"
    if before.at is None and server is None and not yes:
        confirm(url, screen, command="agentpg demo")
    with step(screen.err, "Deploying the schema") as deployed:
        done = migrate(url).changes if not before.up_to_date else ()
        deployed.done = f"Schema agentpg{where}: {count(len(done), 'change')} deployed"
        if not done:
            deployed.done = f"Schema agentpg{where}: up to date"


def _look_yourself(screen: Screen, stage: Stage, *, keep: bool) -> None:
    server, out = stage.server, screen.out
    if server is None:
        screen.data(f'  {out.paint("Look for yourself", "bold")}\n    psql "$DATABASE_URL"')
        screen.hint("    then: select * from agentpg.run_details;   or: agentpg runs list")
        screen.hint("  Without DATABASE_URL the demo also kills an executor.")
        screen.note()
        return
    if not keep:
        screen.hint("  The temporary Postgres ends here, and its data with it.")
        screen.hint("  To look for yourself with psql: agentpg demo --keep")
        screen.hint(f"    {server.psql_command().replace(str(server.socket_folder), 'FOLDER')}")
        screen.note()
        return
    screen.data(f"  {out.paint('Look for yourself', 'bold')}\n    {server.psql_command()}")
    screen.hint("    then: select * from agentpg.run_details;")
    screen.hint(f"    or:   agentpg runs list --database-url '{server.dsn()}'")
    screen.note("\n  Ctrl-C ends it and removes everything.")
    _wait_for_ctrl_c(server)


def _wait_for_ctrl_c(server: EmbeddedPostgres) -> None:
    """Ctrl-C is the way this is meant to end, so it is no failure."""
    with contextlib.suppress(KeyboardInterrupt):
        while server.running:
            time.sleep(1)
