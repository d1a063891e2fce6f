"""Runs scripts, and turns what Postgres says into a place in a file."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

import psycopg
from psycopg import pq, sql

from ._errors import ChangeFailed
from ._plan import Change
from ._scripts import Script
from ._session import Session


def run_body(session: Session, script: Script, change: Change) -> None:
    """The script without its own begin and commit, as part of the transaction that is open."""
    begin = script.body[0] if script.body else 0
    with _located(script, change, begin):
        _execute(session, script.body_text)


def run_statements(session: Session, script: Script, change: Change) -> None:
    """Statement by statement, each committed by itself or by the script's own begin and commit."""
    for statement in script.statements:
        with _located(script, change, statement.start):
            _execute(session, script.text[statement.start : statement.end])


def _execute(session: Session, text: str) -> None:
    """A script has no parameters, so its percent signs mean nothing, and it may hold many statements."""
    if text.strip():
        session.connection.execute(text.encode())


@contextmanager
def _located(script: Script, change: Change, offset: int) -> Generator[None]:
    try:
        yield
    except psycopg.Error as error:
        position = error.diag.statement_position
        line = f", line {script.line_at(offset + int(position) - 1)}" if position else ""
        raise ChangeFailed(
            f"{change.name} failed and was rolled back ({script.path}{line}): {_said(error)}",
            change=change.name,
            sqlstate=error.sqlstate,
        ) from error


def _said(error: psycopg.Error) -> str:
    parts = [error.diag.message_primary or str(error).strip()]
    parts += [f"detail: {error.diag.message_detail}"] if error.diag.message_detail else []
    parts += [f"hint: {error.diag.message_hint}"] if error.diag.message_hint else []
    parts += [f"context: {error.diag.context}"] if error.diag.context else []
    if isinstance(error, psycopg.errors.LockNotAvailable):
        parts.append("somebody held a lock on a table it needs for too long; nothing was changed, try again")
    return "\n  ".join(parts)


def leave_transaction(session: Session) -> None:
    """After a script that opened a transaction of its own and failed in it."""
    status = session.connection.info.transaction_status
    if status in (pq.TransactionStatus.INTRANS, pq.TransactionStatus.INERROR):
        session.run(sql.SQL("rollback"))
