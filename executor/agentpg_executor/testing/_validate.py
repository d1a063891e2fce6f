"""The API's checks of a request's parameters, with the API's words where they are known."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from .._json import is_array, is_object
from ._binding import check_thinking
from ._context import BINDING_BETA, Context, read_context
from ._errors import invalid
from ._future import known_part
from ._models import Model
from ._signing import OwnWork
from ._validate_cache import check_cache_control
from ._validate_context import (
    CLEARING_BETA,
    ON_DEMAND_BETA,
    SUMMARY_BETAS,
    THRESHOLD_BETA,
    check_compaction,
    check_context_management,
    check_finished,
    check_summaries,
)
from ._validate_messages import check_messages, check_system
from ._validate_tools import check_tools

CURRENT = "2026-10-21"
_SAMPLING = ("temperature", "top_p", "top_k")
_COUNTED = {
    "model",
    "messages",
    "system",
    "tools",
    "tool_choice",
    "thinking",
    "output_config",
    "cache_control",
    "speed",
}
_CREATED = _COUNTED | {
    "max_tokens",
    "stop_sequences",
    "stream",
    "metadata",
    "service_tier",
    "inference_geo",
    "container",
    "diagnostics",
}
_UPDATES_BETA = "thinking-display-updates-2026-08-18"
_MCP = ("mcp-client-2025-11-20", "mcp-client-2026-09-15", "mcp-client-2025-04-04")
_BETA_PARAMS: dict[str, tuple[str, ...]] = {
    "mcp_servers": _MCP,
    "context_management": (CLEARING_BETA, THRESHOLD_BETA),
    "compaction": (ON_DEMAND_BETA,),
    "thread": ("message-threads-2026-08-12",),
    "fallbacks": ("server-side-fallback-2026-07-01",),
    "fallback_credit_token": ("fallback-credit-2026-07-01",),
    "billing_policy": ("user-profiles-billing-2026-10-01",),
}
_BETAS = frozenset(name for names in _BETA_PARAMS.values() for name in names) | {
    "advisor-tool-2026-03-01",
    "fast-mode-2026-02-01",
    "files-api-2025-04-14",
    "inline-tools-2026-09-15",
    "interleaved-thinking-2025-05-14",
    "message-batches-2024-09-24",
    "mid-conversation-output-config-2026-07-01",
    "mid-conversation-system-clear-at-2026-08-21",
    "mid-conversation-tool-changes-2026-07-01",
    "output-300k-2026-03-24",
    "prompt-caching-2024-07-31",
    "skills-2025-10-02",
    "task-budgets-2026-03-13",
    BINDING_BETA,
    _UPDATES_BETA,
    "token-counting-2024-11-01",
    "extended-cache-ttl-2025-04-11",
}
_EFFORTS = ("low", "medium", "high", "xhigh", "max")
_CHOICES: dict[str, tuple[str, ...]] = {
    "service_tier": ("auto", "standard_only"),
    "speed": ("standard", "fast"),
}


class Validator:
    """Checks parameters against a model's rules and the version the client asked for."""

    def __init__(
        self,
        model_of: Callable[[str], Model],
        extra_betas: Collection[str],
        own: OwnWork,
        *,
        future: bool = False,
    ) -> None:
        self._model_of = model_of
        self._future = future
        self._betas = _BETAS | frozenset(extra_betas)
        self._own = own

    def check(self, params: Any, headers: Mapping[str, str], *, counting: bool = False) -> Context:
        """What the model reads, if the parameters are good; `ApiError` otherwise."""
        if not is_object(params):
            raise invalid("The request body is not a JSON object.")
        sent = headers.get("anthropic-beta")
        betas = [name.strip() for name in sent.split(",") if name.strip()] if sent else []
        for name in betas:
            if name not in self._betas and not self._future:
                raise invalid(
                    f"Unexpected value(s) `{name}` for the `anthropic-beta` header. Please consult our "
                    "documentation "
                    "at docs.anthropic.com or try again without the header."
                )
        if self._future:
            params = known_part(params, {*_CREATED, *_SAMPLING, *_BETA_PARAMS}, _CHOICES, _EFFORTS)
        current = headers.get("anthropic-version", CURRENT) == CURRENT
        _check_names(params, betas, current=current, counting=counting)
        name = params["model"]
        if not isinstance(name, str):
            raise invalid("model: Input should be a valid string")
        model = self._model_of(name)
        if not counting:
            _check_limit(params, model)
        if not current:
            _check_sampling(params, model)
        _check_options(params, model, betas)
        check_tools(params, model)
        if "system" in params:
            check_system(params["system"])
        check_context_management(params, model, betas)
        check_compaction(params)
        on_demand = params.get("compaction") is not None
        turns = check_messages(
            params["messages"],
            prefill=model.prefill,
            current=current,
            summaries=any(beta in betas for beta in SUMMARY_BETAS),
            own_types=self._own.block_types,
            continues=not on_demand,
        )
        check_summaries(params)
        if on_demand and not counting:
            check_finished(turns)
        return read_context(params, model, betas, check_thinking(params, model, self._own))


def _check_names(params: dict[str, Any], betas: list[str], *, current: bool, counting: bool) -> None:
    known = _COUNTED if counting else _CREATED
    for name in params:
        if name in known or (name in _SAMPLING and not current and not counting):
            continue
        if not any(beta in betas for beta in _BETA_PARAMS.get(name, ())):
            raise invalid(f"{name}: Extra inputs are not permitted")
    for name in ("model", "messages") if counting else ("model", "max_tokens", "messages"):
        if name not in params:
            raise invalid(f"{name}: Field required")


def _check_limit(params: dict[str, Any], model: Model) -> None:
    limit = params["max_tokens"]
    if type(limit) is not int:
        raise invalid("max_tokens: Input should be a valid integer")
    if limit < 0:
        raise invalid("max_tokens: Input should be greater than or equal to 0")
    if limit > model.max_output:
        raise invalid(
            f"max_tokens: {limit} > {model.max_output}, which is the maximum allowed number of output "
            "tokens for "
            f"{params['model']}"
        )


def _check_sampling(params: dict[str, Any], model: Model) -> None:
    for name in _SAMPLING:
        value = params.get(name)
        if value is None:
            continue
        if type(value) not in (int, float):
            raise invalid(f"{name}: Input should be a valid number")
        if name == "top_k":
            if value < 0:
                raise invalid("top_k: Input should be greater than or equal to 0")
        elif not 0 <= value <= 1:
            raise invalid(f"{name}: range: 0..1")
        if not model.sampling and not (name == "temperature" and value == 1):
            raise invalid(f"`{name}` is deprecated for this model.")


def _check_options(params: dict[str, Any], model: Model, betas: Collection[str]) -> None:
    for name, choices in _CHOICES.items():
        if params.get(name) is not None and params[name] not in choices:
            raise invalid(f"{name}: Input should be {' or '.join(repr(choice) for choice in choices)}")
    if "stream" in params and type(params["stream"]) is not bool:
        raise invalid("stream: Input should be a valid boolean")
    metadata = params.get("metadata")
    if metadata is not None:
        if not is_object(metadata):
            raise invalid("metadata: Input should be a valid dictionary")
        for key in metadata:
            if key != "user_id":
                raise invalid(f"metadata.{key}: Extra inputs are not permitted")
    sequences = params.get("stop_sequences")
    if sequences is not None:
        if not is_array(sequences) or not all(isinstance(item, str) for item in sequences):
            raise invalid("stop_sequences: Input should be a valid list of strings")
        if not all(item.strip() for item in sequences):
            raise invalid("stop_sequences: each stop sequence must contain non-whitespace")
    check_cache_control(params, "")
    _check_output_config(params.get("output_config"))
    _check_thinking(params, model, betas)


def _check_output_config(config: Any) -> None:
    if config is None:
        return
    if not is_object(config):
        raise invalid("output_config: Input should be a valid dictionary")
    for key in config:
        if key not in ("effort", "format", "task_budget"):
            raise invalid(f"output_config.{key}: Extra inputs are not permitted")
    effort = config.get("effort")
    if effort is not None and effort not in _EFFORTS:
        raise invalid(
            f"output_config.effort: Input should be {' or '.join(repr(level) for level in _EFFORTS)}"
        )
    form = config.get("format")
    if form is not None and not (
        is_object(form) and form.get("type") == "json_schema" and isinstance(form.get("schema"), dict)
    ):
        raise invalid("output_config.format: Input should be a json_schema with a schema")


def _check_thinking(params: dict[str, Any], model: Model, betas: Collection[str]) -> None:
    thinking = params.get("thinking")
    if thinking is None:
        return
    kind = thinking.get("type") if is_object(thinking) else None
    if kind not in ("adaptive", "enabled", "disabled", "between_tools"):
        raise invalid(
            f"thinking: Input tag '{kind}' found using 'type' does not match any of the expected tags: "
            "'adaptive', "
            "'between_tools', 'disabled', 'enabled'"
        )
    if kind not in model.thinking:
        raise invalid(f'thinking.type: "{kind}" is not supported for this model')
    _check_thinking_keys(thinking, f"thinking.{kind}", betas)
    if kind == "enabled":
        budget = thinking.get("budget_tokens")
        if type(budget) is not int:
            raise invalid("thinking.enabled.budget_tokens: Field required")
        if budget < 1024:
            raise invalid("thinking.enabled.budget_tokens: Input should be greater than or equal to 1024")
        if budget >= params.get("max_tokens", budget + 1):
            raise invalid("`max_tokens` must be greater than `thinking.budget_tokens`.")
        choice = params.get("tool_choice")
        if is_object(choice) and choice.get("type") in ("any", "tool"):
            raise invalid("Thinking may not be enabled when tool_choice forces tool use.")


_THINKING_KEYS = {
    "adaptive": ("type", "display", "block_binding"),
    "enabled": ("type", "budget_tokens", "display", "block_binding"),
    "disabled": ("type",),
    "between_tools": ("type",),
}


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
