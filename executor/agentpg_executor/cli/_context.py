"""`agentpg sessions context`, `compact` and `restore`: how long a conversation is, and making it shorter."""

from __future__ import annotations

import argparse
import asyncio
from typing import TYPE_CHECKING

from ._claude import can_call_claude, no_key
from ._database import connected_client
from ._failure import CliError
from ._ids import session_id
from ._parser import Commands, add_output, command, positive
from ._screen import Screen
from ._shapes import document
from ._table import fields, table
from ._words import age, count
from .agents import json_object
from .exit_codes import ExitCode

if TYPE_CHECKING:
    from agentpg import Client, Compaction, SessionStats


def add_context(sessions: Commands) -> None:
    """The commands about the context of a session."""
    shown = command(sessions, "context", show_context, "how long a conversation is, and what shortened it")
    shown.add_argument("session", metavar="ID", help="the session's id, or the beginning of it")
    shown.add_argument(
        "--count", action="store_true", help="have the API count it (takes a key, costs nothing)"
    )
    add_output(shown, "text", "json")
    shorter = command(sessions, "compact", compact, "make the context of a conversation shorter")
    shorter.add_argument("session", metavar="ID", help="the session's id, or the beginning of it")
    shorter.add_argument("--config", metavar="JSON", help='for this time, such as {"keep_last": 4}')
    shorter.add_argument("--if-needed", action="store_true", help="only if it is above the trigger")
    shorter.add_argument("--dry-run", action="store_true", help="show the plan and change nothing")
    shorter.add_argument(
        "--wait", metavar="SECONDS", type=positive(float), help="wait for a model to write the summary"
    )
    undone = command(sessions, "restore", restore, "undo the last compaction of a conversation")
    undone.add_argument("session", metavar="ID", help="the session's id, or the beginning of it")


def show_context(arguments: argparse.Namespace, screen: Screen) -> int:
    with connected_client(arguments) as client:
        wanted = session_id(client, arguments.session)
        if arguments.count:
            _count(client, str(wanted))
        stats = client.get_compaction_stats(wanted)
        compactions = client.list_compactions(wanted, max_count=20)
    if arguments.output == "json":
        screen.data(document(context=stats, compactions=compactions))
        return ExitCode.DONE
    screen.data(fields(screen.out, _facts(stats)))
    if compactions:
        rows = [_row(one, stats) for one in compactions]
        screen.data(
            "\n" + table(screen.out, ("compaction", "state", "cause", "tokens", "messages", "when"), rows)
        )
    if stats.needs_compaction and not stats.compacting:
        screen.hint(f"it is above the trigger: agentpg sessions compact {wanted}")
    return ExitCode.DONE


def _facts(stats: SessionStats) -> list[tuple[str, str | None]]:
    window = None if stats.max_context_tokens is None else f"{stats.max_context_tokens:,} tokens"
    share = "" if stats.usage_share is None else f", {stats.usage_share:.1%} of the window"
    return [
        ("session", str(stats.session_id)),
        ("model", stats.model),
        ("messages", f"{stats.messages:,}, {stats.context_messages:,} of them shown to the model"),
        ("context", f"{stats.context_tokens:,} tokens{'' if stats.counted else ' (estimated)'}{share}"),
        ("window", window),
        ("compacts above", None if stats.trigger_tokens is None else f"{stats.trigger_tokens:,} tokens"),
        ("would save", f"{stats.compactable_tokens:,} tokens" if stats.compactable_tokens else None),
        ("compacted", count(stats.compaction_count, "time")),
    ]


def _row(one: Compaction, stats: SessionStats) -> list[str]:
    state = "undone" if one.restored_at else "in force" if one.id == stats.compaction_id else one.state.value
    return [
        str(one.id),
        state,
        one.cause,
        f"{one.original_tokens:,} -> {one.compacted_tokens:,}",
        f"-{one.messages_removed}",
        age(one.created_at),
    ]


def _count(client: Client, wanted: str) -> None:
    if not can_call_claude():
        raise no_key("leave out --count: the size is known from the last answer")
    from ..model import make_client

    asked = client.context_to_count(wanted)
    if asked is None:
        return

    async def counted() -> int:
        async with make_client() as claude:
            answer = await claude.messages.count_tokens(**asked.request)
        return answer.input_tokens

    client.record_context_count(asked, asyncio.run(counted()))


def compact(arguments: argparse.Namespace, screen: Screen) -> int:
    config = json_object(arguments.config, "--config")
    with connected_client(arguments) as client:
        wanted = session_id(client, arguments.session)
        if arguments.dry_run:
            plan = client.plan_compaction(wanted, config=config)
            screen.data(document(plan=plan))
            return ExitCode.DONE
        begin = client.compact_if_needed if arguments.if_needed else None
        made = begin(wanted, config=config) if begin else client.compact_with_config(wanted, config)
        if made is None:
            screen.hint("nothing to do: the context is short enough, or nothing in it may go")
            return ExitCode.DONE
        if arguments.wait is not None and made.run_id is not None and not made.state.is_over:
            client.wait_for_run(made.run_id, timeout=arguments.wait)
            made = next(one for one in client.list_compactions(wanted) if one.id == made.id)
    screen.data(f"{made.id} {made.state.value}")
    if made.state.is_over:
        screen.hint(f"{made.original_tokens:,} -> {made.compacted_tokens:,} tokens")
        screen.hint(f"undo: agentpg sessions restore {wanted}")
    elif made.state.value == "ready":
        screen.hint("it comes into force when the active turn ends")
    else:
        screen.hint(f"a model writes the summary (agentpg worker); its run: {made.run_id}")
    if made.error_type is not None:
        raise CliError(
            ExitCode.RUN_FAILED,
            "no summary came",
            why=f"{made.error_type}: {made.error_message}",
            next=f"agentpg runs show {made.run_id}",
        )
    return ExitCode.DONE


def restore(arguments: argparse.Namespace, screen: Screen) -> int:
    with connected_client(arguments) as client:
        wanted = session_id(client, arguments.session)
        undone = client.restore_compaction(wanted)
    screen.data(str(undone.id))
    screen.hint(
        f"the context is as it was before: about {undone.original_tokens:,} tokens and what came since"
    )
    return ExitCode.DONE
