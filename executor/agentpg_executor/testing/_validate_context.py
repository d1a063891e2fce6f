"""The API's checks of context editing and of its own compaction."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from .._json import is_array, is_object
from ._errors import ApiError, invalid
from ._models import Model
from ._pairing import MergedTurn, has_open_server_call
from ._prefix import blocks_of
from ._signing import open_summary
from ._validate_blocks import tag_of, wrong_tag

Json = dict[str, Any]
CLEARING_BETA = "context-management-2025-06-27"
THRESHOLD_BETA = "compact-2026-01-12"
ON_DEMAND_BETA = "compact-2026-09-04"
SUMMARY_BETAS = (THRESHOLD_BETA, ON_DEMAND_BETA)
LEAST_TRIGGER = 50_000
_CLEAR_THINKING = "clear_thinking_20251015"
_CLEAR_TOOLS = "clear_tool_uses_20250919"
COMPACT = "compact_20260112"
_BETA_OF = {_CLEAR_THINKING: CLEARING_BETA, _CLEAR_TOOLS: CLEARING_BETA, COMPACT: THRESHOLD_BETA}


def check_context_management(params: Json, model: Model, betas: Collection[str]) -> None:
    """`context_management`: known edits, each with its beta, thinking first."""
    management = params.get("context_management")
    if management is None:
        return
    place = "context_management"
    _only(management, place, "edits")
    edits: Any = management.get("edits") or []
    if not is_array(edits):
        raise invalid(f"{place}.edits: Input should be a valid list")
    for index, edit in enumerate(edits):
        where = f"{place}.edits.{index}"
        kind = tag_of(edit)
        if kind is None or kind not in _CHECKS or _BETA_OF[kind] not in betas:
            raise wrong_tag(where, kind, *_CHECKS)
        _CHECKS[kind](edit, f"{where}.{kind}")
        if kind == _CLEAR_THINKING and index > 0:
            raise invalid(f"{where}: `{_CLEAR_THINKING}` must be the first edit in the list")
        if kind == _CLEAR_THINKING and not _thinks(params, model):
            raise invalid(f"`{_CLEAR_THINKING}` strategy requires `thinking` to be enabled or adaptive")
        if kind == COMPACT and "adaptive" not in model.thinking:
            raise invalid(f"{where}: `{COMPACT}` is not supported for this model")


def edits_of(params: Json) -> list[Json]:
    """The edits a request asks for."""
    management: Any = params.get("context_management") or {}
    return management.get("edits") or []


def check_compaction(params: Json) -> None:
    """`compaction`: nothing beside it that only shapes a reply."""
    config = params.get("compaction")
    if config is None:
        return
    _only(config, "compaction", "type", "instructions")
    if config.get("type") != "summarize":
        raise invalid("compaction.type: Input should be 'summarize'")
    _text(config.get("instructions"), "compaction.instructions")
    for name in ("context_management", "stop_sequences"):
        if params.get(name):
            raise invalid(f"compaction: cannot be combined with `{name}`")
    config = params.get("output_config")
    if is_object(config) and config.get("format") is not None:
        raise invalid("compaction: cannot be combined with `output_config.format`")
    choice = params.get("tool_choice")
    if is_object(choice) and choice.get("type") in ("any", "tool"):
        raise invalid("compaction: cannot be combined with a `tool_choice` that forces tool use")


def check_summaries(params: Json) -> None:
    """The `compaction` blocks in the messages; those from on-demand requests are signed and come first."""
    signed: list[tuple[int, int]] = []
    filled = 0
    for index, message in enumerate(params["messages"]):
        for position, block in enumerate(blocks_of(message)):
            if block.get("type") != "compaction":
                continue
            filled += block.get("content") is not None
            if block.get("signature") is not None:
                signed.append((index, position))
                _check_signature(block, f"messages.{index}.content.{position}")
    if not signed:
        return
    if filled > 1:
        raise _coded(
            "block_ambiguous",
            "messages: more than one `compaction` block with content. Send only the block the conversation "
            "returned last.",
        )
    if signed[0] != (0, 0):
        raise _coded(
            "block_misplaced", "messages: the `compaction` block must be the first block of the conversation"
        )
    if any(edit["type"] == COMPACT for edit in edits_of(params)):
        raise invalid(f"context_management: a `compaction` block cannot be combined with a `{COMPACT}` edit")


def check_finished(turns: list[MergedTurn]) -> None:
    """What is to be summarized: something, and no turn in the middle."""
    if not turns:
        raise _coded("nothing_to_summarize", "messages: no `user` or `assistant` content to summarize")
    _, role, blocks = turns[-1]
    calls = any(block["type"] == "tool_use" for _, _, block in blocks)
    if role == "assistant" and (calls or has_open_server_call(blocks)):
        raise _coded("incomplete_turn", "messages: the last `assistant` turn is not finished")


def _check_signature(block: Json, where: str) -> None:
    if not isinstance(block["signature"], str):
        raise invalid(f"{where}.compaction.signature: Input should be a valid string")
    summary = open_summary(block.get("content") or "", block["signature"])
    if summary is None:
        raise _coded("signature_invalid", f"{where}: Invalid `signature` in `compaction` block")
    if not summary.intact:
        raise _coded("content_mismatch", f"{where}: the `compaction` block's `content` was changed")


def _clear_thinking(edit: Json, where: str) -> None:
    _only(edit, where, "type", "keep")
    keep = edit.get("keep", "all")
    if keep == "all":
        return
    if tag_of(keep) not in ("thinking_turns", "all"):
        raise wrong_tag(
            f"{where}.keep", keep.get("type") if is_object(keep) else keep, "thinking_turns", "all"
        )
    if keep["type"] == "thinking_turns":
        _number(keep.get("value"), f"{where}.keep.thinking_turns.value", 1)


def _clear_tools(edit: Json, where: str) -> None:
    _only(edit, where, "type", "trigger", "keep", "clear_at_least", "clear_tool_inputs", "exclude_tools")
    if "trigger" in edit:
        _threshold(edit["trigger"] or "", f"{where}.trigger", ("input_tokens", "tool_uses"), 1)
    if "keep" in edit:
        _threshold(edit["keep"] or "", f"{where}.keep", ("tool_uses",), 0)
    _threshold(edit.get("clear_at_least"), f"{where}.clear_at_least", ("input_tokens",), 0)
    for name in ("clear_tool_inputs", "exclude_tools"):
        value = edit.get(name)
        if value is None or (name == "clear_tool_inputs" and isinstance(value, bool)):
            continue
        if not is_array(value) or not all(isinstance(item, str) for item in value):
            raise invalid(f"{where}.{name}: Input should be a valid list of strings")


def _compact(edit: Json, where: str) -> None:
    _only(edit, where, "type", "trigger", "pause_after_compaction", "instructions")
    _threshold(edit.get("trigger"), f"{where}.trigger", ("input_tokens",), LEAST_TRIGGER)
    if type(edit.get("pause_after_compaction", False)) is not bool:
        raise invalid(f"{where}.pause_after_compaction: Input should be a valid boolean")
    _text(edit.get("instructions"), f"{where}.instructions")


_CHECKS: dict[str, Callable[[Json, str], None]] = {
    _CLEAR_THINKING: _clear_thinking,
    _CLEAR_TOOLS: _clear_tools,
    COMPACT: _compact,
}


def _thinks(params: Json, model: Model) -> bool:
    thinking = params.get("thinking")
    if thinking is None:
        return model.thinks
    return thinking["type"] in ("enabled", "adaptive")


def _threshold(value: Any, where: str, kinds: tuple[str, ...], least: int) -> None:
    if value is None:
        return
    kind = tag_of(value)
    if kind not in kinds:
        raise wrong_tag(where, kind, *kinds)
    _only(value, where, "type", "value")
    _number(value.get("value"), f"{where}.{kind}.value", least)


def _number(value: Any, where: str, least: int) -> None:
    if value is None:
        raise invalid(f"{where}: Field required")
    if type(value) is not int:
        raise invalid(f"{where}: Input should be a valid integer")
    if value < least:
        raise invalid(f"{where}: Input should be greater than or equal to {least}")


def _text(value: Any, where: str) -> None:
    if value is not None and not isinstance(value, str):
        raise invalid(f"{where}: Input should be a valid string")


def _only(value: Any, where: str, *known: str) -> None:
    if not is_object(value):
        raise invalid(f"{where}: Input should be a valid dictionary")
    for key in value:
        if key not in known:
            raise invalid(f"{where}.{key}: Extra inputs are not permitted")


def _coded(code: str, message: str) -> ApiError:
    return ApiError(400, message, error_code=f"compaction_{code}")
