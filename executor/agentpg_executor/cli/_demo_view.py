"""The demo as it happens: who speaks stands in the margin."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING
from uuid import UUID

from .. import events
from ._prose import Prose
from ._screen import Pen
from ._tool_block import ToolBlock

if TYPE_CHECKING:
    from ..events import Event

MARGIN = 10
_FRAME_SECONDS = 0.1


class DemoView:
    """Takes the executor's events; `drawing()` keeps running tools moving on a terminal."""

    def __init__(self, pen: Pen, kinds: Mapping[str, str]) -> None:
        self._pen = pen
        self._kinds = kinds
        self.run_id: UUID | None = None
        self.saw_text = False
        self.failed = asyncio.Event()
        """Set at each model call that fails."""
        self._prose: Prose | None = None
        self._tools: ToolBlock | None = None

    def say(self, who: str, text: str, style: str) -> None:
        """Something said at once."""
        prose = Prose(self._pen, margin=MARGIN, label=f"  {who}", style=style)
        prose.feed(text)
        prose.end()
        self._pen.write()

    def on_event(self, event: Event) -> None:
        if isinstance(event, events.BatchEvent) or event.run_id != self.run_id:
            return
        match event:
            case events.TextDelta(text=text):
                self._speaking().feed(text)
                self.saw_text = True
            case events.ToolStarted():
                self._calling().started(event)
            case events.ToolFinished():
                self._calling().finished(event)
            case events.ModelCallFailed(error=error):
                self.failed.set()
                self.end()
                self.say(
                    "", f"(the call failed: {error.get('type')}; the database schedules the next)", "red"
                )
            case _:
                pass

    def end(self) -> None:
        """Ends what is under way, so that something else can follow."""
        if self._prose is not None:
            self._prose.end()
            self._pen.write()
        if self._tools is not None:
            self._tools.draw()
            self._pen.write()
        self._prose, self._tools = None, None

    async def drawing(self) -> None:
        """For ever: draws the running tools."""
        while self._pen.moves:
            if self._tools is not None and self._tools.running:
                self._tools.draw()
            await asyncio.sleep(_FRAME_SECONDS)

    def _speaking(self) -> Prose:
        if self._prose is None:
            self.end()
            self._prose = Prose(self._pen, margin=MARGIN, label="  Claude", style="green")
        return self._prose

    def _calling(self) -> ToolBlock:
        if self._tools is None:
            self.end()
            self._tools = ToolBlock(self._pen, margin=MARGIN, label="  Tools", kinds=self._kinds)
        return self._tools
