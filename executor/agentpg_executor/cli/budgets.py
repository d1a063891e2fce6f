"""`agentpg budgets`: what sessions and tenants may use, and what they have used."""

from __future__ import annotations

import argparse
from datetime import timedelta
from typing import TYPE_CHECKING

from ._database import connected_client
from ._failure import usage
from ._parser import Commands, add_output, command, group
from ._screen import Screen
from ._shapes import document, plain
from ._table import table
from .exit_codes import ExitCode

if TYPE_CHECKING:
    from agentpg.budgets import Budget


def add(commands: Commands) -> None:
    own = group(commands, "budgets", "ceilings on the tokens and the cost of sessions and tenants")
    listed = command(own, "list", list_budgets, "ceilings and what is used of them, the fullest first")
    listed.add_argument(
        "--max-count", type=int, default=50, metavar="N", help="at most this many (default 50)"
    )
    add_output(listed, "table", "json")
    changed = command(own, "set", set_budget, "set a ceiling; without a limit it is removed")
    subject = changed.add_mutually_exclusive_group(required=True)
    subject.add_argument("--session", metavar="ID", help="of the runs of this session")
    subject.add_argument("--tenant", metavar="NAME", help="of the runs of this tenant (metadata.tenant_id)")
    changed.add_argument(
        "--max-tokens", type=int, metavar="N", help="tokens in and out, cached ones included"
    )
    changed.add_argument("--max-cost", type=float, metavar="USD", help="US dollars")
    changed.add_argument("--per-days", type=float, metavar="DAYS", help="count anew after this many days")


def list_budgets(arguments: argparse.Namespace, screen: Screen) -> int:
    with connected_client(arguments) as client:
        budgets = client.list_budgets(max_count=arguments.max_count)
    if arguments.output == "json":
        screen.data(document(budgets=[plain(budget) for budget in budgets]))
        return ExitCode.DONE
    if not budgets:
        screen.note("no ceilings are set")
        screen.hint("set one: agentpg budgets set --tenant NAME --max-cost 20 --per-days 1")
        return ExitCode.DONE
    shown = [[_subject(budget), *_tokens(budget), *_cost(budget), _period(budget)] for budget in budgets]
    head = ("of", "tokens used", "at most", "$ used", "at most", "per")
    screen.data(table(screen.out, head, shown, right=(1, 2, 3, 4)))
    return ExitCode.DONE


def set_budget(arguments: argparse.Namespace, screen: Screen) -> int:
    if arguments.per_days is not None and arguments.per_days <= 0:
        raise usage("--per-days must be above 0", why="it is how long the use counts", next="--per-days 1")
    with connected_client(arguments) as client:
        budget = client.set_budget(
            session_id=arguments.session,
            tenant_id=arguments.tenant,
            max_tokens=arguments.max_tokens,
            max_cost_usd=arguments.max_cost,
            period=None if arguments.per_days is None else timedelta(days=arguments.per_days),
        )
    screen.note("the ceiling is removed" if budget is None else f"set for new runs of {_subject(budget)}")
    return ExitCode.DONE


def _subject(budget: Budget) -> str:
    return f"tenant {budget.tenant_id}" if budget.tenant_id is not None else f"session {budget.session_id}"


def _tokens(budget: Budget) -> tuple[str, str]:
    return f"{budget.used_tokens:,}", "" if budget.max_tokens is None else f"{budget.max_tokens:,}"


def _cost(budget: Budget) -> tuple[str, str]:
    limit = "" if budget.max_cost_usd is None else f"{budget.max_cost_usd.normalize():f}"
    return f"{budget.used_cost_usd:.4f}", limit


def _period(budget: Budget) -> str:
    return "" if budget.period is None else str(budget.period)
