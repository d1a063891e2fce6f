"""The API's checks of how the model is to think, and of what shape its answer is to have."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from .._json import is_object
from ._context import BINDING_BETA
from ._errors import invalid
from ._models import Model
from ._schema import check_schema
from ._validate_blocks import tag_of, wrong_tag

_UPDATES_BETA = "thinking-display-updates-2026-08-18"
_BUDGET_BETA = "task-budgets-2026-03-13"
_INTERLEAVED_BETA = "interleaved-thinking-2025-05-14"
EFFORTS = ("low", "medium", "high", "xhigh", "max")
_THINKING_KEYS = {
    "adaptive": ("type", "display", "block_binding"),
    "enabled": ("type", "budget_tokens", "display", "block_binding"),
    "disabled": ("type",),
    "between_tools": ("type",),
}


def check_output(params: dict[str, Any], betas: Collection[str]) -> None:
    """`output_config`: effort, a schema, a budget for the whole task."""
    config = params.get("output_config")
    if config is None:
        return
    if not is_object(config):
        raise invalid("output_config: Input should be a valid dictionary")
    for key in config:
        closed = key == "task_budget" and _BUDGET_BETA not in betas
        if key not in ("effort", "format", "task_budget") or closed:
            raise invalid(f"output_config.{key}: Extra inputs are not permitted")
    effort = config.get("effort")
    if effort is not None and effort not in EFFORTS:
        raise invalid(
            f"output_config.effort: Input should be {' or '.join(repr(level) for level in EFFORTS)}"
        )
    form = config.get("format")
    if form is not None:
        if tag_of(form) != "json_schema" or not is_object(form.get("schema")):
            raise invalid("output_config.format: Input should be a json_schema with a schema")
        for key in form:
            if key not in ("type", "schema"):
                raise invalid(f"output_config.format.{key}: Extra inputs are not permitted")
        check_schema(form["schema"], "output_config.format.schema")
    budget = config.get("task_budget")
    if budget is not None:
        _check_budget(budget)


def _check_budget(budget: Any) -> None:
    place = "output_config.task_budget"
    if tag_of(budget) != "tokens":
        raise wrong_tag(place, tag_of(budget), "tokens")
    for key, value in budget.items():
        if key not in ("type", "total", "remaining"):
            raise invalid(f"{place}.{key}: Extra inputs are not permitted")
        if key != "type" and type(value) is not int and not (key == "remaining" and value is None):
            raise invalid(f"{place}.{key}: Input should be a valid integer")
    if "total" not in budget:
        raise invalid(f"{place}.total: Field required")


def check_reasoning(params: dict[str, Any], model: Model, betas: Collection[str]) -> None:
    """`thinking`: of a type that the model takes, with the keys of that type."""
    thinking = params.get("thinking")
    if thinking is None:
        return
    kind = tag_of(thinking)
    if kind is None or kind not in _THINKING_KEYS:
        raise wrong_tag("thinking", kind, *_THINKING_KEYS)
    if kind not in model.thinking:
        raise invalid(f'thinking.type: "{kind}" is not supported for this model')
    _check_thinking_keys(thinking, f"thinking.{kind}", betas)
    config: dict[str, Any] = params.get("output_config") or {}
    effort = config.get("effort")
    if kind == "disabled" and model.thinks and effort in ("xhigh", "max"):
        raise invalid(f"thinking.type: \"disabled\" is not supported at effort '{effort}' for this model")
    if kind == "enabled":
        budget = thinking.get("budget_tokens")
        if type(budget) is not int:
            raise invalid("thinking.enabled.budget_tokens: Field required")
        if budget < 1024:
            raise invalid("thinking.enabled.budget_tokens: Input should be greater than or equal to 1024")
        if budget >= params.get("max_tokens", budget + 1) and _INTERLEAVED_BETA not in betas:
            raise invalid("`max_tokens` must be greater than `thinking.budget_tokens`.")
        choice = params.get("tool_choice")
        if is_object(choice) and choice.get("type") in ("any", "tool"):
            raise invalid("Thinking may not be enabled when tool_choice forces tool use.")


def _check_thinking_keys(thinking: dict[str, Any], place: str, betas: Collection[str]) -> None:
    for key in thinking:
        closed = key == "block_binding" and BINDING_BETA not in betas
        if key not in _THINKING_KEYS[thinking["type"]] or closed:
            raise invalid(f"{place}.{key}: Extra inputs are not permitted")
    displays = ["summarized", "omitted", *(["updates"] if _UPDATES_BETA in betas else [])]
    display = thinking.get("display")
    if display is not None and display not in displays:
        raise invalid(f"{place}.display: Input should be {' or '.join(repr(each) for each in displays)}")
    binding = thinking.get("block_binding")
    if binding is None:
        return
    if not is_object(binding):
        raise invalid(f"{place}.block_binding: Input should be a valid dictionary")
    for key in binding:
        if key != "prefix_mismatch_behavior":
            raise invalid(f"{place}.block_binding.{key}: Extra inputs are not permitted")
    if binding.get("prefix_mismatch_behavior", "error") not in ("error", "drop_block", None):
        raise invalid(
            f"{place}.block_binding.prefix_mismatch_behavior: Input should be 'error' or 'drop_block'"
        )
