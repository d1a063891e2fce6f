"""A run as it happens: its text on stdout where that is a terminal, its tool calls on stderr."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from uuid import UUID

from .. import events
from ._screen import Screen
from ._tool_block import ToolBlock

if TYPE_CHECKING:
    from agentpg import Response

    from ..events import Event

_FRAME_SECONDS = 0.1


class RunView:
    """Takes the executor's events. Into a file or a pipe goes the answer alone, once it is there."""

    def __init__(self, screen: Screen, *, quiet: bool = False) -> None:
        self._screen = screen
        self._quiet = quiet
        self.run_id: UUID | None = None
        self.heard = 0
        """Events so far: who hears nothing may want to ask the database why."""
        self.failed = asyncio.Event()
        """Set at each model call that fails."""
        self._text = ""
        self._open = False
        self._tools: ToolBlock | None = None

    def follow(self, run_id: UUID) -> None:
        """From now on show this run."""
        self.run_id, self._text, self._tools = run_id, "", None

    def on_event(self, event: Event) -> None:
        if isinstance(event, events.BatchEvent) or event.run_id != self.run_id:
            return
        self.heard += 1
        if isinstance(event, events.ModelCallFailed):
            self.failed.set()
        if self._quiet:
            return
        match event:
            case events.ModelCallStarted():
                self._end_text()
                self._text, self._tools = "", None
            case events.TextDelta(text=text) if self._screen.out.is_terminal:
                self._text += text
                self._open = not text.endswith("\n")
                self._screen.out.write(self._screen.out.show(text), end="")
            case events.ToolStarted():
                self._block().started(event)
            case events.ToolFinished():
                self._block().finished(event)
            case events.ModelCallFailed(error=error):
                self._end_text()
                self._text = ""
                message = f"model call failed: {error.get('type')}: {error.get('message')}"
                self._screen.note(self._screen.err.paint(self._screen.err.show(message), "yellow"))
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

    def _block(self) -> ToolBlock:
        if self._tools is None:
            self._end_text()
            self._tools = ToolBlock(self._screen.err, margin=2)
        return self._tools

    def _end_text(self) -> None:
        if self._open:
            self._screen.out.write()
            self._open = False
