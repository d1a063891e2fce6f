"""Whether the thinking that comes back may be used: by which model, and after which conversation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .._json import is_object
from ._errors import invalid
from ._models import CATALOGUE, Model
from ._prefix import THINKING, Place, Prefix, blocks_of, read
from ._signing import OwnWork, Point, Record, tag

Json = dict[str, Any]
_BINDING = frozenset(tag(model.id) for model in CATALOGUE if model.binds_thinking)
_EDITED = (
    "`thinking` or `redacted_thinking` blocks in the latest assistant message cannot be modified. These "
    "blocks must remain as they were in the original response."
)
_BOUND = (
    "The block is bound to a different conversation. Remove the block, or set "
    '`thinking.block_binding.prefix_mismatch_behavior` to "drop_block". That setting requires the '
    "`thinking-binding-controls-2026-08-01` value in the `anthropic-beta` header."
)


@dataclass(frozen=True, slots=True)
class Dropped:
    """A thinking block that is left out of the prompt, and why."""

    place: Place
    reason: str

    def told(self) -> Json:
        """Its entry in `input_transformations`."""
        index, position = self.place
        return {
            "type": "thinking_dropped",
            "path": f"messages.{index}.content.{position}",
            "reason": self.reason,
        }


def check_thinking(params: Json, model: Model, own: OwnWork) -> list[Dropped]:
    """The thinking to leave out of a valid prompt; `ApiError` for what the API refuses."""
    if not _has_thinking(params["messages"]):
        return []
    drops = _wants_drops(params)
    latest = _latest_turn(params["messages"])
    prefix = Prefix(params)
    dropped: list[Dropped] = []
    following = False
    for place, _, block in read(params, prefix):
        if block["type"] not in THINKING:
            following = False
            continue
        records = own.records_of(block)
        if records is None:
            if place[0] >= latest:
                raise invalid(f"{_where(place)}: {_EDITED}")
            if model.binds_thinking:
                raise invalid(f"{_where(place)}: {_invalid(block)}")
            continue
        reason = _mismatch(records, model, prefix.point)
        if reason is None and following:
            reason = "prefix_binding_mismatch"
        if reason == "prefix_binding_mismatch":
            if not drops:
                raise invalid(f"{_where(place)}: {_invalid(block)}. {_BOUND}")
            following = True
        if reason is not None:
            dropped.append(Dropped(place, reason))
    return dropped


def without(messages: list[Json], dropped: list[Dropped]) -> list[Json]:
    """The messages without the blocks that are left out."""
    gone: dict[int, set[int]] = {}
    for each in dropped:
        gone.setdefault(each.place[0], set()).add(each.place[1])
    return [
        {
            **message,
            "content": [
                block for position, block in enumerate(blocks_of(message)) if position not in gone[index]
            ],
        }
        if index in gone
        else message
        for index, message in enumerate(messages)
    ]


def record_of(model: str, prefix: Prefix) -> Record:
    """What a signature at this place holds."""
    return Record(tag(model), prefix.point)


def _mismatch(records: set[Record], model: Model, point: Point) -> str | None:
    if not records:
        return None
    if not any(_can_read(model, record.model) for record in records):
        return "model_binding_mismatch"
    if model.binds_thinking and not any(_matches(record.point, point) for record in records):
        return "prefix_binding_mismatch"
    return None


def _can_read(model: Model, thinker: bytes) -> bool:
    """A model that binds reads its own thinking and that of models it names; nobody else reads its own."""
    if thinker == tag(model.id) or any(thinker == tag(name) for name in model.reads):
        return True
    return not model.binds_thinking and thinker not in _BINDING


def _matches(then: Point, now: Point) -> bool:
    """The same words before it, and the same thinking right before it, unless none is left before it."""
    return then.digest == now.digest and (now.thinking in (then.thinking, bytes(8)))


def _has_thinking(messages: list[Json]) -> bool:
    return any(
        message["role"] == "assistant" and any(block.get("type") in THINKING for block in blocks_of(message))
        for message in messages
    )


def _wants_drops(params: Json) -> bool:
    thinking: Any = params.get("thinking")
    binding = thinking.get("block_binding") if is_object(thinking) else None
    return is_object(binding) and binding.get("prefix_mismatch_behavior") == "drop_block"


def _latest_turn(messages: list[Json]) -> int:
    """The index of the first message of the last assistant turn."""
    last = max((i for i, message in enumerate(messages) if message["role"] == "assistant"), default=0)
    while last > 0 and messages[last - 1]["role"] in ("assistant", "system"):
        last -= 1
    return last


def _invalid(block: Json) -> str:
    field = "signature" if block["type"] == "thinking" else "data"
    return f"Invalid `{field}` in `{block['type']}` block"


def _where(place: Place) -> str:
    return f"messages.{place[0]}.content.{place[1]}"
