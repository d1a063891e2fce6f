"""Tables for people: aligned, fitted to the terminal, whole when they go elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ._screen import Pen, cut, harmless, width_of


@dataclass(frozen=True, slots=True)
class Cell:
    """A text, how it is painted, and what is drawn before it."""

    text: str
    styles: tuple[str, ...] = ()
    before: str = ""


def table(
    pen: Pen, headings: Sequence[str], rows: Sequence[Sequence[Cell | str]], *, right: Sequence[int] = ()
) -> str:
    """The rows under their headings. The last column gives way where the terminal is narrow; `right` columns
    are aligned to the right."""
    cells = [[_cell(cell) for cell in row] for row in rows]
    heads = [Cell(heading, ("dim",)) for heading in headings]
    lines = [heads, *cells]
    widths = [max(width_of(line[place].text) for line in lines) for place in range(len(headings))]
    last = len(headings) - 1
    room = pen.width - sum(widths[:last]) - 2 * last
    widths[last] = min(widths[last], max(room, 8))
    return "\n".join(_line(pen, line, widths, right) for line in lines)


def _line(pen: Pen, cells: Sequence[Cell], widths: Sequence[int], right: Sequence[int]) -> str:
    shown: list[str] = []
    for place, cell in enumerate(cells):
        text = cut(cell.text, widths[place]) if place == len(cells) - 1 else cell.text
        gap = " " * (widths[place] - width_of(text))
        painted = pen.paint(text, *cell.styles) if cell.styles else text
        shown.append(gap + painted if place in right else painted + gap)
    return "  ".join(shown).rstrip()


def _cell(cell: Cell | str) -> Cell:
    made = cell if isinstance(cell, Cell) else Cell(cell)
    return Cell(made.before + harmless(" ".join(made.text.split())), made.styles)


def fields(pen: Pen, pairs: Sequence[tuple[str, str | None]]) -> str:
    """Names and values, one a line; those without a value are left out."""
    kept = [(name, value) for name, value in pairs if value]
    width = max((len(name) for name, _ in kept), default=0)
    return "\n".join(f"{pen.paint(name.ljust(width), 'dim')}  {pen.show(value)}" for name, value in kept)
