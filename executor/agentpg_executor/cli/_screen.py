"""Where a command writes: colours and widths of a terminal, plain text everywhere else."""

from __future__ import annotations

import os
import re
import shutil
import sys
import unicodedata
from typing import TextIO

# C0 but tab and newline, DEL, C1, and the characters that turn the direction of text around.
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200e\u200f]")
_CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "blue": "34", "cyan": "36"}


def harmless(text: str) -> str:
    """`text` without characters that steer a terminal; a carriage return before a newline goes silently."""
    return _UNSAFE.sub("\N{REPLACEMENT CHARACTER}", text.replace("\r\n", "\n"))


def width_of(text: str) -> int:
    """How many columns a terminal needs for `text`."""
    if text.isascii():
        return len(text)
    return sum(_columns(character) for character in text)


def _columns(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def cut(text: str, columns: int) -> str:
    """`text` on one line in at most this many columns, with an ellipsis where it was cut."""
    line = " ".join(text.split())
    if width_of(line) <= columns:
        return line
    kept, used = "", 0
    for character in line:
        used += _columns(character)
        if used > columns - 1:
            break
        kept += character
    return kept.rstrip() + "…"


class Pen:
    """One output stream: knows whether it is a terminal, and colours only there."""

    def __init__(self, stream: TextIO, *, color: bool = True) -> None:
        self.stream = stream
        self.is_terminal = stream.isatty()
        plain = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
        self.color = color and self.is_terminal and not plain
        self.moves = self.is_terminal and os.environ.get("TERM") != "dumb"
        """Whether lines may be drawn again in place."""
        encoding = (getattr(stream, "encoding", None) or "ascii").lower().replace("-", "")
        self.unicode = encoding.startswith("utf")

    @property
    def width(self) -> int:
        """Columns of the terminal; text that goes elsewhere is not cut, so that is very wide."""
        if not self.is_terminal:
            return 10_000
        return max(20, shutil.get_terminal_size().columns)

    @property
    def text_width(self) -> int:
        """Columns for prose."""
        return min(self.width, 100)

    def write(self, text: str = "", end: str = "\n") -> None:
        self.stream.write(text + end)
        self.stream.flush()

    def paint(self, text: str, *styles: str) -> str:
        """`text` in these styles: bold, dim, red, green, yellow, blue, cyan."""
        if not self.color or not text:
            return text
        codes = ";".join(_CODES[style] for style in styles)
        return f"\x1b[{codes}m{text}\x1b[0m"

    def show(self, text: str) -> str:
        """Foreign text as this stream may have it: verbatim into a file, harmless on a terminal."""
        return harmless(text) if self.is_terminal else text

    def glyph(self, character: str, plain: str) -> str:
        """`character`, or `plain` where the encoding has no such character."""
        return character if self.unicode else plain


class Screen:
    """stdout for data, stderr for everything else, and whether anybody is there to be asked."""

    def __init__(self, *, color: bool = True) -> None:
        for stream in (sys.stdout, sys.stderr):
            reconfigure = getattr(stream, "reconfigure", None)
            if reconfigure is not None:
                reconfigure(errors="replace")
        self.out = Pen(sys.stdout, color=color)
        self.err = Pen(sys.stderr, color=color)

    @property
    def can_ask(self) -> bool:
        return sys.stdin is not None and sys.stdin.isatty() and self.err.is_terminal

    def data(self, text: str = "") -> None:
        self.out.write(text)

    def note(self, text: str = "") -> None:
        self.err.write(text)

    def hint(self, text: str) -> None:
        """The next useful command, after a list or an answer."""
        self.err.write(self.err.paint(text, "dim"))

    def error(self, what: str, why: str, next: str) -> None:
        err = self.err
        err.write(f"{err.paint('error:', 'red', 'bold')} {harmless(what)}")
        err.write(f"  {err.paint('why:', 'bold')} {harmless(why)}")
        err.write(f" {err.paint('next:', 'bold')} {harmless(next)}")

    def ask(self, question: str) -> bool:
        """A yes-or-no question; anything but yes is no."""
        self.err.write(f"{question} [y/N] ", end="")
        answer = sys.stdin.readline().strip().lower()
        return answer in ("y", "yes")
