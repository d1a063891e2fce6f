"""The models the fake knows, and what each accepts, as of November 2026."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ._errors import ApiError

_EFFORTS = ("low", "medium", "high", "xhigh", "max")


@dataclass(frozen=True, slots=True)
class Model:
    """What the validation and the models list need to know of a model."""

    id: str
    name: str
    line: str | None
    released: str
    max_input: int = 1_000_000
    max_output: int = 128_000
    cache_minimum: int = 1024
    thinking: frozenset[str] = frozenset({"adaptive", "disabled"})
    prefill: bool = False
    sampling: bool = False
    forced_tool_choice: bool = True
    thinks: bool = True
    """Whether it thinks when the request does not say."""
    binds_thinking: bool = False
    """Whether its thinking is good only after the conversation it was thought in."""
    reads: frozenset[str] = frozenset()
    """Other models whose thinking it can read; one that does not bind reads all that do not."""
    lifecycle: str = "active"
    deprecated_at: str | None = None
    retires_at: str | None = None

    def info(self) -> dict[str, Any]:
        """The `ModelInfo` object."""
        return {
            "type": "model",
            "id": self.id,
            "display_name": self.name,
            "created_at": self.released,
            "lifecycle": self.lifecycle,
            "deprecated_at": self.deprecated_at,
            "retires_at": self.retires_at,
            "line": self.line,
            "max_input_tokens": self.max_input,
            "max_tokens": self.max_output,
            "capabilities": self._capabilities(),
        }

    def _capabilities(self) -> dict[str, Any]:
        yes = {"supported": True}
        modern = "adaptive" in self.thinking
        return {
            "batch": yes,
            "citations": yes,
            "code_execution": yes,
            "context_management": {
                "supported": True,
                "clear_thinking_20251015": yes,
                "clear_tool_uses_20250919": yes,
                "compact_20260112": {"supported": modern},
            },
            "effort": {"supported": modern, **{level: {"supported": modern} for level in _EFFORTS}},
            "image_input": yes,
            "pdf_input": yes,
            "server_tools": {"supported": True, "web_search": yes, "code_execution": yes},
            "structured_outputs": yes,
            "thinking": {
                "supported": True,
                "types": {
                    mode: {"supported": mode in self.thinking}
                    for mode in ("adaptive", "between_tools", "disabled", "enabled")
                },
            },
        }


_OLD = frozenset({"enabled", "disabled"})
_BOTH = frozenset({"adaptive", "enabled", "disabled"})
_ALWAYS = frozenset({"adaptive"})
_BETWEEN = frozenset({"adaptive", "between_tools"})
_TOP = frozenset({"claude-fable-5-2", "claude-mythos-5-2"})
_LATE = frozenset({"claude-fable-5-1", "claude-mythos-5-1", "claude-opus-5", "claude-opus-5-5"})


def _old(id: str, name: str, line: str, released: str, **fields: Any) -> Model:
    return Model(
        id,
        name,
        line,
        released,
        max_input=200_000,
        max_output=64_000,
        thinking=_OLD,
        thinks=False,
        prefill=True,
        sampling=True,
        **fields,
    )


_SONNET_45: dict[str, Any] = {
    "lifecycle": "deprecated",
    "deprecated_at": "2026-09-30T00:00:00Z",
    "retires_at": "2026-11-30T00:00:00Z",
}

CATALOGUE: tuple[Model, ...] = (
    Model(
        "claude-fable-5-2",
        "Claude Fable 5.2",
        "fable",
        "2026-11-09T00:00:00Z",
        thinking=_ALWAYS,
        binds_thinking=True,
        reads=_TOP,
    ),
    Model(
        "claude-mythos-5-2",
        "Claude Mythos 5.2",
        "mythos",
        "2026-11-09T00:00:00Z",
        thinking=_ALWAYS,
        binds_thinking=True,
        reads=_TOP,
    ),
    Model(
        "claude-haiku-5-5",
        "Claude Haiku 5.5",
        "haiku",
        "2026-10-07T00:00:00Z",
        cache_minimum=4096,
        binds_thinking=True,
    ),
    Model(
        "claude-sonnet-5-5",
        "Claude Sonnet 5.5",
        "sonnet",
        "2026-10-07T00:00:00Z",
        thinking=_BETWEEN,
        forced_tool_choice=False,
        binds_thinking=True,
    ),
    Model(
        "claude-opus-5-5",
        "Claude Opus 5.5",
        "opus",
        "2026-09-22T00:00:00Z",
        cache_minimum=512,
        thinking=_ALWAYS,
        forced_tool_choice=False,
        binds_thinking=True,
    ),
    Model(
        "claude-fable-5-1",
        "Claude Fable 5.1",
        "fable",
        "2026-09-02T00:00:00Z",
        cache_minimum=512,
        thinking=_ALWAYS,
        forced_tool_choice=False,
        binds_thinking=True,
        reads=_LATE,
    ),
    Model(
        "claude-mythos-5-1",
        "Claude Mythos 5.1",
        "mythos",
        "2026-09-02T00:00:00Z",
        thinking=_ALWAYS,
        forced_tool_choice=False,
        binds_thinking=True,
        reads=_LATE,
    ),
    Model("claude-opus-5", "Claude Opus 5", "opus", "2026-07-24T00:00:00Z", cache_minimum=512),
    Model("claude-sonnet-5", "Claude Sonnet 5", "sonnet", "2026-06-30T00:00:00Z"),
    Model(
        "claude-fable-5",
        "Claude Fable 5",
        "fable",
        "2026-06-09T00:00:00Z",
        cache_minimum=512,
        thinking=_ALWAYS,
    ),
    Model("claude-mythos-5", "Claude Mythos 5", "mythos", "2026-06-09T00:00:00Z", thinking=_ALWAYS),
    Model(
        "claude-opus-4-8", "Claude Opus 4.8", "opus", "2026-05-28T00:00:00Z", cache_minimum=4096, thinks=False
    ),
    Model(
        "claude-opus-4-7", "Claude Opus 4.7", "opus", "2026-04-16T00:00:00Z", cache_minimum=4096, thinks=False
    ),
    Model(
        "claude-sonnet-4-6",
        "Claude Sonnet 4.6",
        "sonnet",
        "2026-02-17T00:00:00Z",
        cache_minimum=2048,
        thinking=_BOTH,
        sampling=True,
        thinks=False,
    ),
    Model(
        "claude-opus-4-6",
        "Claude Opus 4.6",
        "opus",
        "2026-02-05T00:00:00Z",
        cache_minimum=4096,
        thinking=_BOTH,
        sampling=True,
        thinks=False,
    ),
    _old("claude-opus-4-5-20251101", "Claude Opus 4.5", "opus", "2025-11-24T00:00:00Z", cache_minimum=4096),
    _old(
        "claude-haiku-4-5-20251001", "Claude Haiku 4.5", "haiku", "2025-10-15T00:00:00Z", cache_minimum=4096
    ),
    _old("claude-sonnet-4-5-20250929", "Claude Sonnet 4.5", "sonnet", "2025-09-29T00:00:00Z", **_SONNET_45),
    Model(
        "claude-mythos-preview",
        "Claude Mythos Preview",
        "mythos",
        "2026-04-07T00:00:00Z",
        lifecycle="retired",
        deprecated_at="2026-05-15T00:00:00Z",
        retires_at="2026-06-30T00:00:00Z",
    ),
)

_ALIASES = {
    "claude-opus-4-5": "claude-opus-4-5-20251101",
    "claude-haiku-4-5": "claude-haiku-4-5-20251001",
    "claude-sonnet-4-5": "claude-sonnet-4-5-20250929",
}

MODELS: dict[str, Model] = {model.id: model for model in CATALOGUE}
MODELS.update({alias: MODELS[id] for alias, id in _ALIASES.items()})


def callable_model(name: str, *, allow_unknown: bool = False) -> Model:
    """A model that can be called; 404 for one the API does not have (any more).

    With `allow_unknown` any name is a model, with the strictest modern rules.
    """
    model = MODELS.get(name)
    if model is not None and model.lifecycle != "retired":
        return model
    if allow_unknown:
        return Model(name, name, None, "1970-01-01T00:00:00Z", thinking=_BOTH | _BETWEEN)
    raise ApiError(404, f"model: {name}")
