"""Times, amounts and states in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

STATE_STYLES: dict[str, tuple[str, ...]] = {
    "completed": ("green",),
    "failed": ("red",),
    "cancelled": ("yellow",),
    "awaiting_input": ("yellow", "bold"),
    "awaiting_approval": ("yellow", "bold"),
    "skipped": ("yellow",),
}


def seconds(value: timedelta | float | None) -> str:
    """A length of time as short as it can be said."""
    if value is None:
        return ""
    length = value.total_seconds() if isinstance(value, timedelta) else value
    if length < 0.0995:
        return f"{length * 1000:.0f} ms"
    if length < 99.95:
        return f"{length:.1f} s"
    minutes, rest = divmod(round(length), 60)
    if minutes < 100:
        return f"{minutes} min {rest:02} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours < 100 else f"{hours // 24} d {hours % 24} h"


def age(moment: datetime | None, now: datetime | None = None) -> str:
    """How long ago, in one unit."""
    if moment is None:
        return ""
    length = max(0.0, ((now or datetime.now(UTC)) - moment).total_seconds())
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if length >= 2 * size or (unit == "min" and length >= size):
            return f"{length // size:.0f} {unit} ago"
    return f"{length:.0f} s ago"


def moment(value: datetime | None) -> str | None:
    """A time of the day here, with its date and offset."""
    return None if value is None else value.astimezone().strftime("%Y-%m-%d %H:%M:%S %z")


def dollars(cost: Decimal | None) -> str:
    """What it cost; what no price is known of is not shown as nothing."""
    if cost is None:
        return "unpriced"
    if cost and cost < Decimal("0.01"):
        return f"${cost:.6f}".rstrip("0")
    return f"${cost:.4f}" if cost < 1 else f"${cost:,.2f}"


def count(number: int, noun: str, plural: str | None = None) -> str:
    """`3 tool calls`, `1 tool call`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"
