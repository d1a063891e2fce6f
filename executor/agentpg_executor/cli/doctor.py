"""`agentpg doctor`: what is wrong, why, and the fix."""

from __future__ import annotations

import argparse
import textwrap
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ._database import checked_url, given_url, shown_url
from ._failure import one_line
from ._parser import Commands, add_output, command
from ._screen import Pen, Screen, harmless
from ._shapes import document
from .exit_codes import ExitCode

if TYPE_CHECKING:
    from psycopg import Connection
    from psycopg.rows import DictRow

    from ._checks import Finding

_STYLES = {"OK": "green", "WARN": "yellow", "FAIL": "red"}


def add(commands: Commands) -> None:
    parser = command(
        commands,
        "doctor",
        run,
        "check database, schema, executors and key",
        description="Checks everything AgentPG needs. Exit code 1 when a check fails; warnings do not count.",
    )
    parser.add_argument(
        "--deep",
        action="store_true",
        help="read whole tables too, for what may never be (slow when they are large)",
    )
    add_output(parser, "text", "json")


def run(arguments: argparse.Namespace, screen: Screen) -> int:
    findings: list[Finding] = []
    for finding in examine(given_url(arguments), deep=arguments.deep):
        findings.append(finding)
        if arguments.output == "text":
            screen.data(_page(screen.out, finding))
    failed = sum(finding.verdict == "FAIL" for finding in findings)
    if arguments.output == "json":
        screen.data(document(ok=not failed, checks=findings))
    elif failed:
        screen.hint(f"{failed} failed: the first fix comes first")
    else:
        screen.hint("nothing has failed")
    return ExitCode.RUN_FAILED if failed else ExitCode.DONE


def examine(url: str | None, *, deep: bool = False) -> Iterator[Finding]:
    """The findings, in the order in which they are worth mending."""
    from ._checks import FAIL, OK, Finding, api_key

    if url is None:
        yield Finding(
            "database",
            FAIL,
            "none was named",
            "--database-url was not given and DATABASE_URL is not set",
            "export DATABASE_URL=postgresql://user@host/database, or agentpg dev",
        )
        yield api_key()
        return
    import psycopg
    from psycopg import Connection
    from psycopg.rows import DictRow, dict_row

    begun = time.monotonic()
    try:
        connection = Connection[DictRow].connect(
            checked_url(url),
            autocommit=True,
            prepare_threshold=None,
            row_factory=dict_row,
            connect_timeout=5,
            fallback_application_name="agentpg doctor",
        )
    except psycopg.Error as error:
        why = one_line(str(error))
        yield Finding(
            "database", FAIL, f"{shown_url(url)} cannot be reached", why, "start it, or correct DATABASE_URL"
        )
        yield api_key()
        return
    with connection:
        took = (time.monotonic() - begun) * 1000
        yield Finding("database", OK, f"{shown_url(url)} answers ({took:.0f} ms to connect)")
        yield from _of_database(url, connection, deep=deep)
    yield api_key()


def _of_database(url: str, connection: Connection[DictRow], *, deep: bool) -> Iterator[Finding]:
    import psycopg

    from . import _batch_checks as batches
    from . import _checks as basic
    from . import _cost_checks as costs
    from . import _deep_checks, _growth_checks, _storage_checks
    from . import _fleet_checks as fleet
    from . import _waiting_checks as waiting

    yield from basic.version(connection)
    schema = _schema(url)
    yield schema
    always = (
        basic.clock,
        basic.notifications,
        _storage_checks.notification_queue,
        _storage_checks.old_transactions,
    )
    with_schema = (
        _storage_checks.bloat,
        _growth_checks.growth,
        basic.executors,
        fleet.silent_executors,
        fleet.listeners,
        fleet.maintenance,
        waiting.pending_runs,
        waiting.stuck_runs,
        waiting.unoffered_tools,
        waiting.waiting_approvals,
        fleet.agents_tools,
        batches.batch_service,
        batches.lost_batches,
        batches.overdue_batches,
        batches.unknown_batches,
        batches.failing_batches,
        waiting.expired_leases,
        waiting.parked_queues,
        waiting.paused_queues,
        costs.cache_hits,
        costs.changing_prompts,
        costs.unpriced_calls,
        *((_deep_checks.invariants,) if deep else ()),
    )
    for check in always + (with_schema if schema.verdict != basic.FAIL else ()):
        name = check.__name__.replace("_", " ")
        try:
            yield from check(connection)
        except psycopg.errors.InsufficientPrivilege as error:
            yield basic.Finding(
                name, basic.WARN, "not checked", one_line(str(error)), "run doctor as the owner of the schema"
            )


def _schema(url: str) -> Finding:
    import psycopg
    from agentpg import Client
    from agentpg.errors import AgentPGError
    from agentpg.migrate import MigrationError, status

    from ._checks import FAIL, OK, WARN, Finding

    try:
        found = status(url)
    except (MigrationError, psycopg.Error) as error:
        return Finding(
            "schema", WARN, "its history cannot be read", one_line(str(error)), "agentpg migrate --check"
        )
    if found.up_to_date:
        return Finding("schema", OK, f"up to date at {found.at}")
    if found.at is None:
        return Finding(
            "schema", FAIL, "not deployed", "the database has no schema agentpg", "agentpg migrate"
        )
    verdict = WARN
    try:
        with Client(url, listen=False, max_size=1):
            pass
    except AgentPGError:
        verdict = FAIL
    fix = "agentpg migrate" if not found.diverged else "install the release of agentpg that deployed it"
    return Finding("schema", verdict, "diverged" if found.diverged else "behind", found.message, fix)


def _page(pen: Pen, finding: Finding) -> str:
    verdict = pen.paint(finding.verdict.ljust(4), _STYLES[finding.verdict], "bold")
    lines = [f"{verdict}  {finding.check.ljust(14)}{harmless(finding.what)}"]
    for name, text in (("why", finding.why), ("fix", finding.fix)):
        if text:
            label = " " * 6 + f"{name}: ".rjust(14)
            wrapped = textwrap.wrap(
                harmless(text), max(pen.text_width - 20, 20), break_on_hyphens=False, break_long_words=False
            )
            painted = [pen.paint(line, "dim") if name == "why" else line for line in wrapped]
            lines.append(label + ("\n" + " " * 20).join(painted))
    return "\n".join(lines)
