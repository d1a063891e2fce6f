"""A run on a page: what it is, what it answered, its tool calls, and its timeline."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ._screen import Pen, cut
from ._table import fields
from ._timeline import timeline_table
from ._words import STATE_STYLES, count, dollars, moment, seconds

if TYPE_CHECKING:
    from agentpg import Run, TimelineEntry, ToolCall, Waiting


def run_page(
    pen: Pen,
    run: Run,
    calls: Sequence[ToolCall],
    timeline: Sequence[TimelineEntry],
    waiting: Waiting | None,
) -> str:
    """The whole page."""
    parts = [_head(pen, run), _waits(pen, waiting)]
    parts += [_section(pen, "prompt", run.prompt), _section(pen, "answer", run.response_text)]
    if calls:
        shown = "\n".join(tool_line(pen, call) for call in calls)
        parts.append(f"{pen.paint('tool calls', 'bold')}\n{shown}")
    if timeline:
        parts.append(f"{pen.paint('timeline', 'bold')}\n{timeline_table(pen, timeline, indent=2)}")
    return "\n\n".join(part for part in parts if part)


def _head(pen: Pen, run: Run) -> str:
    state = pen.paint(run.state.value, *STATE_STYLES.get(run.state.value, ("cyan",)))
    why = ": ".join(part for part in (run.error_type, run.error_message) if part)
    usage = run.usage
    cached = f" ({usage.cache_read_input_tokens:,} from the cache)" if usage.cache_read_input_tokens else ""
    tokens = f"{usage.total_input:,} in{cached}, {usage.output_tokens:,} out"
    took = run.finalized_at - run.created_at if run.finalized_at else None
    head = fields(
        pen,
        [
            ("run", str(run.id)),
            ("agent", f"{run.agent_name} ({run.model})"),
            ("session", str(run.session_id)),
            ("mode", _mode(run)),
            ("batch", str(run.batch_id) if run.batch_id else None),
            ("created", moment(run.created_at)),
            ("took", seconds(took)),
            ("stopped by", run.stop_reason),
            ("error", why),
            ("tokens", f"{tokens}; {dollars(run.cost_usd)}" if run.iteration_count else None),
            ("model calls", f"{run.iteration_count}" if run.iteration_count else None),
            ("streaming cost", _streaming_extra(run)),
            ("made again from", str(run.regenerated_from_run_id) if run.regenerated_from_run_id else None),
            ("superseded by", str(run.superseded_by_run_id) if run.superseded_by_run_id else None),
            ("parent run", str(run.parent_run_id) if run.parent_run_id else None),
            ("variables", json.dumps(run.variables, ensure_ascii=False) if run.variables else None),
        ],
    )
    return f"{state}\n{head}"


def _mode(run: Run) -> str:
    changed = run.current_mode is not None and run.current_mode != run.run_mode
    return f"{run.run_mode}, then {run.current_mode}" if changed else run.run_mode.value


def _streaming_extra(run: Run) -> str | None:
    extra = run.streaming_extra_usd
    return f"{dollars(extra)} more than all of it in batches" if extra else None


def _waits(pen: Pen, waiting: Waiting | None) -> str:
    if waiting is None:
        return ""
    until = f", until {moment(waiting.until)}" if waiting.until else ""
    return (
        f"{pen.paint('waiting', 'bold', 'yellow')} {waiting.reason}: {pen.show(waiting.detail or '')}{until}"
    )


def _section(pen: Pen, title: str, text: str | None) -> str:
    if not text:
        return ""
    return f"{pen.paint(title, 'bold')}\n{textwrap.indent(pen.show(text), '  ')}"


def tool_line(pen: Pen, call: ToolCall) -> str:
    """One tool call: its input, how long it took, and what came of it."""
    failed = call.is_error or call.state.value == "failed"
    open_ = not call.state.is_terminal
    mark = pen.glyph("…", "-") if open_ else pen.glyph("✗", "x") if failed else pen.glyph("✓", "+")
    style = "yellow" if open_ else "red" if failed else "green"
    attempts = f", {count(call.attempt, 'attempt')}" if call.attempt > 1 else ""
    below = f", run {call.child_run_id}" if call.child_run_id else ""
    facts = f"{seconds(call.duration) or call.state.value}{attempts}{below}"
    head = f"  {pen.paint(mark, style)} {pen.paint(call.name, 'bold')}({arguments_text(call.input)})"
    lines = [f"{cut(head, pen.width - 12) if not pen.color else head}  {pen.paint(facts, 'dim')}"]
    if call.output:
        lines.append(
            pen.paint(f"    {pen.glyph('→', '->')} {cut(pen.show(call.output), pen.width - 8)}", "dim")
        )
    return "\n".join(lines)


def arguments_text(inputs: object) -> str:
    """The input of a tool call, as its arguments would be written."""
    if not isinstance(inputs, dict):
        return json.dumps(inputs, ensure_ascii=False)
    items: dict[str, object] = inputs  # pyright: ignore[reportUnknownVariableType]
    return ", ".join(f"{key}={json.dumps(value, ensure_ascii=False)}" for key, value in items.items())
