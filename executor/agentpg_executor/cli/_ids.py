"""Ids as people give them: whole, or a prefix that means one thing only."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from uuid import UUID

from ._failure import CliError, usage
from ._words import count
from .exit_codes import ExitCode

if TYPE_CHECKING:
    from agentpg import Agent, Approval, Client

_HEX = re.compile(r"[0-9a-f]{1,32}")
# Ids begin with the time of their creation: 13 characters hold all of it, to the millisecond.
_SHORTEST = 13
_PLURALS = {
    "run": "runs",
    "session": "sessions",
    "agent": "agents",
    "batch": "batches",
    "approval": "approvals",
}


def shortened(ids: Iterable[UUID]) -> Callable[[UUID], str]:
    """A way to show ids: the shortest prefix that tells these apart."""
    texts = sorted(str(one) for one in set(ids))
    length = _SHORTEST
    for former, latter in pairwise(texts):
        same = next(place for place, (a, b) in enumerate(zip(former, latter, strict=True)) if a != b)
        length = max(length, same + 1)
    return lambda one: str(one)[:length].rstrip("-")


def run_id(client: Client, text: str) -> UUID:
    """The run whose id begins with `text`."""
    return _found(
        text, "run", lambda before: [run.id for run in client.list_runs(before=before, max_count=2)]
    )


def session_id(client: Client, text: str) -> UUID:
    """The session whose id begins with `text`."""
    return _found(
        text, "session", lambda before: [one.id for one in client.list_sessions(before=before, max_count=2)]
    )


def batch_id(client: Client, text: str) -> UUID:
    """The batch whose id begins with `text`."""
    return _found(
        text,
        "batch",
        lambda before: [one.batch_id for one in client.list_batches(before=before, max_count=2)],
    )


def approval(client: Client, text: str) -> tuple[UUID, Approval | None]:
    """The tool call whose id begins with `text`, and the approval it waits for; a whole id need not wait."""
    waiting = {one.tool_execution_id: one for one in every_approval(client)}
    found = _found(
        text, "approval", lambda highest: sorted((i for i in waiting if i < highest), reverse=True)
    )
    return found, waiting.get(found)


def every_approval(client: Client) -> Iterable[Approval]:
    """All that waits for a person, page by page."""
    after: UUID | None = None
    while page := client.list_approvals(after=after, max_count=200):
        yield from page
        after = page[-1].tool_execution_id


def agent(client: Client, text: str) -> Agent:
    """The agent of this name, or whose id begins with `text`."""
    from agentpg.errors import AgentNotFound

    digits = _digits(text)
    if digits is not None and len(digits) == 32:
        return client.get_agent_by_id(UUID(digits))
    try:
        return client.get_agent_by_name(text)
    except AgentNotFound:
        pass
    agents = list(every_agent(client))
    named = [one for one in agents if one.name == text]
    if not named and digits is not None and len(digits) >= 4:
        named = [one for one in agents if one.id.hex.startswith(digits)]
    if len(named) == 1:
        return named[0]
    if named:
        raise _ambiguous(text, "agent", [one.id for one in named])
    raise CliError(
        ExitCode.NOT_FOUND,
        f"there is no agent {text!r}",
        why=_nearest(text, [one.name for one in agents]),
        next=f"agentpg agents create {text} --model claude-sonnet-5-5",
    )


def every_agent(client: Client, **filters: Any) -> Iterable[Agent]:
    """All agents, page by page."""
    skip = 0
    while True:
        agents, total = client.list_agents(max_count=200, skip=skip, **filters)
        yield from agents
        skip += len(agents)
        if not agents or skip >= total:
            return


def _found(text: str, kind: str, newest_before: Callable[[UUID], Sequence[UUID]]) -> UUID:
    digits = _digits(text)
    if digits is None:
        raise usage(
            f"{text!r} is not the id of a {kind}",
            why="an id is a UUID, or the beginning of one",
            next=f"agentpg {_PLURALS[kind]} list",
        )
    if len(digits) == 32:
        return UUID(digits)
    # Ids are listed newest first: those with the prefix come right before the highest that could have it.
    highest = UUID(digits.ljust(32, "f"))
    matching = [one for one in newest_before(highest) if one.hex.startswith(digits)]
    if len(matching) == 1:
        return matching[0]
    if matching:
        raise _ambiguous(text, kind, matching)
    raise CliError(
        ExitCode.NOT_FOUND,
        f"there is no {kind} whose id begins with {text}",
        why="the id is wrong, or it is in another database",
        next=f"agentpg {_PLURALS[kind]} list",
    )


def _digits(text: str) -> str | None:
    digits = text.strip().lower().replace("-", "")
    return digits if _HEX.fullmatch(digits) else None


def _ambiguous(text: str, kind: str, ids: Sequence[UUID]) -> CliError:
    return CliError(
        ExitCode.CONFLICT,
        f"{text!r} means more than one {kind}",
        why="it could be " + " or ".join(str(one) for one in ids[:3]),
        next=f"give more of the id: agentpg {_PLURALS[kind]} list -o json",
    )


def _nearest(text: str, names: Sequence[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(text, names, n=1)
    if near:
        return f"the nearest name is {near[0]!r}"
    return (
        f"none of the database's {count(len(names), 'agent')} has this name"
        if names
        else "there are no agents"
    )
