"""From a turn to a Message: ids, signatures, stop reason, limits, usage."""

from __future__ import annotations

from copy import copy
from typing import Any

from .._json import is_object
from ._binding import record_of
from ._cache import CachePlan
from ._ids import Ids
from ._prefix import THINKING, Prefix
from ._request import FakeRequest
from ._signing import OwnWork, proof_of, sign
from ._tokens import output_tokens
from ._turns import DERIVED, Turn
from ._validate_messages import KNOWN_BLOCKS

Json = dict[str, Any]


def make_message(
    turn: Turn,
    request: FakeRequest,
    plan: CachePlan,
    ids: Ids,
    own: OwnWork,
    *,
    tier: str = "standard",
) -> Json:
    """The complete Message a turn stands for, as answer to a request."""
    params = request.params
    content = _finish_blocks(turn, request, ids, own)
    stop_reason, stop_sequence = turn.stop_reason, turn.stop_sequence
    if stop_reason == DERIVED:
        calls = any(block.get("type") == "tool_use" for block in content)
        stop_reason = "tool_use" if calls else "end_turn"
        if params.get("stop_sequences"):
            found = _stop_at_sequence(content, params["stop_sequences"])
            if found is not None:
                stop_reason, stop_sequence = "stop_sequence", found
        if _stop_at_limit(content, params["max_tokens"]):
            stop_reason, stop_sequence = "max_tokens", None
    elif turn.cut_input and content:
        content[-1] = {**content[-1], "input": {}} if not request.stream else content[-1]
    message: Json = {
        "id": ids.new("msg"),
        "type": "message",
        "role": "assistant",
        "model": request.model,
        "content": content,
        "stop_reason": stop_reason,
        "stop_sequence": stop_sequence,
        "stop_details": turn.stop_details,
        "container": None,
        "usage": _usage(turn, content, plan, tier),
    }
    message.update(request.context.told())
    if turn.message:
        message.update(turn.message)
    return message


def _finish_blocks(turn: Turn, request: FakeRequest, ids: Ids, own: OwnWork) -> list[Json]:
    content: list[Json] = []
    last_server_call = ""
    thinks = any(block.get("type") in THINKING for block in turn.content)
    prefix = copy(request.prefix) if thinks else None
    for block in turn.content:
        kind = block.get("type")
        if kind == "tool_use":
            block = {"type": kind, "id": ids.new("toolu"), "caller": {"type": "direct"}, **block}
        elif kind == "server_tool_use":
            block = {"type": kind, "id": ids.new("srvtoolu"), "caller": {"type": "direct"}, **block}
            last_server_call = block["id"]
        elif kind in THINKING and prefix is not None:
            block = _sign(block, request, prefix, own)
        elif isinstance(kind, str) and kind.endswith("_tool_result") and "tool_use_id" not in block:
            block = {**block, "tool_use_id": last_server_call}
        elif kind not in KNOWN_BLOCKS:
            own.block_types.add(str(kind))
        content.append(block)
        if prefix is not None:
            prefix.add("assistant", block)
    return content


def _sign(block: Json, request: FakeRequest, prefix: Prefix, own: OwnWork) -> Json:
    """Bind thinking to its place. What a script signed itself is remembered instead."""
    kind: str = block["type"]
    record = record_of(request.context.model.id, prefix)
    field = "signature" if kind == "thinking" else "data"
    if field in block:
        own.remember(proof_of(block), record)
    elif kind == "redacted_thinking":
        return {**block, "data": sign(kind, "", record)}
    options: Any = request.params.get("thinking")
    if kind == "thinking" and is_object(options) and options.get("display") == "omitted":
        block = {**block, "thinking": ""}
    return block if field in block else {**block, "signature": sign(kind, block["thinking"], record)}


def _stop_at_sequence(content: list[Json], sequences: list[str]) -> str | None:
    for index, block in enumerate(content):
        if block.get("type") != "text":
            continue
        found = [(place, sequence) for sequence in sequences if (place := block["text"].find(sequence)) >= 0]
        if found:
            place, sequence = min(found)
            content[index] = {**block, "text": block["text"][:place]}
            del content[index + 1 :]
            return sequence
    return None


def _stop_at_limit(content: list[Json], limit: int) -> bool:
    """Shorten text answers to `max_tokens`. Tool calls are left whole: `max_tokens_cut` cuts those."""
    if limit == 0:
        content.clear()
        return True
    total, _ = output_tokens(_answers(content))
    if total <= limit or not content or content[-1].get("type") != "text":
        return False
    last = content[-1]
    keep = max(len(last["text"].encode()) - 4 * (total - limit), 0)
    content[-1] = {**last, "text": last["text"].encode()[:keep].decode(errors="ignore")}
    return True


def _answers(content: list[Json]) -> list[Json]:
    """What the model said after the summary."""
    return [block for block in content if block.get("type") != "compaction"]


def _usage(turn: Turn, content: list[Json], plan: CachePlan, tier: str) -> Json:
    """A step that summarized is told among the `iterations`, and not part of the counts above them."""
    said = _answers(content)
    total, thinking = output_tokens(said)
    if not turn.billed:
        total = thinking = 0
    usage: Json = {
        **_step(plan, total),
        "output_tokens_details": {"thinking_tokens": thinking},
        "server_tool_use": _server_tool_use(content),
        "service_tier": tier,
        "inference_geo": "global",
        "speed": "standard",
    }
    if plan.summary is not None:
        summary, _ = output_tokens([block for block in content if block.get("type") == "compaction"])
        usage["iterations"] = [{"type": "compaction", **_step(plan.summary, summary)}]
        if turn.stop_reason != "compaction":
            usage["iterations"].append({"type": "message", **_step(plan, total)})
    if turn.usage:
        usage.update(turn.usage)
    return usage


def _step(plan: CachePlan, output: int) -> Json:
    """What one call of the model cost."""
    return {
        "input_tokens": plan.input,
        "cache_creation_input_tokens": plan.write_5m + plan.write_1h,
        "cache_read_input_tokens": plan.read,
        "cache_creation": {
            "ephemeral_5m_input_tokens": plan.write_5m,
            "ephemeral_1h_input_tokens": plan.write_1h,
        },
        "output_tokens": output,
    }


def _server_tool_use(content: list[Json]) -> Json | None:
    names = [block["name"] for block in content if block.get("type") == "server_tool_use"]
    if not names:
        return None
    return {"web_search_requests": names.count("web_search"), "web_fetch_requests": names.count("web_fetch")}
