"""`agentpg sessions`: list and show conversations; the rest is in `_turns`, `_context` and `_keeping`."""

from __future__ import annotations

import argparse
import json
import textwrap
from typing import TYPE_CHECKING, Any

from ._context import add_context
from ._database import connected_client
from ._ids import session_id, shortened
from ._keeping import add_keeping
from ._parser import Commands, add_output, command, group, positive
from ._run_page import arguments_text
from ._screen import Pen, Screen
from ._shapes import document, line
from ._table import fields, table
from ._turns import add_fork
from ._words import age, count, moment
from .exit_codes import ExitCode

if TYPE_CHECKING:
    from agentpg import Client, Message, Session

_PAGE = 500


def add(commands: Commands) -> None:
    own = group(commands, "sessions", "list, show, fork, compact, move and delete conversations")
    listed = command(own, "list", list_sessions, "sessions, newest first")
    listed.add_argument("--before", metavar="ID", help="the next page: sessions older than this one")
    listed.add_argument("--limit", metavar="N", type=positive(int), default=20, help="rows (default: 20)")
    add_output(listed, "table", "json", "jsonl")
    shown = command(own, "show", show_session, "the messages of a session")
    shown.add_argument("session", metavar="ID", help="the session's id, or the beginning of it")
    shown.add_argument("--after", metavar="SEQ", type=int, default=0, help="only messages after this place")
    shown.add_argument("--superseded", action="store_true", help="the messages of regenerated turns too")
    add_output(shown, "text", "json", "jsonl")
    add_fork(own)
    add_context(own)
    add_keeping(own)


def list_sessions(arguments: argparse.Namespace, screen: Screen) -> int:
    with connected_client(arguments) as client:
        before = session_id(client, arguments.before) if arguments.before else None
        sessions = client.list_sessions(max_count=arguments.limit + 1, before=before)
    more, sessions = len(sessions) > arguments.limit, sessions[: arguments.limit]
    if arguments.output == "jsonl":
        for session in sessions:
            screen.data(line(session))
    elif arguments.output == "json":
        screen.data(document(sessions=sessions, next_before=sessions[-1].id if more else None))
    elif sessions:
        short = shortened(session.id for session in sessions)
        rows = [
            [
                short(one.id),
                age(one.created_at),
                age(one.updated_at),
                json.dumps(one.metadata, ensure_ascii=False),
            ]
            for one in sessions
        ]
        screen.data(table(screen.out, ("session", "created", "updated", "metadata"), rows, right=(1, 2)))
    if not sessions:
        screen.hint('no sessions here; start one: agentpg run AGENT "prompt"')
        return ExitCode.DONE
    if more:
        screen.hint(f"more: agentpg sessions list --before {sessions[-1].id}")
    screen.hint(f"read one: agentpg sessions show {sessions[0].id}")
    return ExitCode.DONE


def show_session(arguments: argparse.Namespace, screen: Screen) -> int:
    with connected_client(arguments) as client:
        wanted = session_id(client, arguments.session)
        session = client.get_session(wanted)
        messages = _messages(client, wanted, arguments.after, superseded=arguments.superseded)
    if arguments.output == "json":
        screen.data(document(session=session, messages=messages))
        return ExitCode.DONE
    if arguments.output == "jsonl":
        for message in messages:
            screen.data(line(message))
        return ExitCode.DONE
    head = fields(
        screen.out,
        [
            ("session", str(session.id)),
            ("created", moment(session.created_at)),
            ("forked from", _origin(session)),
            ("messages", count(len(messages), "message")),
            ("metadata", json.dumps(session.metadata, ensure_ascii=False) if session.metadata else None),
        ],
    )
    screen.data("\n\n".join([head, *(_message(screen.out, message) for message in messages)]))
    screen.hint(f"its runs: agentpg runs list --session {session.id}")
    return ExitCode.DONE


def _origin(session: Session) -> str | None:
    if session.forked_from_session_id is None:
        return None
    return f"{session.forked_from_session_id} after #{session.forked_at_seq}"


def _messages(client: Client, wanted: object, after: int, *, superseded: bool) -> list[Message]:
    messages: list[Message] = []
    while True:
        page = client.session_messages(str(wanted), after_seq=after, max_count=_PAGE, superseded=superseded)
        messages += page
        if len(page) < _PAGE:
            return messages
        after = page[-1].seq


def _message(pen: Pen, message: Message) -> str:
    style = "cyan" if message.role == "user" else "green"
    head = f"{pen.paint(message.role.value, style, 'bold')} {pen.paint(f'#{message.seq}', 'dim')}"
    body = "\n".join(part for block in message.content if (part := _block(pen, block)))
    return f"{head}\n{textwrap.indent(body, '  ')}" if body else head


def _block(pen: Pen, block: dict[str, Any]) -> str:
    kind = str(block.get("type"))
    if kind == "text":
        return pen.show(str(block.get("text", "")))
    if kind in ("tool_use", "server_tool_use"):
        called = f"{block.get('name')}({arguments_text(block.get('input'))})"
        return pen.paint(f"{pen.glyph('⚙', '*')} {pen.show(called)}", "yellow")
    if kind == "tool_result":
        said = _result_text(block.get("content"))
        failed = bool(block.get("is_error"))
        arrow = pen.glyph("→", "->")
        return pen.paint(f"{arrow} {pen.show(said)}", "red" if failed else "dim")
    if kind == "thinking":
        return pen.paint(f"(thought) {pen.show(str(block.get('thinking', '')))}", "dim")
    return pen.paint(f"[{pen.show(kind)}]", "dim")


def _result_text(content: Any) -> str:
    if isinstance(content, str):
        return content
    blocks: list[Any] = content or []
    return "\n".join(str(one.get("text", f"[{one.get('type')}]")) for one in blocks)
