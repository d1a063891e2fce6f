"""The API's checks of a request's parameters, with the API's words where they are known."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from .._json import is_array, is_object
from ._betas import BETAS
from ._binding import check_thinking
from ._context import Context, read_context
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
from ._validate_output import EFFORTS, check_output, check_reasoning
from ._validate_tools import MCP_BETAS, check_tools

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
_BETA_PARAMS: dict[str, tuple[str, ...]] = {
    "mcp_servers": MCP_BETAS,
    "context_management": (CLEARING_BETA, THRESHOLD_BETA),
    "compaction": (ON_DEMAND_BETA,),
    "thread": ("message-threads-2026-08-12",),
    "fallbacks": ("server-side-fallback-2026-07-01", "server-side-fallback-2026-06-01"),
    "fallback_credit_token": ("fallback-credit-2026-07-01", "fallback-credit-2026-06-01"),
    "billing_policy": ("user-profiles-billing-2026-10-01",),
}
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
        self._betas = BETAS | frozenset(extra_betas)
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
            params = known_part(params, {*_CREATED, *_SAMPLING, *_BETA_PARAMS}, _CHOICES, EFFORTS)
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
        check_tools(params, model, betas)
        if "system" in params:
            check_system(params["system"])
        check_context_management(params, model, betas)
        check_compaction(params)
        on_demand = params.get("compaction") is not None
        turns = check_messages(
            params["messages"],
            prefill=model.prefill,
            current=current,
            betas=betas,
            own_types=self._own.block_types,
            continues=not on_demand,
        )
        if any(beta in betas for beta in SUMMARY_BETAS):
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
    if not isinstance(params.get("inference_geo"), str | None):
        raise invalid("inference_geo: Input should be a valid string")
    container = params.get("container")
    if container is not None and not (isinstance(container, str) or is_object(container)):
        raise invalid("container: Input should be a valid string or dictionary")
    fallbacks = params.get("fallbacks")
    if fallbacks is not None and fallbacks != "default":
        if not is_array(fallbacks) or not all(is_object(each) and each.get("model") for each in fallbacks):
            raise invalid("fallbacks: Input should be 'default' or a valid list")
        if len(fallbacks) > 3:
            raise invalid("fallbacks: List should have at most 3 items")
    check_cache_control(params, "")
    check_output(params, betas)
    check_reasoning(params, model, betas)
