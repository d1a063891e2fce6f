"""What a model gets to read of a valid request: after summaries, dropped thinking and edits."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from ._binding import Dropped, without
from ._editing import Edited, apply_edits
from ._models import Model
from ._prefix import blocks_of, last_compaction
from ._tokens import input_tokens
from ._validate_context import COMPACT, SUMMARY_BETAS, edits_of

Json = dict[str, Any]
BINDING_BETA = "thinking-binding-controls-2026-08-01"
_TRIGGER = 150_000


@dataclass(frozen=True, slots=True)
class Compaction:
    """The API's own compaction, as the request wants it. On demand there is no trigger."""

    trigger: int | None
    pause: bool


@dataclass(frozen=True, slots=True)
class Context:
    """The request as the model reads it, and what the response says about it."""

    params: Json
    model: Model
    dropped: tuple[Dropped, ...] = ()
    tells_drops: bool = False
    applied: list[Json] | None = None
    original_tokens: int | None = None
    compaction: Compaction | None = None

    def compacted(self, block: Json) -> Json:
        """The prompt once everything in it is summarized in a block."""
        return {**self.params, "messages": [{"role": "assistant", "content": [block]}]}

    def told(self) -> Json:
        """The keys it adds to a response."""
        told: Json = {}
        if self.applied is not None:
            told["context_management"] = {"applied_edits": self.applied}
        if self.tells_drops:
            told["input_transformations"] = [each.told() for each in self.dropped]
        return told


def read_context(params: Json, model: Model, betas: Collection[str], dropped: list[Dropped]) -> Context:
    """Leave out what the API leaves out. The parameters must have been checked."""
    effective = params
    messages: list[Json] = params["messages"]
    kept = without(messages, dropped) if dropped else messages
    start = last_compaction(messages) if any(beta in betas for beta in SUMMARY_BETAS) else None
    if start is not None:
        # Nothing before it was checked, so nothing before it was dropped: the place still holds.
        first = {**kept[start[0]], "content": blocks_of(kept[start[0]])[start[1] :]}
        kept = [first, *kept[start[0] + 1 :]]
    if kept is not messages:
        effective = {**params, "messages": kept}
    edited = Edited(effective)
    original: int | None = None
    managed = params.get("context_management") is not None
    if managed:
        original = input_tokens(effective)
        edited = apply_edits(effective, edits_of(params))
    return Context(
        edited.params,
        model,
        tuple(dropped),
        BINDING_BETA in betas,
        edited.applied if managed else None,
        original,
        _compaction(params),
    )


def _compaction(params: Json) -> Compaction | None:
    if params.get("compaction") is not None:
        return Compaction(None, True)
    for edit in edits_of(params):
        if edit["type"] == COMPACT:
            trigger: Any = edit.get("trigger") or {}
            return Compaction(trigger.get("value", _TRIGGER), bool(edit.get("pause_after_compaction")))
    return None
