"""From a turn to a Message: ids, signatures, stop reason, limits, usage."""

from __future__ import annotations

from typing import Any

from ._cache import CachePlan
from ._ids import Ids
from ._request import FakeRequest
from ._signing import OwnWork, sign
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
    content = _finish_blocks(turn, ids, own)
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
    if turn.message:
        message.update(turn.message)
    return message


def _finish_blocks(turn: Turn, ids: Ids, own: OwnWork) -> list[Json]:
    content: list[Json] = []
    last_server_call = ""
    for block in turn.content:
        kind = block.get("type")
        if kind == "tool_use":
            block = {"type": kind, "id": ids.new("toolu"), "caller": {"type": "direct"}, **block}
        elif kind == "server_tool_use":
            block = {"type": kind, "id": ids.new("srvtoolu"), "caller": {"type": "direct"}, **block}
            last_server_call = block["id"]
        elif kind == "thinking":
            if "signature" in block:
                own.signatures.add(block["signature"])
            else:
                block = {**block, "signature": sign(block["thinking"])}
        elif isinstance(kind, str) and kind.endswith("_tool_result") and "tool_use_id" not in block:
            block = {**block, "tool_use_id": last_server_call}
        elif kind not in KNOWN_BLOCKS:
            own.block_types.add(str(kind))
        content.append(block)
    return content


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
    total, _ = output_tokens(content)
    if total <= limit or not content or content[-1].get("type") != "text":
        return False
    last = content[-1]
    keep = max(len(last["text"].encode()) - 4 * (total - limit), 0)
    content[-1] = {**last, "text": last["text"].encode()[:keep].decode(errors="ignore")}
    return True


def _usage(turn: Turn, content: list[Json], plan: CachePlan, tier: str) -> Json:
    total, thinking = output_tokens(content)
    if not turn.billed:
        total = thinking = 0
    usage: Json = {
        "input_tokens": plan.input,
        "cache_creation_input_tokens": plan.write_5m + plan.write_1h,
        "cache_read_input_tokens": plan.read,
        "cache_creation": {
            "ephemeral_5m_input_tokens": plan.write_5m,
            "ephemeral_1h_input_tokens": plan.write_1h,
        },
        "output_tokens": total,
        "output_tokens_details": {"thinking_tokens": thinking},
        "server_tool_use": _server_tool_use(content),
        "service_tier": tier,
        "inference_geo": "global",
        "speed": "standard",
    }
    if turn.usage:
        usage.update(turn.usage)
    return usage


def _server_tool_use(content: list[Json]) -> Json | None:
    names = [block["name"] for block in content if block.get("type") == "server_tool_use"]
    if not names:
        return None
    return {"web_search_requests": names.count("web_search"), "web_fetch_requests": names.count("web_fetch")}
