"""`agentpg sessions delete`, `export` and `import`: what removes conversations, and what moves them."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from ._database import connected_client
from ._failure import CliError, usage
from ._ids import run_id, session_id
from ._parser import Commands, add_output, command
from ._screen import Screen
from ._shapes import document
from ._words import count
from .agents import json_object
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
    exported = command(
        sessions, "export", export_session, "write a session, or one run of it, as one JSON document"
    )
    exported.add_argument("session", metavar="ID", nargs="?", help="the session's id, or the beginning of it")
    exported.add_argument("--run", metavar="ID", help="this run and what was said before it, instead")
    exported.add_argument("--file", metavar="FILE", help="where to (default: stdout)")
    imported = command(sessions, "import", import_session, "make a session of a document of export")
    imported.add_argument("file", metavar="FILE", help="the document, - for stdin")
    imported.add_argument("--keep-ids", action="store_true", help="its own ids instead of new ones")
    imported.add_argument("--metadata", metavar="JSON", help="instead of its metadata, the tenant included")


def export_session(arguments: argparse.Namespace, screen: Screen) -> int:
    if (arguments.session is None) == (arguments.run is None):
        raise usage(
            "one session or one run is exported",
            why="name a session, or a run with --run",
            next="agentpg sessions export ID --file session.json",
        )
    with connected_client(arguments) as client:
        if arguments.run is None:
            exported = client.export_session(session_id(client, arguments.session))
        else:
            exported = client.export_run(run_id(client, arguments.run))
    text = json.dumps(exported, ensure_ascii=False)
    if arguments.file is None:
        screen.data(text)
    else:
        try:
            Path(arguments.file).write_text(text + "\n", encoding="utf-8")
        except OSError as error:
            raise usage(
                f"cannot write {arguments.file!r}", why=str(error), next="another place for --file"
            ) from error
        screen.hint(f"elsewhere: agentpg sessions import {arguments.file} --database-url URL")
    return ExitCode.DONE


def import_session(arguments: argparse.Namespace, screen: Screen) -> int:
    metadata = json_object(arguments.metadata, "--metadata")
    try:
        text = sys.stdin.read() if arguments.file == "-" else Path(arguments.file).read_text(encoding="utf-8")
        exported: Any = json.loads(text)
    except (OSError, ValueError) as error:
        raise usage(
            f"cannot read a document from {arguments.file!r}",
            why=str(error),
            next="agentpg sessions export ID --file session.json",
        ) from error
    with connected_client(arguments) as client:
        made = client.import_session(exported, keep_ids=arguments.keep_ids, metadata=metadata)
    screen.data(str(made))
    screen.hint(f"read it: agentpg sessions show {made}")
    return ExitCode.DONE


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
