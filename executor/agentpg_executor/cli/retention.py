"""`agentpg retention`: how long things are kept, and what that deletes."""

from __future__ import annotations

import argparse
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ._database import connected_client
from ._failure import usage
from ._parser import Commands, add_output, command, group, positive
from ._screen import Screen
from ._shapes import document, plain
from ._table import table
from ._words import moment
from .exit_codes import ExitCode

if TYPE_CHECKING:
    from agentpg.retention import Retained, RetentionPolicy

_KINDS = ("sessions", "runs", "archives", "batches")


def add(commands: Commands) -> None:
    own = group(commands, "retention", "how long sessions, runs, archives and batches are kept")
    listed = command(own, "list", list_policies, "the policies; without one, things are kept for ever")
    add_output(listed, "table", "json")
    changed = command(own, "set", set_policy, "keep things of a kind this long")
    changed.add_argument("kind", metavar="KIND", choices=_KINDS, help=", ".join(_KINDS))
    changed.add_argument("days", metavar="DAYS", help="days they are kept, or never to delete none")
    changed.add_argument("--state", help="only those in this state (runs: completed, failed, cancelled; ...)")
    applied = command(
        own, "apply", apply_policies, "delete what is no longer kept, as the maintenance does by itself"
    )
    applied.add_argument("--dry-run", action="store_true", help="only say what would be deleted")
    applied.add_argument(
        "--max-count", type=positive(int), default=1000, metavar="N", help="of each kind (default 1000)"
    )
    add_output(applied, "table", "json")


def list_policies(arguments: argparse.Namespace, screen: Screen) -> int:
    with connected_client(arguments) as client:
        policies = client.retention_policies()
    if arguments.output == "json":
        screen.data(document(policies=[plain(policy) for policy in policies]))
        return ExitCode.DONE
    rows = [[policy.kind, policy.state, _kept(policy.max_age)] for policy in policies]
    screen.data(table(screen.out, ("kind", "state", "kept"), rows))
    screen.hint("what they delete: agentpg retention apply --dry-run")
    return ExitCode.DONE


def set_policy(arguments: argparse.Namespace, screen: Screen) -> int:
    max_age = _age(arguments.days)
    with connected_client(arguments) as client:
        policies = client.set_retention(arguments.kind, max_age, state=arguments.state)
    screen.note(_told(policies))
    if max_age is not None:
        screen.hint("the maintenance deletes what is older; what that is: agentpg retention apply --dry-run")
    return ExitCode.DONE


def apply_policies(arguments: argparse.Namespace, screen: Screen) -> int:
    with connected_client(arguments) as client:
        done = client.apply_retention(max_count=arguments.max_count, dry_run=arguments.dry_run)
    if arguments.output == "json":
        screen.data(document(dry_run=arguments.dry_run, retained=[plain(one) for one in done]))
        return ExitCode.DONE
    head = ("kind", "state", "older than", "would go" if arguments.dry_run else "deleted", "the oldest from")
    screen.data(table(screen.out, head, [_row(one) for one in done], right=(3,)))
    if arguments.dry_run:
        screen.hint("delete them now: agentpg retention apply")
    elif any(one.count >= arguments.max_count for one in done):
        screen.hint("there may be more: run it again, or leave it to the maintenance")
    return ExitCode.DONE


def _age(days: str) -> timedelta | None:
    if days == "never":
        return None
    try:
        age = timedelta(days=float(days))
    except (ValueError, OverflowError) as error:
        raise usage(
            f"{days!r} is no number of days",
            why="it is how long things are kept",
            next="agentpg retention set runs 90, or never",
        ) from error
    if age < timedelta(0):
        raise usage(
            "things cannot be kept for less than no time", why=f"DAYS is {days}", next="a number from 0 on"
        )
    return age


def _kept(max_age: timedelta | None) -> str:
    return "for ever" if max_age is None else f"{max_age / timedelta(days=1):g} days"


def _told(policies: list[RetentionPolicy]) -> str:
    states = ", ".join(policy.state for policy in policies)
    return f"{policies[0].kind} ({states}) are kept {_kept(policies[0].max_age)}"


def _row(one: Retained) -> list[str]:
    return [one.kind, one.state, _when(one.older_than), f"{one.count:,}", _when(one.oldest)]


def _when(at: datetime | None) -> str:
    return "" if at is None else moment(at) or ""
