"""The API's own compaction: when it is due, what the summary says, and what the step costs."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace
from typing import Any

from ._cache import CachePlan
from ._prefix import prefix_of
from ._request import FakeRequest
from ._signing import sign_summary
from ._state import State
from ._turns import DERIVED, Turn

Json = dict[str, Any]


def choose(state: State, request: FakeRequest, plan: CachePlan, *, marked: bool) -> tuple[Turn, CachePlan]:
    """The turn for a request and what it costs, with a summary first if one is due or scripted.

    A script's own summary, `compaction("...")`, takes the place of the one the fake would write.
    """
    wanted = request.context.compaction
    due = wanted is not None and (wanted.trigger is None or plan.total >= wanted.trigger)
    if wanted is not None and due and wanted.pause:
        turn = state.scripts.take_summary(request) or Turn()
    else:
        turn = state.choose(request)
    found = next((block for block in turn.content if block.get("type") == "compaction"), None)
    if found is None and due:
        found = {"type": "compaction", "content": _summary(request)}
        turn = replace(turn, content=(found, *turn.content))
    if found is None:
        return turn, plan
    on_demand = wanted is not None and wanted.trigger is None
    block = _finish(found, request, on_demand=on_demand)
    turn = replace(turn, content=tuple(block if each is found else each for each in turn.content))
    if turn.stop_reason == DERIVED and len(turn.content) == 1:
        turn = replace(turn, stop_reason="compaction")
    if turn.stop_reason == "compaction":
        return turn, CachePlan(0, entries=plan.entries, summary=plan)
    if block.get("content") is None:
        return turn, replace(plan, summary=plan)
    shorter = state.cache.plan(request.context.compacted(block), request.context.model, marked=marked)
    return turn, replace(shorter, entries=[*plan.entries, *shorter.entries], summary=plan)


def _finish(block: Json, request: FakeRequest, *, on_demand: bool) -> Json:
    """On demand it is signed; at a threshold it carries something opaque."""
    content = block.get("content")
    if content is None:
        return {"content": None, **block}
    if on_demand:
        return {"signature": sign_summary(content, prefix_of(request.params).told), **block}
    opaque = base64.b64encode(hashlib.blake2b(content.encode(), digest_size=24).digest()).decode()
    return {"encrypted_content": opaque, **block}


def _summary(request: FakeRequest) -> str:
    """Always the same for the same request."""
    count = len(request.messages)
    noun = "message" if count == 1 else "messages"
    return f"Summary of {count} {noun}. The last question was: {request.prompt[:200]}"
