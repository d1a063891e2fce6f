"""Requests of a later year: what this fake does not know of them is taken as it is."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from .._json import is_array, is_object
from ._validate_tools import is_known_type

_THINKING = ("adaptive", "enabled", "disabled", "between_tools")


def known_part(
    params: Mapping[str, Any],
    names: Collection[str],
    choices: Mapping[str, Collection[str]],
    efforts: Collection[str],
) -> dict[str, Any]:
    """The part of the parameters that can be checked."""
    known = {key: value for key, value in params.items() if key in names}
    for key, values in choices.items():
        if isinstance(known.get(key), str) and known[key] not in values:
            del known[key]
    config = known.get("output_config")
    if is_object(config):
        known["output_config"] = {
            key: value
            for key, value in config.items()
            if key in ("format", "task_budget") or (key == "effort" and value in efforts)
        }
    thinking = known.get("thinking")
    if is_object(thinking) and isinstance(thinking.get("type"), str) and thinking["type"] not in _THINKING:
        del known["thinking"]
    tools = known.get("tools")
    if is_array(tools):
        known["tools"] = [tool for tool in tools if not is_object(tool) or is_known_type(tool.get("type"))]
    return known
