"""What a command does before its work begins, one line a step."""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

from ._screen import Pen, cut
from ._words import seconds


@dataclass(slots=True)
class Step:
    """A step under way; set `done` to what is to be said once it is done."""

    done: str


@contextmanager
def step(pen: Pen, doing: str) -> Generator[Step]:
    """Says what is being done, and in its place afterwards what was done and how long it took."""
    begun = time.monotonic()
    made = Step(doing)
    if pen.moves:
        pen.write(f"  {pen.paint(pen.glyph('·', '.'), 'cyan')} {cut(doing, pen.width - 8)} ...", end="")
    try:
        yield made
    except BaseException:
        if pen.moves:
            pen.write()
        raise
    clear = "\r\x1b[K" if pen.moves else ""
    mark = pen.paint(pen.glyph("✓", "+"), "green")
    took = seconds(time.monotonic() - begun)
    pen.write(f"{clear}  {mark} {cut(made.done, pen.width - 16)}  {pen.paint(took, 'dim')}")
