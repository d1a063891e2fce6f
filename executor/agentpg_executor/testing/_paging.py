"""Cursor paging as the list routes do it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ._errors import invalid

Query = Mapping[str, list[str]]


def page(items: Sequence[dict[str, Any]], query: Query) -> dict[str, Any]:
    """`limit` items after or before a cursor, with `has_more`, `first_id` and `last_id`."""
    limit = _limit(query)
    after, before = query.get("after_id"), query.get("before_id")
    if after and before:
        raise invalid("Only one of after_id and before_id may be given.")
    start, end = 0, len(items)
    if after:
        start = _place(items, after[0]) + 1
        end = min(start + limit, len(items))
        more = end < len(items)
    elif before:
        end = _place(items, before[0])
        start = max(end - limit, 0)
        more = start > 0
    else:
        end = min(limit, len(items))
        more = end < len(items)
    found = list(items[start:end])
    return {
        "data": found,
        "has_more": more,
        "first_id": found[0]["id"] if found else None,
        "last_id": found[-1]["id"] if found else None,
    }


def _limit(query: Query) -> int:
    sent = query.get("limit", ["20"])[0]
    if not sent.isdigit() or not 1 <= int(sent) <= 1000:
        raise invalid("limit: Input should be between 1 and 1000")
    return int(sent)


def _place(items: Sequence[dict[str, Any]], id: str) -> int:
    for index, item in enumerate(items):
        if item["id"] == id:
            return index
    raise invalid(f"Invalid cursor: {id}")
