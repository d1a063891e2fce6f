"""The API's check of a cache marker."""

from __future__ import annotations

from typing import Any

from .._json import is_object
from ._errors import invalid


def check_cache_control(holder: dict[str, Any], place: str) -> None:
    """`{"type": "ephemeral", "ttl"?: "5m" | "1h"}` under `cache_control`, or nothing."""
    control = holder.get("cache_control")
    if control is None:
        return
    if not is_object(control) or control.get("type") != "ephemeral":
        raise invalid(f"{place}cache_control: Input should be of type 'ephemeral'")
    if control.get("ttl", "5m") not in ("5m", "1h"):
        raise invalid(f"{place}cache_control.ephemeral.ttl: Input should be '5m' or '1h'")
