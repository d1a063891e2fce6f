"""What an update changes in the table of models and prices, place by place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

_PRICE_KEY = ("effective_on", "speed", "above_prompt_tokens")


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """(what, was, becomes) for each value that is another one in `after`; both as `export_models` has them.

    Nothing is ever missing in `after`: an update adds and changes. The day a row was checked is left out.
    """
    old, new = dict(_values(before)), dict(_values(after))
    names = [*old, *(name for name in new if name not in old)]
    return [
        (" ".join(name), _shown(old.get(name)), _shown(new.get(name)))
        for name in sorted(names)
        if old.get(name) != new.get(name) and name[-1] != "updated_on"
    ]


def _values(exported: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Any]]:
    for model in exported["models"]:
        known = {key: value for key, value in model.items() if key not in ("id", "prices")}
        for key, value in known.items():
            yield (model["id"], key), value
        for price in model["prices"]:
            place = _price_place(price)
            for key, value in price.items():
                if key not in _PRICE_KEY:
                    yield (model["id"], place, key), value
    for tool in exported["server_tools"]:
        place = f"from {tool['effective_on']}"
        yield (tool["counter"], place, "usd_per_thousand"), tool["usd_per_thousand"]


def _price_place(price: Mapping[str, Any]) -> str:
    place = f"from {price['effective_on']}"
    if price["speed"] != "standard":
        place += f" {price['speed']}"
    if price["above_prompt_tokens"]:
        place += f" above {price['above_prompt_tokens']:,} tokens"
    return place


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        items: list[Any] = value  # pyright: ignore[reportUnknownVariableType]
        return ", ".join(str(item) for item in items) or "none"
    if isinstance(value, dict):
        pairs: dict[str, Any] = value  # pyright: ignore[reportUnknownVariableType]
        return ", ".join(f"{key} {item}" for key, item in pairs.items()) or "none"
    return f"{value:,}" if isinstance(value, int) else str(value)
