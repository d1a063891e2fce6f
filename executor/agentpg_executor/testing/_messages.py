"""`POST /v1/messages` and `/v1/messages/count_tokens`."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from ._answer import make_message
from ._compacting import choose
from ._delivery import deliver, does_no_work, refuse, waits_of
from ._errors import ApiError, invalid
from ._journal import Entry
from ._reply import Reply, json_reply
from ._state import State
from ._turns import Turn


def parse_body(raw: bytes) -> Any:
    """The request's JSON."""
    try:
        return json.loads(raw)
    except ValueError as error:
        raise invalid(f"The request body is not valid JSON: {error}") from None


def create_message(state: State, entry: Entry, raw: bytes, broken: Turn | None = None) -> Reply:
    """Answer one call with the next turn; a fault in mid stream put on the route replaces the turn's own."""
    params = parse_body(raw)
    entry.body = params if state.settings.keep_bodies else None
    request, model = state.read_request(params, entry.headers)
    entry.stream, entry.model = request.stream, request.model
    plan = state.plan(request, model, marked=b'"cache_control"' in raw)
    state.limiter.admit(request.model, plan.limited)
    if state.settings.keep_bodies:
        entry.request = request
    else:
        entry.key = request.key
    turn, plan = choose(state, request, plan, marked=b'"cache_control"' in raw)
    if broken is not None and broken.fault is not None and broken.fault.after is not None:
        turn = replace(turn, fault=broken.fault)
    fault = turn.fault
    if fault is not None:
        entry.fault = fault.kind
        if fault.kind == "status":
            reply = refused(entry, refuse(fault))
            reply.waits = waits_of(turn)
            return reply
        if fault.kind in ("expired", "canceled"):
            raise invalid(f"The script has an item that is {fault.kind}, which only a batch can answer.")
    message = make_message(turn, request, plan, state.ids, state.own)
    reply = deliver(message, turn, state.settings, stream=request.stream)
    if not does_no_work(fault):
        entry.served, entry.billed = True, turn.billed
        state.limiter.spend(request.model, message["usage"]["output_tokens"])
    if state.settings.keep_bodies:
        entry.response = message
    if plan.entries:
        reply.begin = lambda: state.cache.write(plan)
    return reply


def refused(entry: Entry, error: ApiError) -> Reply:
    """The error as a response."""
    entry.error_type = error.type
    reply = json_reply(error.body(entry.request_id), error.status)
    reply.headers.update(error.headers)
    return reply


def count_tokens(state: State, entry: Entry, raw: bytes) -> Reply:
    """The tokens of a prompt, by the same rule as `usage`."""
    params = parse_body(raw)
    entry.body = params if state.settings.keep_bodies else None
    request, model = state.read_request(params, entry.headers, counting=True)
    answer: dict[str, Any] = {"input_tokens": state.plan(request, model, marked=False).total}
    if request.context.original_tokens is not None:
        answer["context_management"] = {"original_input_tokens": request.context.original_tokens}
    return json_reply(answer)
