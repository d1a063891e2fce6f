"""Tool calls while they run: one line each, drawn again in place on a terminal, appended elsewhere."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID

from ._run_page import arguments_text
from ._screen import Pen, cut, width_of
from ._words import seconds

if TYPE_CHECKING:
    from agentpg.events import ToolStarted as Told

    from ..events import ToolFinished, ToolStarted

_SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"


@dataclass(slots=True)
class _Row:
    name: str
    arguments: str
    kind: str
    attempt: int
    started: float = field(default_factory=time.monotonic)
    duration: float | None = None
    outcome: str = ""
    failed: bool = False
    output: str = ""


class ToolBlock:
    """The tool calls of one answer of the model. `label` stands before the first line, in the margin."""

    def __init__(
        self, pen: Pen, *, margin: int = 0, label: str = "", kinds: Mapping[str, str] | None = None
    ) -> None:
        self._pen = pen
        self._margin = margin
        self._label = label
        self._kinds = kinds or {}
        self._rows: dict[UUID, _Row] = {}
        self._drawn = 0

    @property
    def running(self) -> bool:
        return any(row.duration is None for row in self._rows.values())

    def __bool__(self) -> bool:
        return bool(self._rows)

    def started(self, event: ToolStarted | Told) -> None:
        row = _Row(event.name, arguments_text(event.input), self._kinds.get(event.name, ""), event.attempt)
        self._rows[event.tool_execution_id] = row
        if self._pen.moves:
            self.draw()
        else:
            self._append(f"{self._pen.glyph('⚙', '*')} {row.name}({row.arguments})")

    def finished(self, event: ToolFinished) -> None:
        row = self._rows.get(event.tool_execution_id)
        if row is None:
            row = self._rows[event.tool_execution_id] = _Row(event.name, "", "", 1)
        row.duration = event.duration
        row.failed = event.is_error or event.outcome not in ("complete", "snooze")
        row.outcome = "" if event.outcome in ("complete", "cancel", "discard") else event.outcome
        row.output = event.error if row.failed and event.error else said(event.output)
        if self._pen.moves:
            self.draw()
        else:
            outcome = f" ({row.outcome})" if row.outcome else ""
            self._append(f"{self._mark(row)} {row.name} {seconds(row.duration)}{outcome}: {row.output}")

    def draw(self) -> None:
        """Draws all lines again, over the ones drawn before."""
        if not self._pen.moves or not self._rows:
            return
        lines = [line for row in self._rows.values() for line in self._lines(row)]
        shown = [self._labelled(line, number == 0) for number, line in enumerate(lines)]
        up = f"\x1b[{self._drawn}F" if self._drawn else ""
        self._pen.write(up + "".join(f"{line}\x1b[K\n" for line in shown), end="")
        self._drawn = len(shown)

    def _append(self, text: str) -> None:
        self._pen.write(self._labelled(cut(text, self._room), first=not self._drawn))
        self._drawn += 1

    @property
    def _room(self) -> int:
        return max(self._pen.width - 1 - self._margin, 16)

    def _labelled(self, line: str, first: bool) -> str:
        label = self._label if first else ""
        return f"{self._pen.paint(label, 'bold')}{' ' * (self._margin - width_of(label))}{line}"

    def _lines(self, row: _Row) -> list[str]:
        pen = self._pen
        length = seconds(time.monotonic() - row.started if row.duration is None else row.duration)
        again = f", attempt {row.attempt}" if row.attempt > 1 else ""
        outcome = f", {row.outcome}" if row.outcome else ""
        facts = f"{row.kind:<6}{length:>7}{again}{outcome}" if row.kind else f"{length}{again}{outcome}"
        room = max(self._room - 4 - len(facts), 8)
        call = cut(f"{row.name}({row.arguments})", room)
        gap = " " * max(min(room, 56) - width_of(call), 0)
        lines = [f"{self._mark(row)} {_called(pen, call)}{gap}  {pen.paint(facts, 'dim')}"]
        if row.duration is not None and row.output:
            lines.append(pen.paint(cut(f"{pen.glyph('→', '->')} {row.output}", self._room - 2), "dim"))
            lines[-1] = f"  {lines[-1]}"
        return lines

    def _mark(self, row: _Row) -> str:
        pen = self._pen
        if row.duration is None:
            frame = _SPINNER[int(time.monotonic() * 10) % len(_SPINNER)]
            return pen.paint(pen.glyph(frame, "*"), "cyan")
        if row.failed:
            return pen.paint(pen.glyph("✗", "x"), "red")
        return pen.paint(pen.glyph("✓", "+"), "green")


def _called(pen: Pen, call: str) -> str:
    name, paren, rest = call.partition("(")
    return f"{pen.paint(name, 'bold')}{paren}{rest}"


def said(output: str | list[dict[str, Any]]) -> str:
    """The output of a tool as one text."""
    if isinstance(output, str):
        return output
    return " ".join(str(one.get("text") or json.dumps(one, ensure_ascii=False)) for one in output)
