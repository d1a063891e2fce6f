"""Splits SQL text into statements, as psql does: quotes, comments, dollar quotes and SQL bodies respected."""

from __future__ import annotations

import re
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""
    (?P<blank>\s+)
  | (?P<line_comment>--[^\n]*)
  | (?P<block_comment>/\*)
  | (?P<escape_string>[eE]'(?:[^'\\]|\\.|'')*')
  | (?P<string>'(?:[^']|'')*')
  | (?P<identifier>"(?:[^"]|"")*")
  | (?P<dollar>\$(?:[A-Za-z_\u0080-\uffff][\w]*)?\$)
  | (?P<word>[A-Za-z_\u0080-\uffff][\w$]*)
  | (?P<number>[0-9][\w.]*)
  | (?P<cast>::|:=)
  | (?P<variable>:['"{])
  | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_COMMENT_EDGE = re.compile(r"/\*|\*/")
_COPY_STDIN = re.compile(r"copy\b.*\b(from\s+stdin|to\s+stdout)\b", re.IGNORECASE | re.DOTALL)


class PsqlSyntax(ValueError):
    """The text needs psql, or does not end what it began."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.offset = offset


@dataclass(frozen=True)
class Statement:
    """One statement: where it is in the text (with its semicolon), and its code without comments."""

    start: int
    end: int
    code: str


def split_statements(text: str) -> tuple[Statement, ...]:
    return _Splitter(text).split()


class _Splitter:
    def __init__(self, text: str) -> None:
        self._text = text
        self._statements: list[Statement] = []
        self._code: list[str] = []
        self._start: int | None = None
        self._parentheses = 0
        self._words: list[str] = []
        self._blocks = 0
        """Depth of `begin atomic ... end` and of the `case ... end` inside it."""

    def split(self) -> tuple[Statement, ...]:
        at = 0
        while at < len(self._text):
            token = _TOKEN.match(self._text, at)
            assert token is not None
            at = self._token(token.lastgroup or "", token[0], at, token.end())
        if self._start is not None:
            self._finish(len(self._text.rstrip()))
        return tuple(self._statements)

    def _token(self, kind: str, token: str, at: int, end: int) -> int:
        if kind == "blank" or kind == "line_comment":
            self._code.append(" " if self._code else "")
            return end
        if kind == "block_comment":
            self._code.append(" " if self._code else "")
            return self._after_comment(at)
        if self._start is None:
            self._start = at
        if kind == "dollar":
            closing = self._text.find(token, end)
            if closing < 0:
                raise PsqlSyntax(f"the dollar quote {token} is never closed", at)
            end = closing + len(token)
        elif kind == "variable":
            raise PsqlSyntax(f"{token}... is a psql variable; scripts must be plain SQL", at)
        elif token == "\\":
            raise PsqlSyntax("a backslash begins a psql command; scripts must be plain SQL", at)
        elif kind == "other" and token in "'\"":
            raise PsqlSyntax(f"the quote {token} is never closed", at)
        elif kind == "word":
            self._word(token.lower())
        elif token in "()":
            self._parentheses += 1 if token == "(" else -1
        elif token == ";" and self._parentheses <= 0 and self._blocks == 0:
            self._finish(end)
            return end
        self._code.append(self._text[at:end])
        return end

    def _word(self, word: str) -> None:
        """Knows the one place where a semicolon is inside a statement: a routine's SQL body."""
        if self._words[:1] == ["create"]:
            begins = word == "atomic" and self._words[-1] == "begin"
            if begins or (self._blocks and word == "case"):
                self._blocks += 1
            elif self._blocks and word == "end":
                self._blocks -= 1
        self._words.append(word)

    def _after_comment(self, at: int) -> int:
        depth = 0
        for edge in _COMMENT_EDGE.finditer(self._text, at):
            depth += 1 if edge[0] == "/*" else -1
            if depth == 0:
                return edge.end()
        raise PsqlSyntax("the comment /* is never closed", at)

    def _finish(self, end: int) -> None:
        start = self._start if self._start is not None else end
        code = "".join(self._code).strip()
        if code:
            if _COPY_STDIN.match(code):
                raise PsqlSyntax("copy from stdin needs psql; scripts must be plain SQL", start)
            self._statements.append(Statement(start, end, code))
        self._start = None
        self._code = []
        self._words = []
        self._parentheses = 0
        self._blocks = 0
