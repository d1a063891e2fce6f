"""`agentpg costs`: what was used and paid, by whatever it is asked for."""

from __future__ import annotations

import argparse
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from ._database import connected_client
from ._failure import usage
from ._ids import agent, run_id, session_id
from ._parser import Commands, add_output, command, positive
from ._screen import Screen
from ._shapes import document, line
from ._table import table
from ._words import count, dollars
from .exit_codes import ExitCode

if TYPE_CHECKING:
    from agentpg import CostSummary

_KEYS = ("day", "run", "tree", "session", "agent", "tenant", "model", "mode")
_AGO = re.compile(r"(\d+(?:\.\d+)?)(min|h|d|w)")
_UNITS = {"min": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def add(commands: Commands) -> None:
    parser = command(commands, "costs", show_costs, "what model calls used and cost, by day, agent, run, ...")
    parser.add_argument("--by", choices=_KEYS, default="day", help="what to add up by (default: day, in UTC)")
    parser.add_argument("--since", metavar="TIME", help="7d, 12h, 2w ago, or a time such as 2026-11-22")
    parser.add_argument("--until", metavar="TIME", help="the same")
    parser.add_argument("--run", metavar="RUN", help="of this run and all runs of its delegates")
    parser.add_argument("--session", metavar="SESSION", help="of this session")
    parser.add_argument("--agent", metavar="AGENT", help="of this agent, by name or id")
    parser.add_argument("--tenant", metavar="NAME", help="of this tenant (metadata.tenant_id)")
    parser.add_argument("--limit", metavar="N", type=positive(int), default=100, help="rows (default: 100)")
    add_output(parser, "table", "json", "jsonl")


def show_costs(arguments: argparse.Namespace, screen: Screen) -> int:
    since, until = _time(arguments.since, "--since"), _time(arguments.until, "--until")
    with connected_client(arguments) as client:
        costs = client.costs(
            arguments.by,
            since=since,
            until=until,
            run_id=None if arguments.run is None else run_id(client, arguments.run),
            session_id=None if arguments.session is None else session_id(client, arguments.session),
            agent_id=None if arguments.agent is None else agent(client, arguments.agent).id,
            tenant_id=arguments.tenant,
            max_count=arguments.limit,
        )
    if arguments.output == "jsonl":
        for cost in costs:
            screen.data(line(cost))
        return ExitCode.DONE
    if arguments.output == "json":
        screen.data(document(costs=costs))
        return ExitCode.DONE
    if not costs:
        screen.note("no model calls there")
        return ExitCode.DONE
    headings = (arguments.by, "calls", "input", "written", "read", "hit rate", "output", "cost")
    screen.data(table(screen.out, headings, [_row(cost) for cost in costs], right=(1, 2, 3, 4, 5, 6, 7)))
    _notes(costs, screen)
    return ExitCode.DONE


def _row(cost: CostSummary) -> list[str]:
    rate = "" if cost.cache_hit_rate is None else f"{cost.cache_hit_rate:.0%}"
    price = dollars(cost.priced_cost_usd)
    if cost.unpriced_calls:
        price = f"{price} + {cost.unpriced_calls:,} unpriced" if cost.priced_cost_usd else "unpriced"
    written = cost.cache_write_5m_tokens + cost.cache_write_1h_tokens
    tokens = (cost.input_tokens, written, cost.cache_read_tokens)
    return [
        cost.name or cost.key or "none",
        f"{cost.calls:,}",
        *(f"{number:,}" for number in tokens),
        rate,
        f"{cost.output_tokens:,}",
        price,
    ]


def _notes(costs: list[CostSummary], screen: Screen) -> None:
    unpriced = sum(cost.unpriced_calls for cost in costs)
    if unpriced:
        screen.hint(f"{count(unpriced, 'call')} without a price: agentpg models update --file FILE")
    abandoned = sum(cost.abandoned_calls for cost in costs)
    if abandoned:
        screen.hint(f"{count(abandoned, 'call')} of these came to nothing: the run had ended meanwhile")
    failed = sum(cost.failed_calls for cost in costs)
    if failed:
        known = [cost.failed_cost_usd for cost in costs if cost.failed_cost_usd is not None]
        amount = dollars(sum(known, Decimal(0)) if len(known) == len(costs) else None)
        screen.hint(f"beside these {count(failed, 'attempt')} without an answer: {amount}")


def _time(text: str | None, option: str) -> datetime | None:
    if text is None:
        return None
    ago = _AGO.fullmatch(text)
    if ago is not None:
        return datetime.now(UTC) - timedelta(**{_UNITS[ago[2]]: float(ago[1])})
    try:
        given = datetime.fromisoformat(text)
    except ValueError as error:
        raise usage(
            f"{option}: {text!r} is no time",
            why="it is neither a length of time nor a date",
            next=f"{option} 7d",
        ) from error
    return given if given.tzinfo is not None else given.replace(tzinfo=UTC)
