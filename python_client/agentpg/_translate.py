"""From what psycopg raises to what AgentPG raises."""

from __future__ import annotations

import json
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, cast

import psycopg
from psycopg_pool import PoolClosed, PoolTimeout, TooManyRequests

from agentpg.errors import (
    AgentPGError,
    InvalidArgument,
    InvalidContent,
    NulByteError,
    SchemaOutOfDate,
    StorageError,
    from_sqlstate,
)

_NUL_HINT = "remove the NUL characters (\\x00) from the text"
_MIGRATE_HINT = "run `agentpg migrate` on this database"

# What may go away by itself: lost connections, serialisation, resources, operator intervention, locks.
_RETRYABLE_CLASSES = ("08", "40", "53", "57", "58")
_RETRYABLE_CODES = ("55P03", "25006")
# Our arguments are cast in SQL, so these say that a value does not fit its type.
_BAD_VALUE_CODES = ("22003", "22007", "22008", "22P02")


@contextmanager
def translating() -> Generator[None, None, None]:
    """Raise our own error for whatever the database or the pool raises inside."""
    try:
        yield
    except (psycopg.Error, UnicodeEncodeError) as error:
        raise translate(error) from error


def translate(error: psycopg.Error | UnicodeEncodeError) -> AgentPGError:
    """The error of ours that stands for `error`."""
    if isinstance(error, UnicodeEncodeError):
        return InvalidContent(
            f"the text is not valid Unicode: {error.reason}",
            hint="it holds half of a surrogate pair; decode it again or replace the broken characters",
        )
    if isinstance(error, (PoolTimeout, PoolClosed, TooManyRequests)):
        return _pool_error(error)
    sqlstate = error.sqlstate
    message = error.diag.message_primary or str(error) or type(error).__name__
    detail = error.diag.message_detail or None
    hint = error.diag.message_hint or None
    if sqlstate is None:
        return _client_side_error(error, message)
    if sqlstate.startswith("AP"):
        return from_sqlstate(sqlstate)(
            message, code=sqlstate, hint=hint, detail=detail, details=_details(detail)
        )
    if sqlstate == "22021" or (sqlstate == "22P05" and "\\u0000" in f"{message} {detail}"):
        return NulByteError("the text holds a NUL character", code=sqlstate, hint=_NUL_HINT, detail=detail)
    if sqlstate in _BAD_VALUE_CODES:
        return InvalidArgument(message, code=sqlstate, hint=hint, detail=detail)
    if sqlstate in ("3F000", "42883") and "agentpg" in message:
        return SchemaOutOfDate(message, code=sqlstate, hint=_MIGRATE_HINT, detail=detail)
    if sqlstate == "25P02":
        hint = "an earlier statement of this transaction failed; roll it back (or use a savepoint) first"
    elif sqlstate == "42501" and "agentpg" in message:
        hint = "let an administrator run: select agentpg.grant_access('the role', 'client')"
    return StorageError(message, code=sqlstate, hint=hint, detail=detail, retryable=_is_retryable(sqlstate))


def _is_retryable(sqlstate: str) -> bool:
    return sqlstate[:2] in _RETRYABLE_CLASSES or sqlstate in _RETRYABLE_CODES


def is_connection_loss(error: psycopg.Error) -> bool:
    """Whether the connection died under the statement (as opposed to: none could be had)."""
    if isinstance(error, (PoolTimeout, PoolClosed, TooManyRequests)):
        return False
    if not isinstance(error, (psycopg.OperationalError, psycopg.InterfaceError)):
        return False
    sqlstate = error.sqlstate
    return sqlstate is None or sqlstate[:2] == "08" or sqlstate in ("57P01", "57P02", "57P03", "57P05")


def _pool_error(error: PoolTimeout | PoolClosed | TooManyRequests) -> StorageError:
    if isinstance(error, PoolClosed):
        return StorageError(str(error), hint="open the pool before the client and close it after")
    return StorageError(
        f"no database connection became free: {error}",
        hint="raise max_size or pool_timeout, or look for connections that are held too long",
        retryable=True,
    )


def _client_side_error(error: psycopg.Error, message: str) -> AgentPGError:
    if isinstance(error, psycopg.DataError) and "NUL" in message:
        return NulByteError("the text holds a NUL character", hint=_NUL_HINT)
    if isinstance(error, psycopg.DataError):
        return InvalidArgument(message)
    # Without a SQLSTATE an operational error means that the connection was refused, reset or timed out.
    return StorageError(message, retryable=isinstance(error, psycopg.OperationalError))


def _details(detail: str | None) -> dict[str, Any]:
    if not detail:
        return {}
    try:
        parsed: Any = json.loads(detail)
    except ValueError:
        return {}
    return cast("dict[str, Any]", parsed) if isinstance(parsed, dict) else {}
