"""What becomes of each request of a batch: checked late, answered by the same scripts and rules."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from .._json import is_array, is_object
from ._batches import BatchItem
from ._compacting import choose
from ._delivery import refuse
from ._errors import ApiError, invalid
from ._prefix import THINKING
from ._request import FakeRequest
from ._state import State
from ._turns import Turn

_CUSTOM_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_REFUSED = ("speed", "thread", "store", "previous_thread_event_id", "fallbacks")


def check_requests(body: Any, limit: int) -> list[dict[str, Any]]:
    """What is checked when a batch is created: its shape and its ids, not the parameters of its items."""
    if not is_object(body):
        raise invalid("The request body is not a JSON object.")
    for key in body:
        if key != "requests":
            raise invalid(f"{key}: Extra inputs are not permitted")
    requests = body.get("requests")
    if requests is None:
        raise invalid("requests: Field required")
    if not is_array(requests):
        raise invalid("requests: Input should be a valid list")
    if not requests:
        raise invalid("requests: List should have at least 1 item after validation, not 0")
    if len(requests) > limit:
        raise invalid(
            f"requests: List should have at most {limit} items after validation, not {len(requests)}"
        )
    seen: set[str] = set()
    for index, item in enumerate(requests):
        if not is_object(item):
            raise invalid(f"requests.{index}: Input should be a valid dictionary")
        custom_id = item.get("custom_id")
        if custom_id is None:
            raise invalid(f"requests.{index}.custom_id: Field required")
        if not isinstance(custom_id, str) or not _CUSTOM_ID.fullmatch(custom_id):
            raise invalid(
                f"requests.{index}.custom_id: String should match pattern '^[a-zA-Z0-9_-]{{1,64}}$'"
            )
        if custom_id in seen:
            raise invalid(f"requests.{index}.custom_id: `{custom_id}` is not unique within the batch")
        seen.add(custom_id)
        if not is_object(item.get("params")):
            raise invalid(f"requests.{index}.params: Field required")
    return requests


def make_item(
    state: State, request: dict[str, Any], headers: Mapping[str, str], seconds: float, *, marked: bool
) -> BatchItem:
    """Decide an item's fate. Bad parameters make it errored; they never fail the batch."""
    custom_id: str = request["custom_id"]
    params: dict[str, Any] = request["params"]
    try:
        check_item(params)
        if "fallback_credit_token" in params:
            params = {key: value for key, value in params.items() if key != "fallback_credit_token"}
        asked, model = state.read_request(params, headers, custom_id=custom_id)
        plan = state.plan(asked, model, marked=marked)
        turn, plan = choose(state, asked, plan, marked=marked)
        if turn.fault is not None and turn.fault.kind == "status":
            raise refuse(turn.fault)
    except ApiError as error:
        return BatchItem(custom_id, "errored", seconds, error=error.body(None))
    key = asked.key
    if not state.settings.keep_bodies:
        asked = _slim(asked, turn)
    if plan.entries:
        state.cache.write(plan)
    if turn.fault is not None and turn.fault.kind == "expired":
        return BatchItem(custom_id, "expired", seconds)
    if turn.fault is not None and turn.fault.kind == "canceled":
        return BatchItem(custom_id, "canceled", seconds)
    return BatchItem(custom_id, "succeeded", seconds + turn.delay, turn, asked, plan, key=key)


def _slim(asked: FakeRequest, turn: Turn) -> FakeRequest:
    """What is needed of the request to write the answer."""
    names = ("model", "max_tokens", "stop_sequences")
    params = {key: asked.params[key] for key in names if key in asked.params}
    slim = FakeRequest(
        {**params, "messages": []},
        {},
        context=replace(asked.context, params=params),
        custom_id=asked.custom_id,
    )
    if any(block.get("type") in THINKING for block in turn.content):
        slim.prefix = asked.prefix
    return slim


def check_item(params: dict[str, Any]) -> None:
    """What a batch refuses of an item that a single call would take."""
    if params.get("stream"):
        raise invalid("stream: streaming is not supported in batches")
    if params.get("max_tokens") == 0:
        raise invalid("max_tokens: 0 is not supported in batches")
    for name in _REFUSED:
        if params.get(name) is not None:
            raise invalid(f"{name}: not supported in batches")
    policy = params.get("billing_policy")
    if is_object(policy) and policy.get("bill_to") == "user_profile":
        raise invalid("billing_policy: user_profile is not supported in batches")
