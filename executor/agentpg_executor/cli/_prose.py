"""Text that arrives in pieces, broken into lines between words, beside a margin."""

from __future__ import annotations

from ._screen import Pen, harmless, width_of


class Prose:
    """`label` stands in the margin of the first line. A word is written once it is complete."""

    def __init__(self, pen: Pen, *, margin: int, label: str, style: str) -> None:
        self._pen = pen
        self._margin = margin
        self._label = label
        self._style = style
        self._word = ""
        self._spaces = 0
        self._column: int | None = None

    def feed(self, text: str) -> None:
        """The next piece."""
        for character in harmless(text):
            if character == "\n":
                self._write_word()
                self._break()
            elif character in " \t":
                self._write_word()
                self._spaces += 1
            else:
                self._word += character

    def end(self) -> None:
        """Ends the last line; harmless when nothing was written."""
        self._write_word()
        if self._column is not None:
            self._pen.write()
        self._column, self._label, self._spaces = None, "", 0

    def _write_word(self) -> None:
        if not self._word:
            return
        wide = width_of(self._word)
        full = self._pen.text_width - 1
        if self._column is None:
            self._begin()
        elif self._column > self._margin and self._column + self._spaces + wide > full:
            self._break()
            self._begin()
        else:
            self._pen.write(" " * self._spaces, end="")
            self._column += self._spaces
        assert self._column is not None
        self._pen.write(self._word, end="")
        self._column += wide
        self._word, self._spaces = "", 0

    def _begin(self) -> None:
        label = self._pen.paint(self._label, self._style, "bold") if self._label else ""
        self._pen.write(label + " " * (self._margin - width_of(self._label)), end="")
        self._label, self._column, self._spaces = "", self._margin, 0

    def _break(self) -> None:
        self._pen.write()
        self._column, self._spaces = None, 0
