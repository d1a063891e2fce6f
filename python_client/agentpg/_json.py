"""JSON as it goes into the database: non-ASCII text kept as it is, nothing that is not JSON let through."""

from __future__ import annotations

import json
from uuid import UUID

from psycopg.types.json import Jsonb

from agentpg.errors import InvalidArgument


def _encode_other(value: object) -> str:
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} is not a JSON value")


def dumps(value: object) -> str:
    """Serialise `value`, or raise `InvalidArgument` for NaN, infinities and objects JSON has no form for."""
    try:
        return json.dumps(
            value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_encode_other
        )
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidArgument(
            f"this value has no JSON form: {error}",
            hint="use text, numbers, booleans, None, lists and dictionaries with text keys",
        ) from error


def jsonb(value: object) -> Jsonb:
    """Wrap `value` for a jsonb parameter."""
    return Jsonb(value, dumps=dumps)


def jsonb_or_none(value: object) -> Jsonb | None:
    """Wrap `value`, with None meaning SQL null rather than JSON null."""
    return None if value is None else jsonb(value)
