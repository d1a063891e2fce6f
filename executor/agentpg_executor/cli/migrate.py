"""`agentpg migrate`: brings the schema up to date, says whether it is, or prints the SQL."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from ._database import checked_url, database_url, shown_url
from ._failure import CliError, usage
from ._parser import Commands, command, positive
from ._screen import Screen
from ._words import count
from .exit_codes import ExitCode

if TYPE_CHECKING:
    from agentpg.migrate import MigrationStatus


def add(commands: Commands) -> None:
    parser = command(
        commands,
        "migrate",
        run,
        "bring the database's schema up to date",
        description=(
            "Applies what the database lacks, each change in a transaction of its own. It is safe to start\n"
            "twice and to interrupt. Afterwards sqitch takes the database for its own."
        ),
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument(
        "--check", action="store_true", help="change nothing; exit code 3 if behind, 6 if diverged"
    )
    what.add_argument("--sql", action="store_true", help="print the migration as SQL; needs no database")
    parser.add_argument("--to", metavar="CHANGE", help="stop after this change or @tag")
    parser.add_argument(
        "--since", metavar="CHANGE", help="with --sql: leave out everything up to this change"
    )
    parser.add_argument(
        "--yes", action="store_true", help="do not ask before the first change to a database with data"
    )
    parser.add_argument(
        "--lock-timeout",
        metavar="SECONDS",
        type=positive(float),
        default=60.0,
        help="wait for a lock (default: 60)",
    )


def run(arguments: argparse.Namespace, screen: Screen) -> int:
    if arguments.since and not arguments.sql:
        raise usage("--since needs --sql", why="a database knows itself where it is", next="agentpg migrate")
    if arguments.sql:
        from agentpg.migrate import script

        screen.out.write(script(since=arguments.since, to=arguments.to), end="")
        return ExitCode.DONE
    url = checked_url(database_url(arguments))
    if arguments.check:
        return _check(url, screen)
    deploy(
        url,
        screen,
        yes=arguments.yes,
        to=arguments.to,
        lock_timeout=arguments.lock_timeout,
        command="agentpg migrate",
    )
    return ExitCode.DONE


def deploy(
    url: str, screen: Screen, *, yes: bool, command: str, to: str | None = None, lock_timeout: float = 60.0
) -> int:
    """Applies what is missing and returns how many changes that were. Asks first where the database holds
    something else already and AgentPG has never been there."""
    from agentpg.migrate import migrate, status

    before = status(url)
    if before.up_to_date:
        screen.note(f"{shown_url(url)}: up to date at {before.at}")
        return 0
    if before.at is None and not yes:
        confirm(url, screen, command=command)
    done = migrate(
        url, to=to, lock_timeout=lock_timeout, on_change=lambda name: screen.note(f"  + {name}")
    ).changes
    screen.note(f"{shown_url(url)}: {count(len(done), 'change')} deployed" if done else "nothing to deploy")
    return len(done)


def confirm(url: str, screen: Screen, *, command: str) -> None:
    """Asks before the schema goes into a database that holds something else."""
    tables = foreign_tables(url)
    if not tables:
        return
    what = f"{shown_url(url)} is not empty: it has {count(tables, 'table')}"
    if not screen.can_ask:
        raise usage(
            what,
            why="the schemas agentpg and sqitch would be added, and there is no terminal to ask at",
            next=f"{command} --yes",
        )
    if not screen.ask(f"{what}. Add the schemas agentpg and sqitch?"):
        raise CliError(
            ExitCode.USAGE,
            "nothing was changed",
            why="the answer was no",
            next=f"{command} --database-url URL",
        )


def foreign_tables(url: str) -> int:
    """How many tables and views of others the database has."""
    import psycopg

    with psycopg.connect(url, autocommit=True, connect_timeout=10) as connection:
        row = connection.execute(
            """
            select count(*)
            from pg_catalog.pg_class c
            join pg_catalog.pg_namespace n on n.oid = c.relnamespace
            where c.relkind in ('r', 'p', 'v', 'm', 'f')
              and n.nspname not in ('pg_catalog', 'information_schema', 'agentpg', 'sqitch')
              and n.nspname !~ '^pg_(toast|temp)'
            """
        ).fetchone()
    return 0 if row is None else int(row[0])


def _check(url: str, screen: Screen) -> int:
    from agentpg.migrate import status

    found: MigrationStatus = status(url)
    if found.up_to_date:
        screen.data(f"up to date at {found.at}")
        return ExitCode.DONE
    if found.diverged:
        raise CliError(
            ExitCode.CONFLICT,
            "the database and this release have parted ways",
            why=found.message,
            next="pip install --upgrade agentpg, if the database is newer",
        )
    raise CliError(
        ExitCode.NOT_READY,
        f"the database is {count(len(found.pending), 'change')} behind",
        why=found.message,
        next="agentpg migrate",
    )
