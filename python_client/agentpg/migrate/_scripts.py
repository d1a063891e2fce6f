"""Reads a migration script: what psql alone could run is refused, and its transaction is recognized."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from ._errors import PlanError
from ._statements import PsqlSyntax, Statement, split_statements

_BEGIN = re.compile(r"(begin(\s+(work|transaction))?|start\s+transaction)", re.IGNORECASE)
_END = re.compile(r"(commit|end|rollback)(\s+(work|transaction))?", re.IGNORECASE)
_CONTROL = re.compile(
    r"(begin|start\s+transaction|commit|end|rollback(?!\s+(?:(?:work|transaction)\s+)?to)|abort|prepare\s+transaction)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Script:
    """The statements of one file.

    `body` is set if the file is one transaction (`begin; ... commit;`, or `... rollback;` in a verify
    script): the text in between, which can then run in a transaction that also writes the registry.
    Otherwise the statements run one by one, each on its own, as psql would run them.
    """

    path: Path
    text: str
    statements: tuple[Statement, ...]
    body: tuple[int, int] | None

    @property
    def transactional(self) -> bool:
        return self.body is not None

    @property
    def controls_transactions(self) -> bool:
        """It begins or ends transactions in a way of its own."""
        return not self.transactional and any(_CONTROL.match(one.code) for one in self.statements)

    @property
    def rolls_back(self) -> bool:
        return self.transactional and self.statements[-1].code.lower().startswith("rollback")

    @property
    def body_text(self) -> str:
        begin, end = self.body or (0, len(self.text))
        return self.text[begin:end]

    def line_at(self, offset: int) -> int:
        return self.text.count("\n", 0, offset) + 1


def read_script(path: Path) -> Script:
    try:
        text = path.read_bytes().decode("utf-8").removeprefix("\ufeff")
    except FileNotFoundError:
        raise PlanError(f"the script {path} is missing") from None
    except UnicodeDecodeError as error:
        raise PlanError(f"the script {path} is not UTF-8: {error.reason} at byte {error.start}") from None
    try:
        statements = split_statements(text)
    except PsqlSyntax as error:
        line = text.count("\n", 0, error.offset) + 1
        raise PlanError(f"{path}, line {line}: {error}") from None
    return Script(path, text, statements, _body(statements))


def _body(statements: tuple[Statement, ...]) -> tuple[int, int] | None:
    if len(statements) < 2:
        return None
    first, *inner, last = statements
    if not (_BEGIN.fullmatch(first.code) and _END.fullmatch(last.code)):
        return None
    if any(_CONTROL.match(statement.code) for statement in inner):
        return None
    return first.end, last.start
