"""A run as it happens: its text on stdout where that is a terminal, its tool calls on stderr."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from uuid import UUID

from agentpg import events

from ..events import ToolFinished
from ._screen import Screen
from ._tool_block import ToolBlock

if TYPE_CHECKING:
    from agentpg import Response

_FRAME_SECONDS = 0.1


class RunView:
    """Takes the events of the run's stream. Into a file or a pipe goes the answer alone, once it is there."""

    def __init__(self, screen: Screen, *, quiet: bool = False) -> None:
        self._screen = screen
        self._quiet = quiet
        self.run_id: UUID | None = None
        self.heard = 0
        """Events so far: who hears nothing may want to ask the database why."""
        self.failed = asyncio.Event()
        """Set at each model call that fails."""
        self._iteration_id: UUID | None = None
        self._text = ""
        self._open = False
        self._tools: ToolBlock | None = None

    def follow(self, run_id: UUID) -> None:
        """From now on show this run."""
        self.run_id, self._iteration_id, self._text, self._tools = run_id, None, "", None

    def on_event(self, event: events.Event) -> None:
        self.heard += 1
        if isinstance(event, events.ModelCallFailed):
            self.failed.set()
        if self._quiet:
            return
        match event:
            case events.ToolStarted():
                self._block().started(event)
            case events.ToolFinished(state=state, error_message=error):
                outcome = "complete" if state == "completed" else "discard"
                self._finished(event, event.output, event.is_error, error, outcome, event.duration)
            case events.ToolRetried(reason=reason, error=error):
                self._finished(event, "", True, error or reason, reason.replace("_", " "), 0.0)
            case events.ApprovalRequested(tool_execution_id=call, name=name, reason=reason):
                self.end()
                self._screen.hint(f"{self._screen.err.show(name)} waits for approval ({reason})")
                self._screen.hint(f"decide: agentpg approvals approve {call}, or reject")
            case _ if event.run_id == self.run_id:
                self._said(event)
            case _:
                # Of delegates the tools are shown.
                pass

    def _said(self, event: events.Event) -> None:
        match event:
            case events.TextDelta(iteration_id=iteration_id, text=text):
                self._begin(iteration_id)
                self._write(text)
            case events.ModelCallFinished(iteration_id=iteration_id, text=text):
                self._begin(iteration_id)
                # The last pieces may come later than the answer itself, and then they do not come.
                if text.startswith(self._text):
                    self._write(text.removeprefix(self._text))
                else:
                    self._end_text()
                    self._text = ""
                    self._write(text)
            case events.ModelCallFailed(error_type=kind, error_message=message):
                self._start_over(f"model call failed: {kind}: {message}")
            case events.Superseded(reason=reason) if reason != "failed":
                self._start_over(f"the model call starts over ({reason.replace('_', ' ')})")
            case events.OutputRepaired(reason=reason):
                self._start_over(f"no good output ({reason.replace('_', ' ')}): once more")
            case _:
                pass

    def answer(self, response: Response) -> None:
        """The answer, unless it has been streamed already."""
        self._end_text()
        if response.text and self._text != response.text:
            self._screen.data(self._screen.out.show(response.text))

    def end(self) -> None:
        """Ends what is under way, so that something else can be written."""
        self._end_text()
        self._tools = None

    async def drawing(self) -> None:
        """For ever: draws the running tools."""
        while self._screen.err.moves and not self._quiet:
            if self._tools is not None and self._tools.running:
                self._tools.draw()
            await asyncio.sleep(_FRAME_SECONDS)

    def _begin(self, iteration_id: UUID) -> None:
        if iteration_id != self._iteration_id:
            self._end_text()
            self._iteration_id, self._text, self._tools = iteration_id, "", None

    def _write(self, text: str) -> None:
        if text and self._screen.out.is_terminal:
            self._text += text
            self._open = not text.endswith("\n")
            self._screen.out.write(self._screen.out.show(text), end="")

    def _start_over(self, why: str) -> None:
        self._end_text()
        self._text = ""
        self._screen.note(self._screen.err.paint(self._screen.err.show(why), "yellow"))

    def _finished(
        self,
        event: events.ToolFinished | events.ToolRetried,
        output: str,
        is_error: bool,
        error: str | None,
        outcome: str,
        duration: float | None,
    ) -> None:
        self._block().finished(
            ToolFinished(
                event.run_id, event.tool_execution_id, event.tool_use_id, event.name,
                output, is_error, error if is_error else None, outcome, duration or 0.0,
            )
        )  # fmt: skip

    def _block(self) -> ToolBlock:
        if self._tools is None:
            self._end_text()
            self._tools = ToolBlock(self._screen.err, margin=2)
        return self._tools

    def _end_text(self) -> None:
        if self._open:
            self._screen.out.write()
            self._open = False
