"""The log of a worker: sentences on a terminal, one JSON object a line elsewhere. Always on stderr."""

from __future__ import annotations

import json
import logging
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ._screen import Pen, harmless
from ._tool_block import said
from ._words import seconds

if TYPE_CHECKING:
    from ..events import Event

_STYLES = {"WARNING": "yellow", "ERROR": "red", "CRITICAL": "red"}


class JsonLines(logging.Formatter):
    """One object a line: time, level, message, and whatever the event adds."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "message": record.getMessage(),
        }
        extra: dict[str, Any] = getattr(record, "agentpg", {})
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line | extra, ensure_ascii=False, default=str)


class Sentences(logging.Formatter):
    """The time of day and the message; warnings and errors in colour."""

    def __init__(self, pen: Pen) -> None:
        super().__init__()
        self._pen = pen

    def format(self, record: logging.LogRecord) -> str:
        at = time.strftime("%H:%M:%S", time.localtime(record.created))
        style = _STYLES.get(record.levelname)
        text = harmless(record.getMessage())
        shown = self._pen.paint(text, style) if style else text
        trace = f"\n{self.formatException(record.exc_info)}" if record.exc_info else ""
        return f"{self._pen.paint(at, 'dim')} {shown}{trace}"


def start_logging(pen: Pen, *, json_lines: bool | None = None, verbose: bool = False) -> logging.Logger:
    """The logger of the executor, writing to `pen`; other libraries' warnings go there too."""
    handler = logging.StreamHandler(pen.stream)
    as_json = not pen.is_terminal if json_lines is None else json_lines
    handler.setFormatter(JsonLines() if as_json else Sentences(pen))
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    log = logging.getLogger("agentpg.executor")
    log.setLevel(logging.DEBUG if verbose else logging.INFO)
    return log


class EventLog:
    """Writes a line for each model call and each tool call that ended."""

    def __init__(self, log: logging.Logger) -> None:
        self._log = log

    def on_event(self, event: Event) -> None:
        from .. import events

        match event:
            case events.ModelCallFinished(run_id=run_id, stop_reason=reason, duration=duration):
                text = f"run {run_id}: answered in {seconds(duration)} ({reason})"
                self._say(logging.INFO, text, event, stop_reason=reason)
            case events.ModelCallFailed(run_id=run_id, error=error, duration=duration):
                kind, message = error.get("type"), error.get("message")
                text = f"run {run_id}: model call failed after {seconds(duration)}: {kind}: {message}"
                self._say(logging.WARNING, text, event, error=kind)
            case events.ToolFinished(run_id=run_id, name=name, outcome=outcome, duration=duration):
                level = logging.INFO if event.error is None and not event.is_error else logging.WARNING
                why = event.error or (said(event.output)[:200] if event.is_error else "")
                text = f"run {run_id}: tool {name} {outcome} in {seconds(duration)}{': ' if why else ''}{why}"
                self._say(level, text, event, tool=name, outcome=outcome)
            case _:
                pass

    def _say(self, level: int, text: str, event: Any, **facts: Any) -> None:
        extra = {"run_id": str(event.run_id), "duration": round(event.duration, 3), **facts}
        self._log.log(level, "%s", text, extra={"agentpg": extra})
