"""`agentpg sessions delete`: what removes conversations."""

from __future__ import annotations

import argparse

from ._database import connected_client
from ._failure import CliError, usage
from ._ids import session_id
from ._parser import Commands, add_output, command
from ._screen import Screen
from ._shapes import document
from ._words import count
from .exit_codes import ExitCode

# In the order in which they are told, and the word for one of them.
_KINDS = {
    "sessions": "session",
    "messages": "message",
    "runs": "run",
    "iterations": "model call",
    "tool_executions": "tool call",
    "compactions": "compaction",
    "failed_attempts": "failed attempt",
    "events": "event",
}


def add_keeping(sessions: Commands) -> None:
    """The commands that remove sessions."""
    deleted = command(
        sessions, "delete", delete_session, "delete a session, those below it, and all that belongs to them"
    )
    deleted.add_argument("session", metavar="ID", help="the session's id, or the beginning of it")
    deleted.add_argument("--dry-run", action="store_true", help="only say what would be deleted")
    deleted.add_argument("--yes", action="store_true", help="do not ask")
    add_output(deleted, "text", "json")


def delete_session(arguments: argparse.Namespace, screen: Screen) -> int:
    with connected_client(arguments) as client:
        wanted = session_id(client, arguments.session)
        counts = client.delete_session(wanted, dry_run=True)
        if not arguments.dry_run:
            if not arguments.yes:
                _confirm(str(wanted), told(counts), screen)
            counts = client.delete_session(wanted)
    if arguments.output == "json":
        screen.data(document(session_id=wanted, dry_run=arguments.dry_run, deleted=counts))
    else:
        screen.data(told(counts))
    if arguments.dry_run:
        screen.hint(f"delete it: agentpg sessions delete {wanted}")
    return ExitCode.DONE


def told(counts: dict[str, int]) -> str:
    known = [count(counts[kind], word) for kind, word in _KINDS.items() if counts.get(kind)]
    return ", ".join(known)


def _confirm(wanted: str, what: str, screen: Screen) -> None:
    if not screen.can_ask:
        raise usage(
            "deleting a session is not undone, and nobody is there to be asked",
            why=f"it would delete {what}",
            next=f"agentpg sessions delete {wanted} --yes",
        )
    if not screen.ask(f"Delete session {wanted} for good ({what})?"):
        raise CliError(
            ExitCode.CONFLICT,
            "nothing was deleted",
            why="the answer was no",
            next=f"agentpg sessions show {wanted}",
        )
