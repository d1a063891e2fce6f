"""`agentpg approvals`: list, approve, reject."""

from __future__ import annotations

import argparse
import getpass
from typing import TYPE_CHECKING
from uuid import UUID

from ._approval_view import approval_block, question_block
from ._database import connected_client
from ._failure import CliError, usage
from ._ids import agent, approval, run_id, session_id
from ._parser import Commands, Parser, add_output, command, group, positive
from ._screen import Screen
from ._shapes import document, line
from ._words import count
from .agents import json_object, text_argument
from .exit_codes import ExitCode

if TYPE_CHECKING:
    from agentpg import Approval

_APPROVE = """\
Lets a waiting tool call go ahead, with the input that is shown and no other. With --edit the tool gets
another input, and the model is told so. Asks on a terminal; elsewhere --yes is needed."""
_REJECT = """\
Ends a waiting tool call: the model gets an error result with the reason, and its run goes on."""


def add(commands: Commands) -> None:
    own = group(commands, "approvals", "tool calls that wait for a person")
    listed = command(own, "list", list_approvals, "what waits for a person, the oldest first")
    listed.add_argument("--agent", metavar="AGENT", help="only calls of this agent's model")
    listed.add_argument("--session", metavar="ID", help="only calls of this session")
    listed.add_argument("--run", metavar="ID", help="only calls of this run, and of its delegates")
    listed.add_argument("--metadata", metavar="JSON", help="only of sessions whose metadata contain this")
    listed.add_argument("--after", metavar="ID", help="the next page: calls after this one")
    listed.add_argument("--limit", metavar="N", type=positive(int), default=20, help="calls (default: 20)")
    add_output(listed, "text", "json", "jsonl")
    approved = command(own, "approve", approve, "let a waiting tool call go ahead", description=_APPROVE)
    _add_call(approved)
    approved.add_argument(
        "--edit", metavar="JSON", help="call the tool with this input instead; @FILE reads it"
    )
    approved.add_argument("--note", metavar="TEXT", help="a remark for the record")
    rejected = command(own, "reject", reject, "refuse a waiting tool call", description=_REJECT)
    _add_call(rejected)
    rejected.add_argument("--reason", metavar="TEXT", help="what the model is told")


def _add_call(parser: Parser) -> None:
    parser.add_argument("call", metavar="ID", help="the call's id, or the beginning of it")
    parser.add_argument("--by", metavar="NAME", help="who decides (default: the user of this process)")
    parser.add_argument("--yes", action="store_true", help="do not ask")


def list_approvals(arguments: argparse.Namespace, screen: Screen) -> int:
    with connected_client(arguments) as client:
        found = client.list_approvals(
            agent_id=agent(client, arguments.agent).id if arguments.agent else None,
            session_id=session_id(client, arguments.session) if arguments.session else None,
            run_id=run_id(client, arguments.run) if arguments.run else None,
            metadata=json_object(arguments.metadata, "--metadata"),
            after=approval(client, arguments.after)[0] if arguments.after else None,
            max_count=arguments.limit + 1,
        )
    more, found = len(found) > arguments.limit, found[: arguments.limit]
    if arguments.output == "jsonl":
        for one in found:
            screen.data(line(one))
    elif arguments.output == "json":
        screen.data(document(approvals=found, next_after=found[-1].tool_execution_id if more else None))
    else:
        screen.data("\n\n".join(approval_block(screen.out, one) for one in found)) if found else None
    if not found:
        screen.hint("nothing waits for approval")
        return ExitCode.DONE
    if more:
        screen.hint(f"more: agentpg approvals list --after {found[-1].tool_execution_id}")
    screen.hint(f"decide: agentpg approvals approve {found[0].tool_execution_id}, or reject")
    return ExitCode.DONE


def approve(arguments: argparse.Namespace, screen: Screen) -> int:
    edited = json_object(text_argument(arguments.edit, "--edit"), "--edit")
    with connected_client(arguments) as client:
        call, waiting = approval(client, arguments.call)
        if waiting is not None:
            _confirm(arguments, screen, waiting, "Approve", edited)
        decided = client.approve_tool(
            call,
            decided_by=_decider(arguments),
            note=arguments.note,
            input=edited,
            input_hash=None if waiting is None else waiting.input_hash,
        )
    return _done(screen, call, waiting, "approved", decided)


def reject(arguments: argparse.Namespace, screen: Screen) -> int:
    with connected_client(arguments) as client:
        call, waiting = approval(client, arguments.call)
        if waiting is not None:
            _confirm(arguments, screen, waiting, "Reject", None)
        decided = client.reject_tool(call, arguments.reason, decided_by=_decider(arguments))
    return _done(screen, call, waiting, "rejected", decided)


def _done(screen: Screen, call: UUID, waiting: Approval | None, word: str, decided: bool) -> int:
    screen.data(str(call))
    screen.hint(word if decided else f"it was {word} before")
    if waiting is not None:
        screen.hint(f"look: agentpg runs show {waiting.run_id}")
    return ExitCode.DONE


def _confirm(
    arguments: argparse.Namespace,
    screen: Screen,
    waiting: Approval,
    verb: str,
    edited: dict[str, object] | None,
) -> None:
    if arguments.yes:
        return
    if not screen.can_ask:
        raise usage(
            f"nobody is there to be asked about the call of {waiting.tool_name}",
            why="a decision is not undone",
            next=f"agentpg approvals {verb.lower()} {waiting.tool_execution_id} --yes",
        )
    screen.note(question_block(screen.err, waiting, edited))
    if not screen.ask(f"{verb} this call?"):
        raise CliError(
            ExitCode.CONFLICT,
            "nothing was decided",
            why="the answer was no",
            next=f"{count(1, 'call')} still waits: agentpg approvals list",
        )


def _decider(arguments: argparse.Namespace) -> str | None:
    if arguments.by:
        name: str = arguments.by
        return name
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return None
