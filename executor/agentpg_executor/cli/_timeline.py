"""The timeline of a run as a table."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ._screen import Pen, cut, harmless, width_of
from ._words import seconds

if TYPE_CHECKING:
    from agentpg import TimelineEntry

_STYLES: dict[str, str] = {
    "created": "cyan",
    "completed": "green",
    "tool completed": "green",
    "answer": "green",
    "failed": "red",
    "tool failed": "red",
    "model call failed": "red",
    "tool attempt failed": "red",
    "worker lost": "red",
    "cancelled": "yellow",
    "tool snoozed": "yellow",
    "tool skipped": "yellow",
    "awaiting_input": "yellow",
}


def timeline_table(
    pen: Pen, entries: Sequence[TimelineEntry], *, indent: int = 0, actors: bool = False
) -> str:
    """One event a line: seconds since the start, with `actors` who, what, how long, and how."""
    who = max((width_of(harmless(entry.actor or "")) for entry in entries), default=0) if actors else 0
    events = max((width_of(entry.event) for entry in entries), default=0)
    took = max((len(seconds(entry.duration)) for entry in entries), default=0)
    lines: list[str] = []
    for entry in entries:
        since = f"{entry.elapsed.total_seconds():8.3f}"
        if actors:
            actor = harmless(entry.actor or "")
            since += "  " + actor + " " * (who - width_of(actor))
        event = entry.event + " " * (events - width_of(entry.event))
        duration = seconds(entry.duration).rjust(took)
        head = f"{since}  {event}  {duration}  "
        painted = (
            f"{pen.paint(since, 'dim')}  {pen.paint(event, *_style(entry))}  {pen.paint(duration, 'dim')}  "
        )
        room = max(pen.width - indent - width_of(head), 12)
        lines.append((painted + cut(_how(entry), room)).rstrip())
    return textwrap.indent("\n".join(lines), " " * indent)


def _style(entry: TimelineEntry) -> tuple[str, ...]:
    style = _STYLES.get(entry.event)
    return (style,) if style else ()


def _how(entry: TimelineEntry) -> str:
    tells = (entry.attempt or 0) > 1 or (entry.attempt and entry.event == "worker lost")
    again = f"attempt {entry.attempt}: " if tells else ""
    return harmless(again + (entry.detail or ""))
