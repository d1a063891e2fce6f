"""JSON of the command line: typed rows as plain objects, in envelopes that carry a version."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any, cast
from uuid import UUID

SCHEMA = 1
"""Goes up when a key changes its meaning or disappears; new keys may appear at any time."""

# Lengths of time are numbers of seconds, and say so in their names.
_SECONDS = {"duration": "duration_seconds", "elapsed": "elapsed_seconds", "usual": "usual_seconds"}


def plain(value: Any) -> Any:
    """`value` as JSON has it: dataclasses as objects, ids and times as text, lengths of time in seconds."""
    if value is None or isinstance(value, (str, int, float)):
        return value.value if isinstance(value, Enum) else value
    if is_dataclass(value) and not isinstance(value, type):
        return {_SECONDS.get(f.name, f.name): plain(getattr(value, f.name)) for f in fields(value) if f.repr}
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, Mapping):
        items = cast("Mapping[object, object]", value)
        return {str(key): plain(item) for key, item in items.items()}
    if isinstance(value, Iterable):
        return [plain(item) for item in cast("Iterable[object]", value)]
    return str(value)


def document(**content: Any) -> str:
    """One JSON document."""
    return json.dumps({"schema": SCHEMA, **plain(content)}, indent=2, ensure_ascii=False)


def line(row: Any) -> str:
    """One line of JSON."""
    return json.dumps({"schema": SCHEMA, **plain(row)}, ensure_ascii=False, separators=(",", ":"))
