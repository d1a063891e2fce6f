"""The workplace of the executor's tests, and short words for what streams yield."""

from __future__ import annotations

from agentpg import events
from executor.conftest import Workplace, fake, work

__all__ = ["Workplace", "fake", "names", "said", "work"]


def names(seen: list[events.Event]) -> list[str]:
    """The kinds of events, pieces of text left out: how many there are is up to the clock."""
    return [type(event).__name__ for event in seen if not isinstance(event, events.TextDelta)]


def said(seen: list[events.Event]) -> str:
    """All text of an answer, put together as a viewer would: what is superseded is forgotten."""
    text = ""
    for event in seen:
        match event:
            case events.TextDelta(text=piece):
                text += piece
            case events.Superseded():
                text = ""
            case events.ModelCallFinished(text=whole):
                assert whole.startswith(text)
                text = ""
            case _:
                pass
    return text
